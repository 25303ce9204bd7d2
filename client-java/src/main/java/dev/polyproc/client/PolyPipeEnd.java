package dev.polyproc.client;

import com.google.protobuf.Duration;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.PipeCloseRequest;
import dev.polyproc.v1.PipeCloseResponse;
import dev.polyproc.v1.PipePollRequest;
import dev.polyproc.v1.PipePollResponse;
import dev.polyproc.v1.PipeReceiveRequest;
import dev.polyproc.v1.PipeReceiveResponse;
import dev.polyproc.v1.PipeSendRequest;
import dev.polyproc.v1.PipeSendResponse;
import dev.polyproc.v1.PipeServiceGrpc;
import dev.polyproc.v1.Ref;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * One end of a pipe: Python's {@code Connection}.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>Messages come whole, once, and in the order in which they were sent. Several threads and
 *       programs may use an end at once.
 *   <li>An interrupted call has no effect when it throws {@code InterruptedException}.
 *   <li>The end is closed when the last session that holds it has closed it or ended, be it by
 *       {@code kill -9}. Then the other end receives what was sent before, and after that null;
 *       what it sends fails with {@code ERROR_REASON_BROKEN_PIPE}.
 * </ul>
 */
public final class PolyPipeEnd<M> implements PolyObject, AutoCloseable {
  private static final Operation<PipeSendRequest, PipeSendResponse> SEND =
      Operation.of(PipeServiceGrpc.getSendMethod());
  private static final Operation<PipeReceiveRequest, PipeReceiveResponse> RECEIVE =
      Operation.of(PipeServiceGrpc.getReceiveMethod());
  private static final Operation<PipePollRequest, PipePollResponse> POLL =
      Operation.of(PipeServiceGrpc.getPollMethod());
  private static final Operation<PipeCloseRequest, PipeCloseResponse> CLOSE =
      Operation.of(PipeServiceGrpc.getCloseMethod());

  private final Caller caller;
  private final Ref ref;
  private final Codec<M> codec;

  private PolyPipeEnd(Caller caller, Ref ref, Codec<M> codec) {
    this.caller = caller;
    this.ref = ref;
    this.codec = codec;
  }

  static <M> PolyPipeEnd<M> of(Caller caller, Ref ref, Codec<M> codec) {
    return new PolyPipeEnd<>(caller.meaning(ref), ref, codec);
  }

  @Override
  public String name() {
    return ref.getName();
  }

  @Override
  public Ref ref() {
    return ref;
  }

  /** Sends a message; waits for room. */
  public void send(M message) throws InterruptedException {
    caller.await(SEND, sending(message, null));
  }

  /** The twin of {@link #send}. */
  public CompletableFuture<@Nullable Void> sendAsync(M message) {
    return caller.async(SEND, sending(message, null), response -> null);
  }

  /** Sends a message; waits for room until the time is up; answers whether there was. */
  public boolean offer(M message, long timeout, TimeUnit unit) throws InterruptedException {
    return caller.await(SEND, sending(message, caller.timeout(timeout, unit))).getAccepted();
  }

  /** The twin of {@link #offer}. */
  public CompletableFuture<Boolean> offerAsync(M message, long timeout, TimeUnit unit) {
    return caller.async(
        SEND, sending(message, caller.timeout(timeout, unit)), PipeSendResponse::getAccepted);
  }

  /** Receives a message; waits for one. Null at the end of the file, as {@code readLine} has it. */
  public @Nullable M receive() throws InterruptedException {
    return message(caller.await(RECEIVE, receiving(null, 0)));
  }

  /**
   * The twin of {@link #receive()}; with {@code orTimeout} that of {@link #receive(long,
   * TimeUnit)}: no message is lost when the time is up.
   */
  public CompletableFuture<@Nullable M> receiveAsync() {
    return caller.async(RECEIVE, receiving(null, 0), this::message);
  }

  /**
   * Receives a message; waits for one until the time is up. Null at the end of the file.
   *
   * @throws TimeoutException when none came
   */
  public @Nullable M receive(long timeout, TimeUnit unit)
      throws InterruptedException, TimeoutException {
    PipeReceiveResponse received =
        caller.await(RECEIVE, receiving(caller.timeout(timeout, unit), 0));
    if (!received.hasMessage() && !received.getEndOfFile()) {
      throw new TimeoutException("Expected a message at '" + name() + "', but none came in time");
    }
    return message(received);
  }

  /**
   * Receives a message that is not too long; waits for one. Null at the end of the file.
   *
   * @param maxLength in bytes: of bytes and text what they have, of others what they have encoded
   * @throws PolyprocException with {@code ERROR_REASON_MESSAGE_TOO_LONG}; the message stays
   */
  public @Nullable M receiveUpTo(long maxLength) throws InterruptedException {
    return message(caller.await(RECEIVE, receiving(null, length(maxLength))));
  }

  /** The twin of {@link #receiveUpTo}. */
  public CompletableFuture<@Nullable M> receiveUpToAsync(long maxLength) {
    return caller.async(RECEIVE, receiving(null, length(maxLength)), this::message);
  }

  private static long length(long maxLength) {
    if (maxLength < 1) {
      throw new IllegalArgumentException(
          "Expected a length of at least 1 byte, but it is " + maxLength);
    }
    return maxLength;
  }

  /**
   * Whether {@link #receive()} would not have to wait: there is a message, or the end of the file.
   */
  public boolean poll() {
    return caller.call(POLL, polling(caller.timeout(0, TimeUnit.SECONDS))).getReady();
  }

  /** {@link #poll()}, but waits for it until the time is up. */
  public boolean poll(long timeout, TimeUnit unit) throws InterruptedException {
    return caller.await(POLL, polling(caller.timeout(timeout, unit))).getReady();
  }

  /** The twin of {@link #poll(long, TimeUnit)}. */
  public CompletableFuture<Boolean> pollAsync(long timeout, TimeUnit unit) {
    return caller.async(POLL, polling(caller.timeout(timeout, unit)), PipePollResponse::getReady);
  }

  /**
   * Lets go of the end: this client no longer holds it, however often it got it. It is closed
   * unless another session or a stored value holds it. Closing it again does nothing.
   */
  @Override
  public void close() {
    try {
      caller.call(CLOSE, PipeCloseRequest.newBuilder().setEnd(name()).build());
    } catch (PolyprocException e) {
      if (e.reason() != ErrorReason.ERROR_REASON_OBJECT_DELETED) {
        throw e;
      }
    }
  }

  private PipeSendRequest sending(M message, @Nullable Duration timeout) {
    PipeSendRequest.Builder request =
        PipeSendRequest.newBuilder().setEnd(name()).setMessage(codec.encode(message));
    if (timeout != null) {
      request.setTimeout(timeout);
    }
    return request.build();
  }

  private PipeReceiveRequest receiving(@Nullable Duration timeout, long maxLength) {
    PipeReceiveRequest.Builder request =
        PipeReceiveRequest.newBuilder().setEnd(name()).setMaxLength(maxLength);
    if (timeout != null) {
      request.setTimeout(timeout);
    }
    return request.build();
  }

  private PipePollRequest polling(Duration timeout) {
    return PipePollRequest.newBuilder().setEnd(name()).setTimeout(timeout).build();
  }

  private @Nullable M message(PipeReceiveResponse received) {
    return received.hasMessage() ? codec.decode(received.getMessage()) : null;
  }

  @Override
  public String toString() {
    return "PolyPipeEnd '" + name() + "'";
  }
}
