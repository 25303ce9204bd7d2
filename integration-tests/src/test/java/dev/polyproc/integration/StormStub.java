package dev.polyproc.integration;

import com.google.protobuf.MessageLite;
import dev.polyproc.v1.CancelOutcome;
import dev.polyproc.v1.Reply;
import dev.polyproc.v1.SessionCancelRequest;
import dev.polyproc.v1.SessionCancelResponse;
import dev.polyproc.v1.SessionEndRequest;
import dev.polyproc.v1.SessionServiceGrpc;
import io.grpc.CallOptions;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ClientCalls;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A session over bare stubs, for one thread, that does what is asked of one: it numbers its
 * commands, repeats them until they are answered, confirms below the next, and takes back what it
 * gives up.
 */
final class StormStub implements AutoCloseable {
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  private final Path socket;
  private final String session;
  private Client connection;
  private long sequence;

  /**
   * A new session.
   *
   * @param socket of the daemon, or of what stands before it
   * @param steady a connection that is never cut, for opening it
   */
  StormStub(Path socket, Client steady) {
    this(socket, steady.openSession());
  }

  /** A session that is open. */
  StormStub(Path socket, String session) {
    this.socket = socket;
    this.session = session;
    this.connection = Client.over(socket);
  }

  /** Makes a command, once, however often it has to be sent. */
  <Q, R> R command(MethodDescriptor<Q, R> method, Q request) throws InterruptedException {
    return numbered(++sequence, method, request, Long.MAX_VALUE);
  }

  /** Makes a command that has an effect only while a lock is held under a token. */
  <Q, R> R guarded(String lock, long token, MethodDescriptor<Q, R> method, Q request)
      throws InterruptedException {
    sequence++;
    Envelope envelope = envelope(sequence, sequence).guard(lock, token);
    return repeated(envelope, method, request, Long.MAX_VALUE);
  }

  /** Makes a command, and gives it up after some milliseconds; null when it has no effect then. */
  <Q, R extends MessageLite> @Nullable R commandWithin(
      long millis, MethodDescriptor<Q, R> method, Q request)
      throws InterruptedException, IOException {
    long number = ++sequence;
    try {
      return numbered(number, method, request, System.nanoTime() + millis * 1_000_000);
    } catch (StatusRuntimeException e) {
      if (e.getStatus().getCode() != Status.Code.CANCELLED) {
        throw e;
      }
    }
    Reply reply = takeBack(number);
    if (reply == null) {
      return null;
    }
    try (InputStream response = reply.getResponse().newInput()) {
      return method.parseResponse(response);
    }
  }

  /** The reply of a command that stands; null when it had none, or is undone. */
  private @Nullable Reply takeBack(long number) throws InterruptedException {
    SessionCancelRequest cancel =
        SessionCancelRequest.newBuilder().setSequence(number).setUndo(true).build();
    SessionCancelResponse answer =
        repeated(
            envelope(++sequence, number),
            SessionServiceGrpc.getCancelMethod(),
            cancel,
            Long.MAX_VALUE);
    return answer.getOutcome() == CancelOutcome.CANCEL_OUTCOME_DONE ? answer.getReply() : null;
  }

  private <Q, R> R numbered(
      long number, MethodDescriptor<Q, R> method, Q request, long deadlineNanos)
      throws InterruptedException {
    return repeated(envelope(number, number), method, request, deadlineNanos);
  }

  private Envelope envelope(long number, long receivedBelow) {
    return Envelope.of(session).sequence(number).receivedBelow(receivedBelow);
  }

  private <Q, R> R repeated(
      Envelope envelope, MethodDescriptor<Q, R> method, Q request, long deadlineNanos)
      throws InterruptedException {
    while (true) {
      Future<R> call =
          ClientCalls.futureUnaryCall(
              connection.with(envelope).channel().newCall(method, CallOptions.DEFAULT), request);
      try {
        return call.get(left(deadlineNanos), TimeUnit.NANOSECONDS);
      } catch (TimeoutException e) {
        call.cancel(true); // sends a reset
        throw Status.CANCELLED.asRuntimeException();
      } catch (ExecutionException e) {
        Status why = Status.fromThrowable(e);
        if (!isOfTheConnection(why, e)) {
          throw why.asRuntimeException(Status.trailersFromThrowable(e));
        }
        reconnect();
      }
    }
  }

  /** Whether it is gRPC's word about a connection that broke, and not the daemon's. */
  private static boolean isOfTheConnection(Status status, Throwable thrown) {
    com.google.rpc.Status said = StatusProto.fromThrowable(thrown);
    return (said == null || said.getDetailsCount() == 0)
        && switch (status.getCode()) {
          case UNAVAILABLE, UNKNOWN, INTERNAL -> true;
          default -> false;
        };
  }

  private static long left(long deadlineNanos) {
    return deadlineNanos == Long.MAX_VALUE ? deadlineNanos : deadlineNanos - System.nanoTime();
  }

  private void reconnect() {
    connection.close();
    LockSupport.parkNanos(PAUSE_NANOS);
    connection = Client.over(socket);
  }

  /** Ends the session. */
  @Override
  public void close() {
    try {
      var unused =
          command(SessionServiceGrpc.getEndMethod(), SessionEndRequest.getDefaultInstance());
    } catch (StatusRuntimeException e) {
      if (e.getStatus().getCode()
          != Status.Code.NOT_FOUND) { // the repeat of one whose answer was lost
        throw e;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    connection.close();
  }
}
