package dev.polyproc.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.polyproc.testing.DaemonProcess;
import dev.polyproc.v1.LockCreateRequest;
import dev.polyproc.v1.LockKind;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Sentences of the documentation of {@code Lock} and of a fair {@code ReentrantLock}. */
@Timeout(60)
class LockSentencesTest {
  @RegisterExtension static final DaemonProcess DAEMON = new DaemonProcess();

  private Polyproc polyproc;
  private PolyLock lock;

  @BeforeEach
  void connect() {
    polyproc = DAEMON.connect();
    lock =
        polyproc.lock(LockCreateRequest.newBuilder().setKind(LockKind.LOCK_KIND_REENTRANT).build());
  }

  @AfterEach
  void close() {
    polyproc.close();
  }

  /** A thread that stands in line. */
  private OtherThread inLine(OtherThread.Action action) {
    int before = lock.waiters().size();
    OtherThread thread = OtherThread.running(action);
    Await.until(() -> lock.waiters().size() == before + 1);
    return thread;
  }

  // "lock: If the lock is not available then the current thread becomes disabled ... until the lock
  // has been acquired", whoever interrupts.
  @Test
  void shouldAcquireTheLockThoughInterrupted() throws Exception {
    lock.lock();
    OtherThread waiter =
        inLine(
            () -> {
              lock.lock();
              assertThat(Thread.interrupted()).isTrue();
              lock.unlock();
            });
    waiter.interrupt();
    assertThat(lock.waiters()).hasSize(1);
    lock.unlock();

    assertThat(waiter.outcome()).isEqualTo("done");
    assertThat(lock.isLocked()).isFalse();
  }

  // "lockInterruptibly, tryLock(long, TimeUnit): has its interrupted status set on entry to this
  // method ... then InterruptedException is thrown and the current thread's interrupted status is
  // cleared": also where the lock is free.
  @Test
  void shouldThrowInterruptedExceptionOnEntryThoughTheLockIsFree() {
    List<OtherThread.Action> ways =
        List.of(
            lock::lockInterruptibly,
            () -> lock.tryLock(0, TimeUnit.SECONDS),
            () -> lock.tryLock(1, TimeUnit.HOURS),
            lock::acquire,
            () -> lock.acquire(1, TimeUnit.HOURS));
    for (OtherThread.Action way : ways) {
      Thread.currentThread().interrupt();
      assertThatExceptionOfType(InterruptedException.class).isThrownBy(way::run);
      assertThat(Thread.interrupted()).isFalse();
      assertThat(lock.isLocked()).isFalse();
    }
  }

  // "or is interrupted while acquiring the lock", who is behind it gets the lock.
  @Test
  void shouldThrowInterruptedExceptionWhileAcquiringTheLock() throws Exception {
    List<OtherThread.Action> ways =
        List.of(
            lock::lockInterruptibly,
            () -> lock.tryLock(1, TimeUnit.HOURS),
            () -> lock.tryLock(Long.MAX_VALUE, TimeUnit.NANOSECONDS));
    for (OtherThread.Action way : ways) {
      lock.lock();
      OtherThread first = inLine(way);
      OtherThread second =
          inLine(
              () -> {
                lock.lock();
                lock.unlock();
              });

      first.interrupt();

      assertThat(first.outcome()).isInstanceOf(InterruptedException.class);
      assertThat(lock.waiters()).hasSize(1);
      lock.unlock();
      assertThat(second.outcome()).isEqualTo("done");
    }
  }

  // "tryLock: Acquires the lock only if it is free at the time of invocation."
  @Test
  void shouldTryWhateverTheInterruptedStatus() throws Exception {
    Thread.currentThread().interrupt();
    boolean acquired = lock.tryLock();
    boolean interrupted = Thread.interrupted();

    assertThat(acquired).isTrue();
    assertThat(interrupted).isTrue();
    assertThat(OtherThread.answering(lock::tryLock).outcome()).isEqualTo(false);
    lock.unlock();
  }

