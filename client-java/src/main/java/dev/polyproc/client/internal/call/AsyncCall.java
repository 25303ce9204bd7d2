package dev.polyproc.client.internal.call;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A call whose future the program has.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>The future is completed, and what depends on it runs, by {@link Callbacks}; who waits in
 *       {@link #get} or {@link #join} is woken by the event loop, without that hop.
 *   <li>An item, a message or a lock is either seen or given back. Seen is what a dependent, {@code
 *       get}, {@code join}, {@code getNow} or a look at whether it is done may have met; from then
 *       on it is the program's, and {@link #cancel} does nothing. Whatever comes for a call that
 *       was cancelled before goes back, and the future is cancelled when the daemon has said so.
 * </ul>
 */
public final class AsyncCall<R extends @Nullable Object> extends PendingCall<R> {
  private enum State {
    /** For the reply. */
    WAITING,

    /** The reply is there; nobody has seen it, and it was not confirmed. */
    HELD,

    /** Nobody wants the call any more; it is over with the daemon's word. */
    CANCELLED,

    /** The result is the program's. */
    SEEN
  }

  @SuppressWarnings("rawtypes")
  private static final AtomicReferenceFieldUpdater<AsyncCall, State> STATE =
      AtomicReferenceFieldUpdater.newUpdater(AsyncCall.class, State.class, "state");

  /** Whose lane it takes; see {@link Callbacks}. */
  final Object object;

  /** How many bytes of a reply are held for it; -1 when none is. The event loop's own. */
  int heldBytes = -1;

  private final Calls calls;
  private final boolean grants;
  private final Decoder<Supplier<R>> responses;
  private final CompletableFuture<@Nullable Void> arrival = new CompletableFuture<>();
  private volatile State state = State.WAITING;
  private volatile @Nullable Outcome<R> outcome;

  /**
   * @param object what the call is made to, or stands for it
   * @param grants whether the daemon can take back what the call is granted
   * @param responses parses a response on the event loop; what is supplied is read elsewhere
   */
  AsyncCall(
      Calls calls,
      byte[] body,
      int cost,
      Object object,
      boolean grants,
      Decoder<Supplier<R>> responses) {
    super(calls, body, cost);
    this.calls = calls;
    this.object = object;
    this.grants = grants;
    this.responses = responses;
  }

  @Override
  public void succeed(CodedInputStream response) {
    try {
      arrive(Outcome.of(responses.decode(response)));
    } catch (InvalidProtocolBufferException e) {
      fail(unreadable(e));
    }
  }

  @Override
  void fail(Throwable failure) {
    STATE.compareAndSet(this, State.HELD, State.CANCELLED); // what was not seen has gone back
    if (state != State.SEEN) {
      arrive(Outcome.failed(failure));
    }
  }

  @Override
  void refuse(Throwable failure) {
    outcome = Outcome.failed(failure);
    state = State.SEEN;
    arrival.complete(null);
    super.refuse(failure);
  }

  /** Keeps the result back until somebody sees it; false when nobody wants it any more. */
  boolean hold(CodedInputStream response) {
    try {
      outcome = Outcome.of(responses.decode(response));
    } catch (InvalidProtocolBufferException e) {
      outcome = Outcome.failed(unreadable(e));
    }
    boolean held = STATE.compareAndSet(this, State.WAITING, State.HELD);
    if (held) {
      tell();
    }
    return held;
  }

  /** Whether the daemon can give back what the call is granted. */
  boolean grants() {
    return grants;
  }

  @Override
  boolean isGivenBack() {
    return undoing || (grants && state == State.CANCELLED);
  }

  @Override
  boolean isOver() {
    return state == State.HELD || state == State.SEEN;
  }

  @Override
  void finish(R value) {
    arrive(Outcome.of(() -> value));
  }

  @Override
  void finishExceptionally(Throwable failure) {
    arrive(Outcome.failed(failure));
  }

  private void arrive(Outcome<R> came) {
    outcome = came;
    state = State.SEEN;
    tell();
  }

  private void tell() {
    arrival.complete(null);
    calls.callbacks().add(this);
  }

  /** Completes the future, unless what came has gone back. */
  void publish() {
    if (!see()) {
      return;
    }
    CompletableFuture<R> result = Objects.requireNonNull(outcome).read();
    try {
      super.finish(result.join());
    } catch (RuntimeException e) {
      super.finishExceptionally(failureOf(result));
    }
  }

  private static Throwable failureOf(CompletableFuture<?> failed) {
    return Objects.requireNonNull(failed.handle((result, failure) -> failure).join());
  }

  @Override
  boolean see() {
    if (STATE.compareAndSet(this, State.HELD, State.SEEN)) {
      calls.seen(this);
    }
    return state == State.SEEN;
  }

  /**
   * Has the daemon take the call back, and what it is granted. The future is cancelled once the
   * daemon has done so. It completes with the result of a call whose effect stands, such as a put.
   *
   * @return whether the future is cancelled already
   */
  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    if (STATE.compareAndSet(this, State.WAITING, State.CANCELLED)
        || STATE.compareAndSet(this, State.HELD, State.CANCELLED)) {
      calls.undo(this);
    }
    return super.isDone() && super.isCancelled();
  }

  @Override
  public boolean isDone() {
    if (super.isDone()) {
      return true;
    }
    if (!see()) {
      return false;
    }
    show();
    return true;
  }

  /**
   * Completes the future for what looks past {@link #get}, as {@code state} of Java 19 does, where
   * that runs nothing: what depends on the future is for {@link Callbacks}.
   */
  private void show() {
    if (getNumberOfDependents() == 0 && !calls.onLoop()) {
      publish();
    }
  }

  @Override
  public boolean isCancelled() {
    return super.isDone() ? super.isCancelled() : see() && result().isCancelled();
  }

  @Override
  public boolean isCompletedExceptionally() {
    return super.isDone()
        ? super.isCompletedExceptionally()
        : see() && result().isCompletedExceptionally();
  }

  @Override
  public R get() throws InterruptedException, ExecutionException {
    calls.mayWaitFor(arrival);
    arrival.get();
    calls.mayWaitFor(this);
    return see() ? result().get() : super.get();
  }

  @Override
  public R get(long timeout, TimeUnit unit)
      throws InterruptedException, ExecutionException, TimeoutException {
    long deadline = System.nanoTime() + unit.toNanos(timeout);
    if (timeout > 0) {
      calls.mayWaitFor(arrival);
    }
    arrival.get(timeout, unit);
    if (timeout > 0) {
      calls.mayWaitFor(this);
    }
    return see() ? result().get() : super.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
  }

  @Override
  public R join() {
    calls.mayWaitFor(arrival);
    arrival.join();
    calls.mayWaitFor(this);
    return see() ? result().join() : super.join();
  }

  @Override
  public R getNow(R absent) {
    return isDone() ? join() : absent;
  }

  /** The result, without waiting: a method of {@code Future} since Java 19. */
  public R resultNow() {
    if (!isDone()) {
      throw new IllegalStateException("Expected a call that is done, but it is not");
    }
    if (isCompletedExceptionally()) {
      throw new IllegalStateException("Expected a call that succeeded, but it did not", cause());
    }
    return join();
  }

  /** The failure, without waiting: a method of {@code Future} since Java 19. */
  public Throwable exceptionNow() {
    if (!isDone()) {
      throw new IllegalStateException("Expected a call that is done, but it is not");
    }
    if (!isCompletedExceptionally() || isCancelled()) {
      throw new IllegalStateException(
          "Expected a call that failed, but it " + (isCancelled() ? "was cancelled" : "did not"));
    }
    return cause();
  }

  private Throwable cause() {
    return failureOf(result());
  }

  private CompletableFuture<R> result() {
    return Objects.requireNonNull(outcome).read();
  }
}
