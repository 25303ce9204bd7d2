package dev.polyproc.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.polyproc.testing.DaemonProcess;
import dev.polyproc.v1.LockCreateRequest;
import dev.polyproc.v1.LockKind;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** More sentences of {@code Condition}'s documentation; {@code PolyConditionTest} has the first. */
@Timeout(60)
class ConditionSentencesTest {
  @RegisterExtension static final DaemonProcess DAEMON = new DaemonProcess();

  private Polyproc polyproc;
  private PolyLock lock;
  private PolyCondition condition;

  @BeforeEach
  void connect() {
    polyproc = DAEMON.connect();
    lock = polyproc.lock(LockCreateRequest.getDefaultInstance());
    condition = lock.newCondition();
  }

  @AfterEach
  void close() {
    polyproc.close();
  }

  /** A thread that locks and waits, and says whether it had the lock at the end. */
  private OtherThread waiter(OtherThread.Action wait) {
    int before = condition.waiters().size();
    OtherThread waiter = OtherThread.running(() -> locked(wait));
    Await.until(() -> condition.waiters().size() == before + 1);
    return waiter;
  }

  private void locked(OtherThread.Action action) throws Exception {
    lock.lock();
    try {
      action.run();
    } finally {
      assertThat(lock.hold()).as("the thread holds the lock").isPresent();
      lock.unlock();
    }
  }

  private List<OtherThread.Action> timedWaits() {
    return List.of(
        () -> condition.await(1, TimeUnit.HOURS),
        () -> condition.awaitNanos(Long.MAX_VALUE),
        () -> condition.awaitUntil(new Date(Long.MAX_VALUE)));
  }

  // "has its interrupted status set on entry to this method ... then InterruptedException is thrown
  // and the current thread's interrupted status is cleared", of all waits for a time.
  @Test
  void shouldThrowInterruptedExceptionOnEntryOfATimedWait() throws Exception {
    locked(
        () -> {
          for (OtherThread.Action wait : timedWaits()) {
            Thread.currentThread().interrupt();
            assertThatExceptionOfType(InterruptedException.class).isThrownBy(wait::run);
            assertThat(Thread.interrupted()).isFalse();
          }
        });
    assertThat(lock.isLocked()).isFalse();
  }

  // "or is interrupted while waiting and interruption of thread suspension is supported".
  @Test
  void shouldThrowInterruptedExceptionWhileWaitingForATime() throws Exception {
    for (OtherThread.Action wait : timedWaits()) {
      OtherThread waiter = waiter(wait);
      waiter.interrupt();
      assertThat(waiter.outcome()).isInstanceOf(InterruptedException.class);
      assertThat(condition.waiters()).isEmpty();
      assertThat(lock.isLocked()).isFalse();
    }
  }

  // "signal: If any threads are waiting on this condition then one is selected": else it is
  // nothing,
  // and nobody who waits later has it.
  @Test
  void shouldKeepNoSignalForWhoWaitsLater() throws Exception {
    locked(
        () -> {
          condition.signal();
          condition.signalAll();
          assertThat(condition.await(1, TimeUnit.MILLISECONDS)).isFalse();
        });
  }

