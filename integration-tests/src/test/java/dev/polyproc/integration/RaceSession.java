package dev.polyproc.integration;

import com.google.protobuf.Duration;
import com.google.protobuf.util.Durations;
import dev.polyproc.v1.QueueGetRequest;
import dev.polyproc.v1.QueueGetResponse;
import dev.polyproc.v1.QueueServiceGrpc;
import dev.polyproc.v1.SessionCancelRequest;
import dev.polyproc.v1.SessionCancelResponse;
import dev.polyproc.v1.SessionEndRequest;
import dev.polyproc.v1.SessionEndResponse;
import dev.polyproc.v1.SessionServiceGrpc;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A session that numbers its calls and confirms what it has, unary or attached. */
final class RaceSession implements AutoCloseable {
  private final Path socket;
  private final boolean attached;
  private final Client steady;
  private final String id;
  private Client connection;
  private @Nullable Attachment attachment;
  private long attachments;
  private long sequence;

  /**
   * A new session.
   *
   * @param socket what its connection goes to, which may be cut
   * @param steady a connection that is never cut, for taking calls back and for the end
   */
  RaceSession(Path socket, Client steady, boolean attached) {
    this.socket = socket;
    this.attached = attached;
    this.steady = steady;
    this.id = steady.openSession();
    this.connection = Client.over(socket);
    attach();
  }

  private void attach() {
    if (attached) {
      attachment = connection.attach(id, ++attachments).awaitAttached();
    }
  }

  /** Opens another connection in place of one that broke. */
  void reconnect() {
    connection.close();
    connection = Client.over(socket);
    attach();
  }

  /** The number of a new call; all calls before it are done with. */
  long next() {
    sequence++;
    if (attachment != null) {
      attachment.receivedBelow(sequence);
    }
    return sequence;
  }

  /** Sends a Get, under a number that may have been used for it before. */
  CompletableFuture<QueueGetResponse> get(
      long number, QueueGetRequest request, @Nullable Duration deadline) {
    if (attachment == null) {
      CallOptions options =
          deadline == null
              ? CallOptions.DEFAULT
              : CallOptions.DEFAULT.withDeadlineAfter(
                  Durations.toNanos(deadline), TimeUnit.NANOSECONDS);
      Envelope envelope = Envelope.of(id).sequence(number).receivedBelow(number);
      return unary(
          connection.with(envelope).channel(), QueueServiceGrpc.getGetMethod(), options, request);
    }
    var call = Attachment.call(number, QueueServiceGrpc.getGetMethod(), request);
    if (deadline != null) {
      call.setDeadline(deadline);
    }
    return attachment.send(call.build(), QueueServiceGrpc.getGetMethod());
  }

  /** Takes a Get back. */
  CompletableFuture<SessionCancelResponse> cancel(long number) {
    return unary(
        steady.with(Envelope.of(id)).channel(),
        SessionServiceGrpc.getCancelMethod(),
        CallOptions.DEFAULT,
        SessionCancelRequest.newBuilder().setSequence(number).build());
  }

  /** Ends the session. */
  CompletableFuture<SessionEndResponse> end() {
    return unary(
        steady.with(Envelope.of(id)).channel(),
        SessionServiceGrpc.getEndMethod(),
        CallOptions.DEFAULT,
        SessionEndRequest.getDefaultInstance());
  }

  static <Q, R> CompletableFuture<R> unary(
      Channel channel, MethodDescriptor<Q, R> method, CallOptions options, Q request) {
    CompletableFuture<R> future = new CompletableFuture<>();
    ClientCalls.asyncUnaryCall(
        channel.newCall(method, options),
        request,
        new StreamObserver<>() {
          @Override
          public void onNext(R response) {
            future.complete(response);
          }

          @Override
          public void onError(Throwable why) {
            future.completeExceptionally(why);
          }

          @Override
          public void onCompleted() {}
        });
    return future;
  }

  /** Closes the connection; the session lives on. */
  @Override
  public void close() {
    connection.close();
  }
}
