package dev.polyproc.benchmarks;

import dev.polyproc.benchmarks.v1.Echo;
import dev.polyproc.benchmarks.v1.EchoServiceGrpc;
import io.grpc.stub.StreamObserver;

/** What gRPC costs when nothing is done, written as its tutorial does. */
final class EchoService extends EchoServiceGrpc.EchoServiceImplBase {
  @Override
  public void say(Echo request, StreamObserver<Echo> response) {
    response.onNext(request);
    response.onCompleted();
  }

  @Override
  public StreamObserver<Echo> sayAll(StreamObserver<Echo> responses) {
    return new StreamObserver<>() {
      @Override
      public void onNext(Echo request) {
        responses.onNext(request);
      }

      @Override
      public void onError(Throwable failure) {
        // The client is gone.
      }

      @Override
      public void onCompleted() {
        responses.onCompleted();
      }
    };
  }
}
