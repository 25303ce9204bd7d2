package dev.polyproc.client;

import com.google.protobuf.Duration;
import com.google.protobuf.MessageLite;
import dev.polyproc.client.internal.request.Requestor;
import dev.polyproc.client.internal.value.Codecs;
import dev.polyproc.client.internal.wire.Errors;
import dev.polyproc.client.internal.wire.Operation;
import dev.polyproc.v1.AdminDeleteRequest;
import dev.polyproc.v1.AdminDeleteResponse;
import dev.polyproc.v1.AdminServiceGrpc;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.PipePollRequest;
import dev.polyproc.v1.PipePollResponse;
import dev.polyproc.v1.PipeReceiveRequest;
import dev.polyproc.v1.PipeReceiveResponse;
import dev.polyproc.v1.PipeSendRequest;
import dev.polyproc.v1.PipeSendResponse;
import dev.polyproc.v1.PipeServiceGrpc;
import dev.polyproc.v1.Ref;
import dev.polyproc.v1.SessionDrop;
import dev.polyproc.v1.SessionDropRequest;
import dev.polyproc.v1.SessionDropResponse;
import dev.polyproc.v1.SessionServiceGrpc;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
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
 *   <li>The end is closed when the last of its handles was closed, or the session of a handle
 *       ended, be it by {@code kill -9}, and no stored value holds it. Then the other end receives
 *       what was sent before, and after that null; what it sends fails with {@code
 *       ERROR_REASON_BROKEN_PIPE}.
 * </ul>
 */
public final class PolyPipeEnd<M> extends Handle implements AutoCloseable {
  private static final Operation<PipeSendRequest, PipeSendResponse> SEND =
      Operation.of(PipeServiceGrpc.getSendMethod());
  private static final Operation<PipeReceiveRequest, PipeReceiveResponse> RECEIVE =
      Operation.of(PipeServiceGrpc.getReceiveMethod());
  private static final Operation<PipePollRequest, PipePollResponse> POLL =
      Operation.of(PipeServiceGrpc.getPollMethod());
  private static final Operation<SessionDropRequest, SessionDropResponse> DROP =
      Operation.of(SessionServiceGrpc.getDropMethod());
  private static final Operation<AdminDeleteRequest, AdminDeleteResponse> DELETE =
      Operation.of(AdminServiceGrpc.getDeleteMethod());

  private final Codec<M> codec;
  private final AtomicBoolean closed = new AtomicBoolean();

  private PolyPipeEnd(Requestor requestor, Ref ref, Codec<M> codec) {
    super(requestor, ref);
    this.codec = codec;
  }

  static <M> PolyPipeEnd<M> of(Requestor requestor, Ref ref, Codec<M> codec) {
    return new PolyPipeEnd<>(requestor.meaning(ref), ref, codec);
  }

  /** Sends a message; waits for room. */
  public void send(M message) throws InterruptedException {
    await(SEND, sending(message, null));
  }

  /** The twin of {@link #send}. */
  public CompletableFuture<@Nullable Void> sendAsync(M message) {
    return async(SEND, sending(message, null), response -> null);
  }

  /** Sends a message; waits for room until the time is up; answers whether there was. */
  public boolean offer(M message, long timeout, TimeUnit unit) throws InterruptedException {
    return open()
        .await(SEND, sending(message, requestor.timeout(timeout, unit)), timeout, unit)
        .getAccepted();
  }

  /** The twin of {@link #offer}. */
  public CompletableFuture<Boolean> offerAsync(M message, long timeout, TimeUnit unit) {
    return async(
        SEND, sending(message, requestor.timeout(timeout, unit)), PipeSendResponse::getAccepted);
  }

  /** Receives a message; waits for one. Null at the end of the file, as {@code readLine} has it. */
  public @Nullable M receive() throws InterruptedException {
    return message(await(RECEIVE, receiving(null, 0)));
  }

  /**
   * The twin of {@link #receive()}; with {@code orTimeout} that of {@link #receive(long,
   * TimeUnit)}: no message is lost when the time is up.
   */
  public CompletableFuture<@Nullable M> receiveAsync() {
    return async(RECEIVE, receiving(null, 0), this::message);
  }

