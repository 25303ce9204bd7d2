package dev.polyproc.benchmarks;

import dev.polyproc.benchmarks.v1.Echo;
import dev.polyproc.benchmarks.v1.EchoServiceGrpc;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Round trips over one bidirectional stream, each waited for by the thread that asks. */
final class StreamEcho implements StreamObserver<Echo> {
  private static final Echo EMPTY = Echo.getDefaultInstance();

  private final Thread asking = Thread.currentThread();
  private final StreamObserver<Echo> requests;
  private volatile long received;
  private volatile @Nullable Throwable failure;

  /** Opens the stream for the calling thread. */
  StreamEcho(Connection connection) {
    this.requests = EchoServiceGrpc.newStub(connection.channel()).sayAll(this);
  }

  /** One round trip. */
  void say() {
    long before = received;
    requests.onNext(EMPTY);
    while (received == before) {
      if (failure != null) {
        throw new IllegalStateException("Expected the echo to go on", failure);
      }
      LockSupport.park(this);
    }
  }

  @Override
  @SuppressWarnings("NonAtomicVolatileUpdate") // only the event loop writes
  public void onNext(Echo reply) {
    received++;
    LockSupport.unpark(asking);
  }

  @Override
  public void onError(Throwable thrown) {
    failure = thrown;
    LockSupport.unpark(asking);
  }

  @Override
  public void onCompleted() {
    onError(new IllegalStateException("Expected the echo to go on, but it ended"));
  }
}
