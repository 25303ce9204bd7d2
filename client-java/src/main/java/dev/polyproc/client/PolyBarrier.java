package dev.polyproc.client;

import dev.polyproc.client.internal.request.Requestor;
import dev.polyproc.client.internal.wire.Operation;
import dev.polyproc.v1.BarrierAbortRequest;
import dev.polyproc.v1.BarrierAbortResponse;
import dev.polyproc.v1.BarrierActionDoneRequest;
import dev.polyproc.v1.BarrierActionDoneResponse;
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
import java.util.Objects;
import java.util.concurrent.BrokenBarrierException;
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
 * </ul>
 *
 * <p>What is different: a broken barrier stays so for all programs until one of them calls {@link
 * #reset}; one that is reset while the action runs is broken for the thread that runs it, too; and
 * a thread that is interrupted, or dies, while others run the action, breaks the barrier.
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
    Shape known = ready();
    try {
      return passed(requestor.await(WAIT, request().build()), known);
    } catch (PolyprocException e) {
      throw broken(e);
    }
  }

  /**
   * Waits until all parties have come, or the time is up, and then until the action is done,
   * however long that takes.
   *
   * @return the index, as {@link #await()}
   * @throws TimeoutException when the time was up before all had come; the barrier is broken
   * @throws InterruptedException as {@link #await()}
   * @throws BrokenBarrierException as {@link #await()}
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
      throw new TimeoutException(
          "Expected all parties of barrier '" + name() + "' in time, but they have not come");
    }
    return passed(response, known);
  }

  /** As a CyclicBarrier does: who is interrupted when it comes breaks the barrier. */
  private Shape ready() throws InterruptedException, BrokenBarrierException {
    Shape known = shape();
    if (known.hasAction() && action == null) {
      throw new IllegalStateException(
          "Expected an action for barrier '"
              + name()
              + "', which has one, but this handle has none; give it one by withAction");
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

  private BarrierWaitRequest.Builder request() {
    return BarrierWaitRequest.newBuilder().setBarrier(name());
  }

  private int passed(BarrierWaitResponse response, Shape known) throws BrokenBarrierException {
    if (response.getRunAction() && known.hasAction()) {
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
    requestor.call(
        ACTION_DONE,
        BarrierActionDoneRequest.newBuilder()
            .setBarrier(name())
            .setRound(round)
            .setFailed(failed)
            .build());
  }

  /** What a refusal means: that the barrier is broken, or something else, which is thrown. */
  private static BrokenBarrierException broken(PolyprocException refusal) {
    if (refusal.reason() != ErrorReason.ERROR_REASON_BARRIER_BROKEN
        && refusal.reason() != ErrorReason.ERROR_REASON_NOT_HELD) {
      throw refusal;
    }
    BrokenBarrierException broken = new BrokenBarrierException(refusal.getMessage());
    broken.initCause(refusal);
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

  /**
   * Begins anew, also where the barrier is broken: who waits is thrown a {@code
   * BrokenBarrierException}.
   */
  public void reset() {
    requestor.call(RESET, BarrierResetRequest.newBuilder().setBarrier(name()).build());
  }

  /**
   * Breaks the barrier, until it is {@link #reset}: who waits, and who comes, is thrown a {@code
   * BrokenBarrierException}.
   */
  public void abort() {
    breakUp();
  }

  private boolean breakUp() {
    return requestor
        .call(ABORT, BarrierAbortRequest.newBuilder().setBarrier(name()).build())
        .getWasBroken();
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
    return requestor.call(GET, BarrierGetRequest.newBuilder().setBarrier(name()).build());
  }
}
