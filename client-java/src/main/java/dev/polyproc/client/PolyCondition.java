package dev.polyproc.client;

import com.google.protobuf.Duration;
import dev.polyproc.client.internal.object.Holds;
import dev.polyproc.client.internal.request.Requestor;
import dev.polyproc.client.internal.wire.Operation;
import dev.polyproc.v1.ConditionCreateRequest;
import dev.polyproc.v1.ConditionCreateResponse;
import dev.polyproc.v1.ConditionGetRequest;
import dev.polyproc.v1.ConditionGetResponse;
import dev.polyproc.v1.ConditionNotifyRequest;
import dev.polyproc.v1.ConditionNotifyResponse;
import dev.polyproc.v1.ConditionServiceGrpc;
import dev.polyproc.v1.ConditionWaitRequest;
import dev.polyproc.v1.ConditionWaitResponse;
import dev.polyproc.v1.Ref;
import dev.polyproc.v1.Waiter;
import java.util.Date;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import org.jspecify.annotations.Nullable;

/**
 * A condition of a {@link PolyLock} that threads and programs wait for: {@code
 * java.util.concurrent.locks.Condition}, and Python's {@code Condition}.
 *
 * <pre>{@code
 * lock.lock();
 * try {
 *   while (jobs.isEmpty()) {
 *     notEmpty.await();
 *   }
 * } finally {
 *   lock.unlock();
 * }
 * }</pre>
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>A wait gives the lock up however often the thread holds it, and has it again as often when
 *       it returns, under a new token. Who waits longest is signalled first.
 *   <li>A signal wakes one that lives: where a waiter is interrupted, or its program dies, before
 *       it is back, the signal goes on to the one that then waits longest. So it never waits for
 *       any, nor is lost.
 *   <li>The holder is the thread that locked by {@link PolyLock#lock} and its like; who has a
 *       {@link Hold} of {@link PolyLock#acquire} gives it: {@link #await(Hold)}, {@link
 *       #signal(Hold)}.
 * </ul>
 *
 * <p>It differs from the conditions of a {@code ReentrantLock} in that a wait ends with a {@code
 * PolyprocException} when the condition is deleted, and when the lock broke or the session is lost;
 * in the last two cases the thread does not hold the lock then. The time of a wait ends with the
 * signal: the way back into the lock takes as long as others hold it, and as the daemon is out of
 * reach.
 */
public final class PolyCondition extends Handle implements Condition {
  private static final Operation<ConditionCreateRequest, ConditionCreateResponse> CREATE =
      Operation.of(ConditionServiceGrpc.getCreateMethod());
  private static final Operation<ConditionWaitRequest, ConditionWaitResponse> WAIT =
      Operation.of(ConditionServiceGrpc.getWaitMethod());
  private static final Operation<ConditionNotifyRequest, ConditionNotifyResponse> NOTIFY =
      Operation.of(ConditionServiceGrpc.getNotifyMethod());
  private static final Operation<ConditionGetRequest, ConditionGetResponse> GET =
      Operation.of(ConditionServiceGrpc.getGetMethod());

  private final Holds<Hold> holds;
  private volatile @Nullable PolyLock lock;

  private PolyCondition(Requestor requestor, Ref ref, Holds<Hold> holds, @Nullable PolyLock lock) {
    super(requestor, ref);
    this.holds = holds;
    this.lock = lock;
  }

  /**
   * @param lock its lock, where that is known
   */
  static PolyCondition create(
      Requestor requestor,
      Holds<Hold> holds,
      ConditionCreateRequest shape,
      @Nullable PolyLock lock) {
    Ref ref = requestor.call(CREATE, shape).getRef();
    return new PolyCondition(requestor.meaning(ref), ref, holds, lock);
  }

  static PolyCondition of(Requestor requestor, Holds<Hold> holds, Ref ref) {
    return new PolyCondition(requestor.meaning(ref), ref, holds, null);
  }

  /** Its lock. One that was made from a ref asks the daemon once. */
  public PolyLock lock() {
    PolyLock known = lock;
    if (known == null) {
      known = PolyLock.of(requestor.meaningAny(), holds, get().getLock());
      lock = known;
    }
    return known;
  }

  /** Who waits to be signalled, in line. */
  public List<Waiter> waiters() {
    return get().getWaitersList();
  }

  private ConditionGetResponse get() {
    return requestor.call(GET, ConditionGetRequest.newBuilder().setCondition(name()).build());
  }

  /**
   * Waits until it is signalled.
   *
   * @throws InterruptedException when the thread is interrupted, before or while it waits: it holds
   *     the lock, and no signal was for it
   * @throws IllegalMonitorStateException when the calling thread does not hold the lock
   */
  @Override
  public void await() throws InterruptedException {
    var unused = await(ConditionHold.of(lock(), null), null);
  }