  // ReentrantLock: "If the current thread already holds the lock, then the hold count is
  // incremented
  // by one and the method returns immediately." "unlock: If the current thread is the holder of
  // this
  // lock then the hold count is decremented. If the hold count is now zero then the lock is
  // released."
  @Test
  void shouldIncrementAndDecrementTheHoldCountHoweverItIsAcquired() throws Exception {
    List<OtherThread.Action> ways =
        List.of(
            lock::lock,
            lock::lockInterruptibly,
            () -> assertThat(lock.tryLock()).isTrue(),
            () -> assertThat(lock.tryLock(0, TimeUnit.SECONDS)).isTrue(),
            () -> assertThat(lock.tryLock(1, TimeUnit.HOURS)).isTrue());
    int count = 0;
    for (OtherThread.Action way : ways) {
      way.run();
      assertThat(lock.count()).isEqualTo(++count);
    }
    while (count > 0) {
      assertThat(lock.isLocked()).isTrue();
      assertThat(OtherThread.answering(lock::tryLock).outcome()).isEqualTo(false);
      lock.unlock();
      assertThat(lock.count()).isEqualTo(--count);
    }
    assertThat(lock.isLocked()).isFalse();
  }

  // "unlock: If the current thread is not the holder of this lock then IllegalMonitorStateException
  // is thrown."
  @Test
  void shouldThrowIllegalMonitorStateExceptionOfAThreadThatIsNotTheHolder() throws Exception {
    assertThatExceptionOfType(IllegalMonitorStateException.class).isThrownBy(lock::unlock);
    lock.lock();
    assertThat(OtherThread.running(lock::unlock).outcome())
        .isInstanceOf(IllegalMonitorStateException.class);
    assertThat(lock.isLocked()).isTrue();
    lock.unlock();
    assertThatExceptionOfType(IllegalMonitorStateException.class).isThrownBy(lock::unlock);
  }

  // "If the time is less than or equal to zero, the method will not wait at all", and the longest
  // times of all units.
  @Test
  @SuppressWarnings("NullAway") // What a caller without such a checker can do.
  void shouldTakeAnyTimeInAnyUnit() throws Exception {
    for (TimeUnit unit : TimeUnit.values()) {
      lock.lock();
      assertThat(OtherThread.answering(() -> lock.tryLock(Long.MIN_VALUE, unit)).outcome())
          .isEqualTo(false);
      OtherThread waiter =
          inLine(
              () -> {
                assertThat(lock.tryLock(Long.MAX_VALUE, unit)).isTrue();
                lock.unlock();
              });
      lock.unlock();
      assertThat(waiter.outcome()).isEqualTo("done");
    }
    assertThatNullPointerException().isThrownBy(() -> lock.tryLock(1, null));
    assertThat(lock.isLocked()).isFalse();
  }

  // "If the specified waiting time elapses then the value false is returned": not before.
  @Test
  void shouldReturnFalseNotBeforeTheWaitingTimeElapsed() throws Exception {
    lock.lock();
    OtherThread waiter =
        OtherThread.running(
            () ->
                OtherThread.lastsAtLeast(
                    2_345_678,
                    () -> assertThat(lock.tryLock(2_345_678, TimeUnit.NANOSECONDS)).isFalse()));
    assertThat(waiter.outcome()).isEqualTo("done");
    lock.unlock();
  }

  // "When set true, under contention, locks favor granting access to the longest-waiting thread."
  @Test
  void shouldGrantAccessToTheLongestWaitingThread() throws Exception {
    List<Integer> order = Collections.synchronizedList(new ArrayList<>());
    List<OtherThread> waiters = new ArrayList<>();
    lock.lock();
    for (int i = 0; i < 20; i++) {
      int number = i;
      waiters.add(
          inLine(
              () -> {
                lock.lock();
                order.add(number);
                lock.unlock();
              }));
    }
    lock.unlock();
    for (OtherThread waiter : waiters) {
      assertThat(waiter.outcome()).isEqualTo("done");
    }
    assertThat(order).hasSize(20).isSorted();
  }

  // "All Lock implementations must enforce the same memory synchronization semantics as provided by
  // the built-in monitor lock."
  @Test
  void shouldShowAHundredThreadsWhatWasDoneUnderTheLock() throws Exception {
    int[] plain = new int[1];
    List<OtherThread> workers = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      workers.add(
          OtherThread.running(
              () -> {
                for (int round = 0; round < 10; round++) {
                  lock.lock();
                  plain[0]++;
                  lock.unlock();
                }
              }));
    }
    for (OtherThread worker : workers) {
      assertThat(worker.outcome()).isEqualTo("done");
    }
    lock.lock();
    assertThat(plain[0]).isEqualTo(1000);
    lock.unlock();
  }
}
