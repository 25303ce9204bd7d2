package dev.polyproc.client;

import dev.polyproc.client.internal.object.BarrierArrival;
import dev.polyproc.client.internal.request.Requestor;
import dev.polyproc.client.internal.wire.Operation;
import dev.polyproc.v1.BarrierAbortRequest;
import dev.polyproc.v1.BarrierAbortResponse;
import dev.polyproc.v1.BarrierActionDoneRequest;
import dev.polyproc.v1.BarrierActionDoneResponse;
import dev.polyproc.v1.BarrierBreak;
import dev.polyproc.v1.BarrierCreateRequest;
import dev.polyproc.v1.BarrierCreateResponse;
import dev.polyproc.v1.BarrierGetRequest;
import dev.polyproc.v1.BarrierGetResponse;
import dev.polyproc.v1.BarrierResetRequest;
import dev.polyproc.v1.BarrierResetResponse;
import dev.polyproc.v1.BarrierServiceGrpc;
import dev.polyproc.v1.BarrierWaitRequest;
import dev.polyproc.v1.BarrierWaitResponse;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Ref;
import dev.polyproc.v1.Waiter;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * So many parties, threads of any programs in any languages, that wait for each other, again and
 * again: a {@code CyclicBarrier} that crosses processes.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>As those of {@code CyclicBarrier}; all parties of a round have different indices.
 *   <li>The action runs once a round, in the thread that came last, and that is in whatever program
 *       it came: each gives its handle an action of its own.
 *   <li>A program that dies while it waits, or while it runs the action, breaks the barrier. One
 *       that dies before it comes is not known: a timeout is for that.
 *   <li>Who comes while an action runs, and leaves again or has no time left, breaks the round that
 *       is to come; that whose action runs goes on.
 *   <li>A {@code BrokenBarrierException} says what broke it, who, and in which round; its cause is
 *       a {@link PolyprocException} with them as {@code cause}, {@code party} and {@code round} of
 *       its {@link PolyprocException#metadata}.
 * </ul>
 *
 * <p>What is different: a broken barrier stays so for all programs until it is made whole; one that
 * is reset while the action runs is broken for the thread that runs it, too; and a thread that is
 * interrupted, or dies, while others run the action, breaks the barrier.
 *
 * <p>Who wants to go on after a {@code BrokenBarrierException} calls {@link #mend} and waits again,
 * and so may each of the parties: the first makes the barrier whole, and the others change nothing.
 * {@link #reset} would send those away who have come again before.
 *
 * <p>A barrier is there, with its round, until it is deleted: one that is for one run of a program
 * has a name of that run, or lifetime {@code LIFETIME_REFERENCED}, or is deleted when the run
 * begins.
 */
public final class PolyBarrier extends Handle {
  private static final Operation<BarrierCreateRequest, BarrierCreateResponse> CREATE =
      Operation.of(BarrierServiceGrpc.getCreateMethod());
  private static final Operation<BarrierWaitRequest, BarrierWaitResponse> WAIT =
      Operation.of(BarrierServiceGrpc.getWaitMethod());
  private static final Operation<BarrierActionDoneRequest, BarrierActionDoneResponse> ACTION_DONE =
      Operation.of(BarrierServiceGrpc.getActionDoneMethod());
  private static final Operation<BarrierAbortRequest, BarrierAbortResponse> ABORT =
      Operation.of(BarrierServiceGrpc.getAbortMethod());
  private static final Operation<BarrierResetRequest, BarrierResetResponse> RESET =
      Operation.of(BarrierServiceGrpc.getResetMethod());
  private static final Operation<BarrierGetRequest, BarrierGetResponse> GET =
      Operation.of(BarrierServiceGrpc.getGetMethod());

  private final @Nullable Runnable action;
  private volatile @Nullable Shape shape;

  /** What never changes. */
  private record Shape(int parties, boolean hasAction) {}

  private PolyBarrier(
      Requestor requestor, Ref ref, @Nullable Runnable action, @Nullable Shape shape) {
    super(requestor, ref);
    this.action = action;
    this.shape = shape;
  }

  static PolyBarrier create(Requestor requestor, BarrierCreateRequest asked) {
    Ref ref = requestor.call(CREATE, asked).getRef();
    Shape shape = new Shape(asked.getParties(), asked.getAction());
    return new PolyBarrier(requestor.meaning(ref), ref, null, shape);
  }

  static PolyBarrier of(Requestor requestor, Ref ref) {
    return new PolyBarrier(requestor.meaning(ref), ref, null, null);
  }

  /** An action, which is there. */
  static Runnable required(@Nullable Runnable action) {
    return Objects.requireNonNull(action, "Expected an action, but it is null");
  }

  /**
   * The same barrier, with what this client runs when one of its threads comes last, where the
   * barrier has an action.
   */
  public PolyBarrier withAction(Runnable ownAction) {
    return new PolyBarrier(requestor, ref, required(ownAction), shape);
  }

  /**
   * Waits until all parties have come, and the action is done. The last that comes runs the action.
   *
   * @return the index: {@link #getParties} - 1 for the first that came, 0 for the last
   * @throws InterruptedException when the thread is interrupted while it waits, or was before; the
   *     barrier is broken
   * @throws BrokenBarrierException when the barrier is broken, or becomes so, or is reset
   * @throws IllegalStateException when the barrier has an action, and this handle has none
   */
  public int await() throws InterruptedException, BrokenBarrierException {
    var unused = ready();
    try {
      return passed(requestor.await(WAIT, request().build()));
    } catch (PolyprocException e) {
      throw broken(e);
    }
  }

  /**
   * Waits until all parties have come, or the time is up, and then until the action is done,
   * however long that takes.
   *
   * @return the index, as {@link #await()}
   * @throws TimeoutException when the time was up before all had come; the barrier is broken,
   *     unless this client has so many calls in flight that this one was never sent
   * @throws InterruptedException as {@link #await()}
   * @throws BrokenBarrierException as {@link #await()}
   * @throws PolyprocException when the daemon is silent, so that it is not known whether the others
   *     have passed; also where the thread was interrupted, which it then still is
   */
  public int await(long timeout, TimeUnit unit)
      throws InterruptedException, BrokenBarrierException, TimeoutException {
    Shape known = ready();
    BarrierWaitRequest request = request().setTimeout(requestor.timeout(timeout, unit)).build();
    BarrierWaitResponse response;
    try {
      // Where there is an action, the answer may come long after the time is up.
      response =
          known.hasAction()
              ? requestor.await(WAIT, request)
              : requestor.await(WAIT, request, timeout, unit);
    } catch (PolyprocException e) {
      throw broken(e);
    }
    if (!response.getPassed()) {
      throw late();
    }
    return passed(response);
  }

  private TimeoutException late() {
    return new TimeoutException(
        "Expected all parties of barrier '" + name() + "' in time, but they have not come");
  }

  /** As a CyclicBarrier does: who is interrupted when it comes breaks the barrier. */
  private Shape ready() throws InterruptedException, BrokenBarrierException {
    Shape known = shape();
    if (known.hasAction() && action == null) {
      throw withoutAction();
    }
    if (Thread.currentThread().isInterrupted()) {
      if (breakUp()) {
        throw new BrokenBarrierException(
            "Expected barrier '" + name() + "' to be whole, but it is broken");
      }
      Thread.interrupted();
      throw new InterruptedException();
    }
    return known;
  }

  private IllegalStateException withoutAction() {
    return new IllegalStateException(
        "Expected an action for barrier '"
            + name()
            + "', which has one, but this handle has none; give it one by withAction");
  }

  private BarrierWaitRequest.Builder request() {
    return BarrierWaitRequest.newBuilder().setBarrier(name());
  }

  private int passed(BarrierWaitResponse response) throws BrokenBarrierException {
    if (response.getRunAction()) {
      run(Objects.requireNonNull(action), response.getRound());
    }
    return response.getIndex();
  }

  private void run(Runnable told, long round) throws BrokenBarrierException {
    try {
      told.run();
    } catch (Throwable thrown) {
      failed(round, thrown);
      throw thrown;
    }
    try {
      report(round, false);
    } catch (PolyprocException e) {
      throw broken(e);
    }
  }

  private void failed(long round, Throwable thrown) {
    try {
      report(round, true);
    } catch (PolyprocException e) {
      thrown.addSuppressed(e);
    }
  }

  private void report(long round, boolean failed) {
    requestor.call(ACTION_DONE, done(round, failed));
  }

  private BarrierActionDoneRequest done(long round, boolean failed) {
    return BarrierActionDoneRequest.newBuilder()
        .setBarrier(name())
        .setRound(round)
        .setFailed(failed)
        .build();
  }

  // Without waiting.

  /**
   * The twin of {@link #await()}. An action is run where what depends on futures is; the result is
   * there when it is done. What broke the barrier is a {@code BrokenBarrierException} here, too. To
   * cancel the future has the party leave, which breaks the barrier.
   */
  public CompletableFuture<Integer> awaitAsync() {
    return arrive(request().build());
  }

  /**
   * The twin of {@link #await(long, TimeUnit)}, whose {@code TimeoutException} is the future's
   * failure.
   */
  public CompletableFuture<Integer> awaitAsync(long timeout, TimeUnit unit) {
    return arrive(request().setTimeout(requestor.timeout(timeout, unit)).build());
  }

  private CompletableFuture<Integer> arrive(BarrierWaitRequest request) {
    Shape known = shape;
    if (known != null && known.hasAction() && action == null) {
      throw withoutAction();
    }
    CompletableFuture<BarrierWaitResponse> wait =
        requestor.async(WAIT, request, response -> response);
    BarrierArrival arrival = new BarrierArrival(wait);
    var unused =
        wait.whenComplete(
            (response, failure) -> {
              if (failure != null) {
                arrival.fail(failureOf(failure));
              } else if (!response.getPassed()) {
                arrival.fail(late());
              } else if (response.getRunAction()) {
                run(response, arrival);
              } else {
                arrival.pass(response.getIndex());
              }
            });
    return arrival;
  }

  private void run(BarrierWaitResponse response, BarrierArrival arrival) {
    Throwable thrown = null;
    try {
      if (action == null) {
        throw withoutAction();
      }
      action.run();
    } catch (Throwable e) { // of the action, which is the program's
      thrown = e;
    }
    Throwable ofTheAction = thrown;
    var unused =
        requestor
            .async(ACTION_DONE, done(response.getRound(), thrown != null), taken -> taken)
            .whenComplete(
                (taken, failure) -> {
                  if (ofTheAction != null) {
                    arrival.fail(ofTheAction);
                  } else if (failure != null) {
                    arrival.fail(failureOf(failure));
                  } else {
                    arrival.pass(response.getIndex());
                  }
                });
  }

  private static Throwable failureOf(Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    return cause instanceof PolyprocException refusal && isBreak(refusal)
        ? broken(refusal.getMessage(), refusal)
        : cause;
  }

  /** What a refusal means: that the barrier is broken, or something else, which is thrown. */
  private static BrokenBarrierException broken(PolyprocException refusal) {
    if (!isBreak(refusal)) {
      throw refusal;
    }
    return broken(refusal.getMessage(), refusal);
  }

  private static boolean isBreak(PolyprocException refusal) {
    return refusal.reason() == ErrorReason.ERROR_REASON_BARRIER_BROKEN
        || refusal.reason() == ErrorReason.ERROR_REASON_NOT_HELD;
  }

  private static BrokenBarrierException broken(@Nullable String sentence, Throwable cause) {
    BrokenBarrierException broken = new BrokenBarrierException(sentence);
    broken.initCause(cause);
    return broken;
  }

  /** How many parties there are. */
  public int getParties() {
    return shape().parties();
  }

  /** How many parties of the round wait for the others. */
  public int getNumberWaiting() {
    return get().getWaiting();
  }

  /** Whether the barrier is broken. */
  public boolean isBroken() {
    return get().getBroken();
  }

  /** Why the barrier is broken, by whom, and in which round; empty where it is whole. */
  public Optional<BarrierBreak> brokenBy() {
    BarrierGetResponse seen = get();
    return seen.hasBrokenBy() ? Optional.of(seen.getBrokenBy()) : Optional.empty();
  }

  /** Who waits, in line; the first of them where they are many. */
  public List<Waiter> waiters() {
    return get().getWaitersList();
  }

  /**
   * Makes a broken barrier whole, and changes nothing where it is. After a {@code
   * BrokenBarrierException} each of the parties may call it and wait again: of several that do so
   * at once the first makes it whole.
   *
   * @return whether this call did so
   */
  public boolean mend() {
    BarrierGetResponse seen = get();
    return seen.getBroken() && requestor.call(RESET, mending(seen)).getReset();
  }

  /** The twin of {@link #mend}. */
  public CompletableFuture<Boolean> mendAsync() {
    return requestor
        .async(GET, looking(), seen -> seen)
        .thenCompose(
            seen ->
                seen.getBroken()
                    ? requestor.async(RESET, mending(seen), BarrierResetResponse::getReset)
                    : CompletableFuture.completedFuture(false));
  }

  /** Resets the round that broke, if the barrier is still broken in that one. */
  private BarrierResetRequest mending(BarrierGetResponse seen) {
    return resetting().setRound(seen.getBrokenBy().getRound()).build();
  }

  /**
   * Begins anew, whether or not the barrier is broken: who waits is thrown a {@code
   * BrokenBarrierException}, also who has come after another {@code reset}. To go on after a break,
   * {@link #mend} is the call.
   */
  public void reset() {
    requestor.call(RESET, resetting().build());
  }

  /** The twin of {@link #reset}. */
  public CompletableFuture<@Nullable Void> resetAsync() {
    return requestor.async(RESET, resetting().build(), response -> null);
  }

  private BarrierResetRequest.Builder resetting() {
    return BarrierResetRequest.newBuilder().setBarrier(name());
  }

  /**
   * Breaks the barrier, until it is made whole: who waits, and who comes, is thrown a {@code
   * BrokenBarrierException}.
   */
  public void abort() {
    breakUp();
  }

  /** The twin of {@link #abort}. */
  public CompletableFuture<@Nullable Void> abortAsync() {
    return requestor.async(ABORT, aborting(), response -> null);
  }

  private BarrierAbortRequest aborting() {
    return BarrierAbortRequest.newBuilder().setBarrier(name()).build();
  }

  private boolean breakUp() {
    return requestor.call(ABORT, aborting()).getWasBroken();
  }

  private Shape shape() {
    Shape known = shape;
    if (known == null) {
      BarrierGetResponse seen = get();
      known = new Shape(seen.getParties(), seen.getAction());
      shape = known;
    }
    return known;
  }

  private BarrierGetResponse get() {
    return requestor.call(GET, looking());
  }

  private BarrierGetRequest looking() {
    return BarrierGetRequest.newBuilder().setBarrier(name()).build();
  }
}