  /**
   * Receives a message; waits for one until the time is up. Null at the end of the file.
   *
   * @throws TimeoutException when none came
   */
  public @Nullable M receive(long timeout, TimeUnit unit)
      throws InterruptedException, TimeoutException {
    PipeReceiveResponse received =
        open().await(RECEIVE, receiving(requestor.timeout(timeout, unit), 0), timeout, unit);
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
    return message(await(RECEIVE, receiving(null, length(maxLength))));
  }

  /** The twin of {@link #receiveUpTo}. */
  public CompletableFuture<@Nullable M> receiveUpToAsync(long maxLength) {
    return async(RECEIVE, receiving(null, length(maxLength)), this::message);
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
    return open().call(POLL, polling(requestor.timeout(0, TimeUnit.SECONDS))).getReady();
  }

  /** {@link #poll()}, but waits for it until the time is up. */
  public boolean poll(long timeout, TimeUnit unit) throws InterruptedException {
    return open().await(POLL, polling(requestor.timeout(timeout, unit)), timeout, unit).getReady();
  }

  /** The twin of {@link #poll(long, TimeUnit)}. */
  public CompletableFuture<Boolean> pollAsync(long timeout, TimeUnit unit) {
    return async(POLL, polling(requestor.timeout(timeout, unit)), PipePollResponse::getReady);
  }

  /**
   * Lets go of this handle: from now on its calls fail with {@code ERROR_REASON_OBJECT_DELETED}.
   * The end itself is closed unless another handle, of this client or of another one, or a stored
   * value holds it. An end of lifetime PERSISTENT, which nobody holds, stays; see {@link
   * #closeForAll}. Closing the handle again does nothing.
   *
   * <p>Every handle that a client is handed holds the end: one of a new pipe, one got by name, one
   * that was received or read. {@link Toolbox#drop} lets go of all of this client's at once.
   *
   * @throws IllegalStateException on the client's event loop, where nothing waits; the handle is
   *     still open, and {@link #closeAsync} lets it go
   */
  @Override
  public void close() {
    requestor.mayWait(DROP);
    if (closed.compareAndSet(false, true)) {
      try {
        requestor.call(DROP, dropping());
      } catch (PolyprocException e) {
        if (!Errors.isEndOfSession(e)) { // with which everything was let go
          throw e;
        }
      }
    }
  }

  /** The twin of {@link #close}. */
  public CompletableFuture<@Nullable Void> closeAsync() {
    return closed.compareAndSet(false, true)
        ? Errors.quietAtTheEnd(requestor.async(DROP, dropping(), response -> null))
        : CompletableFuture.completedFuture(null);
  }

  /**
   * Closes the end, for everybody and for good, whoever holds it. The other end receives what was
   * sent before, and then the end of the file.
   */
  public void closeForAll() {
    requestor.call(DELETE, AdminDeleteRequest.newBuilder().setObject(name()).build());
  }

  /** The twin of {@link #closeForAll}. */
  public CompletableFuture<@Nullable Void> closeForAllAsync() {
    return requestor.async(
        DELETE, AdminDeleteRequest.newBuilder().setObject(name()).build(), response -> null);
  }

  private SessionDropRequest dropping() {
    return SessionDropRequest.newBuilder()
        .addDrops(SessionDrop.newBuilder().setRef(ref).setCount(1))
        .build();
  }

  private Requestor open() {
    if (closed.get()) {
      throw closedHere();
    }
    return requestor;
  }

  private PolyprocException closedHere() {
    return Errors.of(
        ErrorReason.ERROR_REASON_OBJECT_DELETED,
        "Expected '" + name() + "' to be open here, but this handle was closed");
  }

  private <Q extends MessageLite, S extends MessageLite> S await(
      Operation<Q, S> operation, Q request) throws InterruptedException {
    return open().await(operation, request);
  }

  private <Q extends MessageLite, S extends MessageLite, R extends @Nullable Object>
      CompletableFuture<R> async(Operation<Q, S> operation, Q request, Function<S, R> result) {
    return closed.get()
        ? CompletableFuture.failedFuture(closedHere())
        : requestor.async(operation, request, result);
  }

  private PipeSendRequest sending(M message, @Nullable Duration timeout) {
    PipeSendRequest.Builder request =
        PipeSendRequest.newBuilder()
            .setEnd(name())
            .setMessage(
                codec.encode(
                    Objects.requireNonNull(message, "Expected a message, but it is null")));
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
    return received.hasMessage() ? Codecs.taken(codec, received.getMessage()) : null;
  }
}