  /**
   * {@link #await()} under a hold of {@link PolyLock#acquire} and its like, which has another token
   * afterwards. Of a reentrant lock it gives up all that the hold's owner has.
   *
   * @throws IllegalMonitorStateException when the hold is over
   */
  public void await(Hold hold) throws InterruptedException {
    var unused = await(ConditionHold.of(lock(), Objects.requireNonNull(hold)), null);
  }

  /** Waits until it is signalled, whoever interrupts; the thread stays interrupted then. */
  @Override
  public void awaitUninterruptibly() {
    ConditionHold held = ConditionHold.of(lock(), null);
    try {
      held.cameBack(requestor.call(WAIT, request(held, null), held.owner()));
    } catch (PolyprocException e) {
      throw held.failed(e);
    }
  }

  /**
   * Waits until it is signalled, or the time is up; answers what is left of the time: 0 or less
   * when it was not signalled in it.
   */
  @Override
  public long awaitNanos(long nanosTimeout) throws InterruptedException {
    long start = System.nanoTime();
    boolean signalled = await(nanosTimeout, TimeUnit.NANOSECONDS);
    long left = nanosTimeout - (System.nanoTime() - start);
    return signalled ? left : Math.min(0, left);
  }

  /** Waits until it is signalled, or the time is up; answers whether it was signalled. */
  @Override
  public boolean await(long time, TimeUnit unit) throws InterruptedException {
    return await(ConditionHold.of(lock(), null), requestor.timeout(time, unit)).getNotified();
  }

  /**
   * {@link #await(long, TimeUnit)} under a hold, as {@link #await(Hold)}.
   *
   * @throws IllegalMonitorStateException when the hold is over
   */
  public boolean await(Hold hold, long time, TimeUnit unit) throws InterruptedException {
    ConditionHold held = ConditionHold.of(lock(), Objects.requireNonNull(hold));
    return await(held, requestor.timeout(time, unit)).getNotified();
  }

  /** Waits until it is signalled, or the deadline; answers whether it was signalled. */
  @Override
  public boolean awaitUntil(Date deadline) throws InterruptedException {
    long now = System.currentTimeMillis();
    long left = deadline.getTime() <= now ? 0 : deadline.getTime() - now;
    return await(left, TimeUnit.MILLISECONDS);
  }

  private ConditionWaitResponse await(ConditionHold held, @Nullable Duration timeout)
      throws InterruptedException {
    try {
      ConditionWaitResponse response = requestor.await(WAIT, request(held, timeout), held.owner());
      held.cameBack(response);
      return response;
    } catch (InterruptedException e) {
      held.restore();
      throw e;
    } catch (PolyprocException e) {
      throw held.failed(e);
    }
  }

  private ConditionWaitRequest request(ConditionHold held, @Nullable Duration timeout) {
    ConditionWaitRequest.Builder request =
        ConditionWaitRequest.newBuilder().setCondition(name()).setToken(held.token());
    if (timeout != null) {
      request.setTimeout(timeout);
    }
    Duration lease = lock().longestHold();
    if (lease != null) {
      request.setLease(lease);
    }
    return request.build();
  }

  /**
   * Wakes the one that waits longest, if there is one; it goes on when the lock is its.
   *
   * @throws IllegalMonitorStateException when the calling thread does not hold the lock
   */
  @Override
  public void signal() {
    signal(null, ConditionNotifyRequest.newBuilder());
  }

  /**
   * {@link #signal()} under a hold of {@link PolyLock#acquire} and its like.
   *
   * @throws IllegalMonitorStateException when the hold is over
   */
  public void signal(Hold hold) {
    signal(Objects.requireNonNull(hold), ConditionNotifyRequest.newBuilder());
  }

  /**
   * Wakes so many, those that wait longest; answers how many there were.
   *
   * @throws IllegalMonitorStateException when the calling thread does not hold the lock
   */
  public int signal(int most) {
    if (most < 1) {
      throw new IllegalArgumentException("Expected to wake 1 or more, but " + most + " are meant");
    }
    return signal(null, ConditionNotifyRequest.newBuilder().setCount(most));
  }

  /**
   * Wakes all that wait.
   *
   * @throws IllegalMonitorStateException when the calling thread does not hold the lock
   */
  @Override
  public void signalAll() {
    signal(null, ConditionNotifyRequest.newBuilder().setAll(true));
  }

  /**
   * {@link #signalAll()} under a hold of {@link PolyLock#acquire} and its like.
   *
   * @throws IllegalMonitorStateException when the hold is over
   */
  public void signalAll(Hold hold) {
    signal(Objects.requireNonNull(hold), ConditionNotifyRequest.newBuilder().setAll(true));
  }

  private int signal(@Nullable Hold hold, ConditionNotifyRequest.Builder whom) {
    ConditionHold held = ConditionHold.of(lock(), hold);
    try {
      return requestor
          .call(NOTIFY, whom.setCondition(name()).setToken(held.token()).build(), held.owner())
          .getNotified();
    } catch (PolyprocException e) {
      throw held.refused(e);
    }
  }
}