  // "signalAll: ... Each thread must re-acquire the lock before it can return from await."
  @Test
  void shouldReacquireTheLockOneAfterTheOther() throws Exception {
    int[] plain = new int[1];
    List<OtherThread> waiters = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      waiters.add(
          waiter(
              () -> {
                condition.await();
                plain[0]++;
                assertThat(lock.isLocked()).isTrue();
              }));
    }
    locked(
        () -> {
          condition.signalAll();
          assertThat(plain[0]).isZero();
        });
    for (OtherThread waiter : waiters) {
      assertThat(waiter.outcome()).isEqualTo("done");
    }
    locked(() -> assertThat(plain[0]).isEqualTo(20));
  }

  // "The current thread is assumed to hold the lock associated with this Condition when this method
  // is called": however it acquired it.
  @Test
  void shouldWaitHoweverTheThreadAcquiredTheLock() throws Exception {
    List<OtherThread.Action> ways =
        List.of(
            lock::lockInterruptibly,
            () -> assertThat(lock.tryLock()).isTrue(),
            () -> assertThat(lock.tryLock(1, TimeUnit.HOURS)).isTrue());
    for (OtherThread.Action acquire : ways) {
      OtherThread waiter =
          OtherThread.running(
              () -> {
                acquire.run();
                condition.await();
                lock.unlock();
              });
      Await.until(() -> condition.waiters().size() == 1);
      locked(condition::signal);
      assertThat(waiter.outcome()).isEqualTo("done");
    }
  }

  // "If the time is less than or equal to zero, the method will not wait at all", and the longest
  // times of all units.
  @Test
  void shouldTakeAnyTimeInAnyUnit() throws Exception {
    for (TimeUnit unit : TimeUnit.values()) {
      locked(() -> assertThat(condition.await(Long.MIN_VALUE, unit)).isFalse());
      OtherThread waiter = waiter(() -> assertThat(condition.await(Long.MAX_VALUE, unit)).isTrue());
      locked(condition::signal);
      assertThat(waiter.outcome()).isEqualTo("done");
    }
    locked(() -> assertThat(condition.awaitNanos(Long.MIN_VALUE)).isNotPositive());
  }

  // "awaitUntil: false if the deadline has elapsed upon return": also where it is before all time
  // that a clock can tell.
  @Test
  void shouldReturnFalseIfTheDeadlineElapsedLongAgo() throws Exception {
    OtherThread waiter =
        OtherThread.running(
            () ->
                locked(() -> assertThat(condition.awaitUntil(new Date(Long.MIN_VALUE))).isFalse()));
    Await.until(waiter::isDone);
    assertThat(waiter.outcome()).isEqualTo("done");
  }

  // "false if the waiting time detectably elapsed before return from the method".
  @Test
  void shouldReturnNotBeforeTheWaitingTimeElapsed() throws Exception {
    locked(
        () -> {
          OtherThread.lastsAtLeast(
              2_345_678,
              () -> assertThat(condition.await(2_345_678, TimeUnit.NANOSECONDS)).isFalse());
          OtherThread.lastsAtLeast(
              2_345_678, () -> assertThat(condition.awaitNanos(2_345_678)).isNotPositive());
          for (int i = 0; i < 50; i++) {
            Date deadline = new Date(System.currentTimeMillis() + 3);
            assertThat(condition.awaitUntil(deadline)).isFalse();
            assertThat(System.currentTimeMillis()).isGreaterThanOrEqualTo(deadline.getTime());
          }
        });
  }

  // "The lock associated with this condition is atomically released", and had again as often: of
  // all
  // ways to wait, whether it is signalled or not.
  @Test
  void shouldHoldTheLockAsOftenAsBeforeHoweverItWaits() throws Exception {
    PolyLock reentrant =
        polyproc.lock(LockCreateRequest.newBuilder().setKind(LockKind.LOCK_KIND_REENTRANT).build());
    PolyCondition changed = reentrant.newCondition();
    List<OtherThread.Action> signalled =
        List.of(
            changed::await,
            changed::awaitUninterruptibly,
            () -> changed.await(1, TimeUnit.HOURS),
            () -> changed.awaitNanos(Long.MAX_VALUE),
            () -> changed.awaitUntil(new Date(Long.MAX_VALUE)));
    List<OtherThread.Action> notSignalled =
        List.of(
            () -> assertThat(changed.await(1, TimeUnit.MILLISECONDS)).isFalse(),
            () -> assertThat(changed.awaitNanos(1)).isNotPositive(),
            () -> assertThat(changed.awaitUntil(new Date())).isFalse());
    for (OtherThread.Action way :
        Stream.concat(signalled.stream(), notSignalled.stream()).toList()) {
      OtherThread waiter =
          OtherThread.running(
              () -> {
                reentrant.lock();
                reentrant.lock();
                way.run();
                assertThat(reentrant.count()).isEqualTo(2);
                reentrant.unlock();
                assertThat(reentrant.isLocked()).isTrue();
                reentrant.unlock();
                assertThat(reentrant.hold()).isEmpty();
              });
      if (signalled.contains(way)) {
        Await.until(() -> waiter.isDone() || !changed.waiters().isEmpty());
        reentrant.lock();
        changed.signal();
        reentrant.unlock();
      }
      assertThat(waiter.outcome()).isEqualTo("done");
      assertThat(reentrant.isLocked()).isFalse();
    }
  }

  // "Condition provides a means ... to give the effect of having multiple wait-sets per object".
  @Test
  void shouldSignalNobodyWhoWaitsForAnotherConditionOfTheLock() throws Exception {
    PolyCondition another = lock.newCondition();
    OtherThread waiter = waiter(condition::await);
    locked(another::signalAll);
    assertThat(condition.waiters()).hasSize(1);
    assertThat(waiter.isDone()).isFalse();
    locked(condition::signalAll);
    assertThat(waiter.outcome()).isEqualTo("done");
  }

  @Test
  @SuppressWarnings("NullAway") // What a caller without such a checker can do.
  void shouldHoldTheLockAfterArgumentsThatAreNull() throws Exception {
    locked(
        () -> {
          assertThatNullPointerException().isThrownBy(() -> condition.await(1, null));
          assertThatNullPointerException().isThrownBy(() -> condition.awaitUntil(null));
        });
    assertThat(condition.waiters()).isEmpty();
  }

  // "awaitNanos: This value can be used to determine whether and how long to re-wait in cases where
  // the wait returns but an awaited condition still does not hold."
  @Test
  void shouldReturnLessForEachTimeThatItWaitsAgain() throws Exception {
    long[] left = new long[2];
    OtherThread waiter =
        waiter(
            () -> {
              left[0] = condition.awaitNanos(TimeUnit.HOURS.toNanos(1));
              left[1] = condition.awaitNanos(left[0]);
            });
    locked(condition::signal);
    Await.until(() -> condition.waiters().size() == 1);
    locked(condition::signal);

    assertThat(waiter.outcome()).isEqualTo("done");
    assertThat(left[0]).isBetween(1L, TimeUnit.HOURS.toNanos(1));
    assertThat(left[1]).isBetween(1L, left[0] - 1);
  }

  // "unlock: a Lock implementation will usually impose restrictions on which thread can release a
  // lock": also while another waits at its condition.
  @Test
  void shouldNotReleaseTheLockOfAThreadThatWaits() throws Exception {
    OtherThread waiter = waiter(condition::await);
    assertThatExceptionOfType(IllegalMonitorStateException.class).isThrownBy(lock::unlock);
    locked(condition::signal);
    assertThat(waiter.outcome()).isEqualTo("done");
  }

  // "As an example, suppose we have a bounded buffer which supports put and take methods."
  @Test
  void shouldKeepTheBoundedBufferOfTheDocumentation() throws Exception {
    BoundedBuffer buffer = new BoundedBuffer();
    List<OtherThread> threads = new ArrayList<>();
    long[] taken = new long[50];
    for (int i = 0; i < 50; i++) {
      int number = i;
      threads.add(
          OtherThread.running(
              () -> {
                for (int item = 0; item < 10; item++) {
                  buffer.put(number * 10 + item);
                }
              }));
      threads.add(
          OtherThread.running(
              () -> {
                for (int item = 0; item < 10; item++) {
                  taken[number] += buffer.take();
                }
              }));
    }
    long sum = 0;
    for (OtherThread thread : threads) {
      assertThat(thread.outcome()).isEqualTo("done");
    }
    for (long some : taken) {
      sum += some;
    }
    assertThat(sum).isEqualTo(499 * 500 / 2);
    assertThat(lock.isLocked()).isFalse();
  }

  private final class BoundedBuffer {
    private final PolyCondition notFull = lock.newCondition();
    private final PolyCondition notEmpty = lock.newCondition();
    private final Queue<Integer> items = new ArrayDeque<>();

    void put(int item) throws InterruptedException {
      lock.lock();
      try {
        while (items.size() == 10) {
          notFull.await();
        }
        items.add(item);
        notEmpty.signal();
      } finally {
        lock.unlock();
      }
    }

    int take() throws InterruptedException {
      lock.lock();
      try {
        while (items.isEmpty()) {
          notEmpty.await();
        }
        int item = items.remove();
        notFull.signal();
        return item;
      } finally {
        lock.unlock();
      }
    }
  }
}
