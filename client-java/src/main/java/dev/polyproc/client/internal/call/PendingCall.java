package dev.polyproc.client.internal.call;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.polyproc.client.internal.wire.Frame;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A call on its way, and the future of its result: a {@link DirectCall}, or an {@link AsyncCall},
 * which the program gets.
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
 *   <li>It is completed on the client's event loop, and what depends on it runs there.
 * </ul>
 */
public abstract class PendingCall<R extends @Nullable Object> extends CompletableFuture<R>
    implements Frame.Part {
  /** Reads the result out of a serialized response. */
  @FunctionalInterface
  public interface Decoder<R extends @Nullable Object> {
    R decode(CodedInputStream response) throws InvalidProtocolBufferException;
  }

  /** The serialized call without its sequence. */
  final byte[] body;

  /** How much of the client's allowance the call takes; see {@link Admission}. */
  final int cost;

  private final Calls calls;

  /** Whether it is the client's own, and waits for no room. Written before it is sent. */
  boolean own;

  /** The call's number; 0 until the call is first sent. The event loop's own. */
  long sequence;

  /** Whether the daemon was asked to take the call back. The event loop's own. */
  boolean takingBack;

  /** Whether the daemon was asked to undo the call: the answer to that counts. The loop's own. */
  boolean undoing;

  /** How much of its cost it has given back. The event loop's own. */
  int left;

  private @Nullable Runnable afterTakenBack;

  PendingCall(Calls calls, byte[] body, int cost) {
    this.calls = calls;
    this.body = body;
    this.cost = cost;
  }

  @Override
  public final byte[] body() {
    return body;
  }

  @Override
  public final long sequence() {
    return sequence;
  }

  /** Completes with the result in {@code response}. */
  public abstract void succeed(CodedInputStream response);

  static IllegalStateException unreadable(InvalidProtocolBufferException e) {
    return new IllegalStateException("Expected a response of this call, but cannot read it", e);
  }

  /** Completes with a failure. */
  void fail(Throwable failure) {
    finishExceptionally(failure);
  }

  /** Fails on the thread that makes the call, before anybody else has it. */
  void refuse(Throwable failure) {
    super.completeExceptionally(failure);
  }

  /** Completes, for good. */
  void finish(R result) {
    super.complete(result);
  }

  /** Completes with a failure, for good. */
  void finishExceptionally(Throwable failure) {
    super.completeExceptionally(failure);
  }

  /** Whether the reply counts that has come, if one has. */
  boolean isOver() {
    return isDone();
  }

  /** Makes the result the program's, if it is there and was not given up. */
  boolean see() {
    return isDone();
  }

  /** Whether nobody wants what the daemon grants: it goes back, and the reply does not count. */
  boolean isGivenBack() {
    return undoing;
  }

  /** Completes as the one who had the call taken back wants it. */
  void takenBack() {
    if (afterTakenBack == null) {
      finishExceptionally(new CancellationException());
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
    calls.takeBack(this, () -> finish(value));
    return false;
  }

  /** {@link #complete} with what is supplied, once the executor has got to it. */
  @Override
  public CompletableFuture<R> completeAsync(Supplier<? extends R> supplier, Executor executor) {
    executor.execute(
        () -> {
          try {
            complete(supplier.get());
          } catch (Throwable e) { // of the supplier, which is the program's
            completeExceptionally(e);
          }
        });
    return this;
  }

  /** Not for a call: what the daemon granted would be lost. */
  @Override
  public void obtrudeValue(R value) {
    throw new UnsupportedOperationException("Expected the daemon's word, but there is another one");
  }

  /** Not for a call: what the daemon granted would be lost. */
  @Override
  public void obtrudeException(Throwable failure) {
    throw new UnsupportedOperationException("Expected the daemon's word, but there is another one");
  }

  /** Asks the daemon to take the call back, and completes with {@code failure} if it does. */
  @Override
  public boolean completeExceptionally(Throwable failure) {
    calls.takeBack(this, () -> finishExceptionally(failure));
    return false;
  }
}
