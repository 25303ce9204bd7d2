package dev.polyproc.client;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A call on its way, and the future of its result.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>It is completed by what the daemon says, and by nothing else until the session ends. {@link
 *       #cancel}, {@link #complete} and {@link #completeExceptionally} (and with it {@code
 *       orTimeout} and {@code completeOnTimeout}) ask the daemon to take the call back, and
 *       complete the future only once the daemon has. When the call was done already, {@link
 *       #cancel} has the daemon take back an item or a lock whose reply has not come; everything
 *       else stands, and is the result. So no item that was granted is lost.
 *   <li>It is completed on the client's event loop. What depends on it and takes time or waits
 *       belongs into the {@code …Async} methods.
 * </ul>
 */
final class PendingCall<R extends @Nullable Object> extends CompletableFuture<R> {
  /** Reads the result out of a serialized response. */
  @FunctionalInterface
  interface Decoder<R extends @Nullable Object> {
    R decode(CodedInputStream response) throws InvalidProtocolBufferException;
  }

  /** The serialized call without its sequence. */
  final byte[] body;

  /** How much of the client's allowance the call takes; see {@link Admission}. */
  final int cost;

  private final Calls calls;
  private final Decoder<R> decoder;

  /** The call's number; 0 until the call is first sent. The event loop's own. */
  long sequence;

  /** Whether the daemon was asked to take the call back. The event loop's own. */
  boolean takingBack;

  /** Whether the daemon was asked to undo the call: the answer to that counts. The loop's own. */
  boolean undoing;

  private @Nullable Runnable afterTakenBack;

  PendingCall(Calls calls, byte[] body, int cost, Decoder<R> decoder) {
    this.calls = calls;
    this.body = body;
    this.cost = cost;
    this.decoder = decoder;
  }

  /** Completes with the result in {@code response}. */
  void succeed(CodedInputStream response) {
    R result;
    try {
      result = decoder.decode(response);
    } catch (InvalidProtocolBufferException e) {
      fail(new IllegalStateException("Expected a response of this call, but cannot read it", e));
      return;
    } catch (RuntimeException e) { // of the codec, which may be anybody's
      fail(e);
      return;
    }
    super.complete(result);
  }

  /** Completes with a failure. */
  void fail(Throwable failure) {
    super.completeExceptionally(failure);
  }

  /** Completes as the one who had the call taken back wants it. */
  void takenBack() {
    if (afterTakenBack == null) {
      super.cancel(false);
    } else {
      afterTakenBack.run();
    }
  }

  /** Notes on the event loop what follows when the call was taken back; the first one counts. */
  void takeBackAnd(@Nullable Runnable then) {
    takingBack = true;
    afterTakenBack = then;
  }

  /**
   * Asks the daemon to take the call back, and what it was granted. The future is cancelled once
   * the daemon says that the call had, or has by now, no effect; it completes with the result where
   * that stands, as that of a put does.
   *
   * @return whether the call is cancelled already
   */
  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    calls.undo(this);
    return isCancelled();
  }

  /** Asks the daemon to take the call back, and completes with {@code value} if it does. */
  @Override
  public boolean complete(R value) {
    calls.takeBack(this, () -> super.complete(value));
    return false;
  }

  /** Asks the daemon to take the call back, and completes with {@code failure} if it does. */
  @Override
  public boolean completeExceptionally(Throwable failure) {
    calls.takeBack(this, () -> super.completeExceptionally(failure));
    return false;
  }
}
