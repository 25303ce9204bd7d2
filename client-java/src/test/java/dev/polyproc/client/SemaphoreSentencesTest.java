package dev.polyproc.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.polyproc.testing.DaemonProcess;
import dev.polyproc.v1.SemaphoreCreateRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** More sentences of {@code Semaphore}'s documentation; {@code PolySemaphoreTest} has the first. */
@Timeout(60)
class SemaphoreSentencesTest {
  @RegisterExtension static final DaemonProcess DAEMON = new DaemonProcess();

  private Polyproc polyproc;
  private Polyproc other;

  @BeforeEach
  void connect() {
    polyproc = DAEMON.connect();
    other = DAEMON.connect();
  }

  @AfterEach
  void close() {
    polyproc.close();
    other.close();
  }

  private PolySemaphore semaphore(int permits) {
    return polyproc.semaphore(SemaphoreCreateRequest.newBuilder().setPermits(permits).build());
  }

  /** A thread that stands in line. */
  private static OtherThread inLine(PolySemaphore semaphore, OtherThread.Action acquire) {
    int before = semaphore.getQueueLength();
    OtherThread thread = OtherThread.running(acquire);
    Await.until(() -> semaphore.getQueueLength() == before + 1);
    return thread;
  }

  // "release: If any threads are trying to acquire a permit, then one is selected and given the
  // permit that was just released."
  @Test
  void shouldGiveThePermitThatWasJustReleasedToOneOfTheThreads() throws Exception {
    PolySemaphore semaphore = semaphore(0);
    OtherThread first = inLine(semaphore, semaphore::acquire);
    OtherThread second = inLine(semaphore, semaphore::acquireUninterruptibly);

    semaphore.release();

    assertThat(first.outcome()).isEqualTo("done");
    assertThat(semaphore.getQueueLength()).isEqualTo(1);
    assertThat(semaphore.availablePermits()).isZero();
    assertThat(second.isDone()).isFalse();
    semaphore.release();
    assertThat(second.outcome()).isEqualTo("done");
  }

  // "release(int): If the number of available permits satisfies that thread's request then that
  // thread is (re)enabled ...; otherwise the thread will wait until sufficient permits are
  // available."
  @Test
  void shouldWaitUntilSufficientPermitsAreAvailable() throws Exception {
    PolySemaphore semaphore = semaphore(0);
    OtherThread waiter = inLine(semaphore, () -> semaphore.acquire(3));

    semaphore.release(2);
    assertThat(semaphore.getQueueLength()).isEqualTo(1);
    assertThat(semaphore.availablePermits()).isEqualTo(2);
    assertThat(waiter.isDone()).isFalse();
    semaphore.release();

    assertThat(waiter.outcome()).isEqualTo("done");
    assertThat(semaphore.availablePermits()).isZero();
  }

  // "If there are still permits available after this thread's request has been satisfied, then
  // those permits are assigned in turn to other threads trying to acquire permits."
  @Test
  void shouldAssignPermitsStillAvailableInTurnToOtherThreads() throws Exception {
    PolySemaphore semaphore = semaphore(0);
    OtherThread first = inLine(semaphore, () -> semaphore.acquire(2));
    OtherThread second = inLine(semaphore, semaphore::acquire);
    OtherThread third = inLine(semaphore, () -> semaphore.acquire(2));

    semaphore.release(4);

    assertThat(first.outcome()).isEqualTo("done");
    assertThat(second.outcome()).isEqualTo("done");
    assertThat(third.isDone()).isFalse();
    assertThat(semaphore.availablePermits()).isEqualTo(1);
    semaphore.release();
    assertThat(third.outcome()).isEqualTo("done");
  }

  // "acquire(int): ... then InterruptedException is thrown and the current thread's interrupted
  // status is cleared. Any permits that were to be assigned to this thread are instead assigned to
  // other threads trying to acquire permits."
  @Test
  void shouldAssignPermitsOfAnInterruptedThreadToOtherThreads() throws Exception {
    PolySemaphore semaphore = semaphore(1);
    OtherThread first = inLine(semaphore, () -> semaphore.acquire(2));
    OtherThread second = inLine(semaphore, semaphore::acquire);

    first.interrupt();

    assertThat(first.outcome()).isInstanceOf(InterruptedException.class);
    assertThat(second.outcome()).isEqualTo("done");
  }

  // "tryAcquire(int, long, TimeUnit): If the specified waiting time elapses ... Any permits that
  // were to be assigned to this thread, are instead assigned to other threads".
  @Test
  void shouldAssignPermitsToOtherThreadsWhenTheWaitingTimeElapses() throws Exception {
    PolySemaphore semaphore = semaphore(1);
    OtherThread first =
        OtherThread.answering(() -> semaphore.tryAcquire(2, 200, TimeUnit.MILLISECONDS));
    Await.until(() -> semaphore.hasQueuedThreads() || first.isDone());

    OtherThread second = OtherThread.running(semaphore::acquire);

    assertThat(first.outcome()).isEqualTo(false);
    assertThat(second.outcome()).isEqualTo("done");
  }

  // "acquireUninterruptibly(int): If the current thread is interrupted while waiting for permits
  // then it will continue to wait and its position in the queue is not affected."
  @Test
  void shouldNotAffectThePositionInTheQueueOfAnInterruptedThread() throws Exception {
    PolySemaphore semaphore = semaphore(0);
    OtherThread first = inLine(semaphore, () -> semaphore.acquireUninterruptibly(2));
    OtherThread second = inLine(semaphore, semaphore::acquire);

    first.interrupt();
    semaphore.release(2);

    assertThat(first.outcome()).isEqualTo("done");
    assertThat(semaphore.getQueueLength()).isEqualTo(1);
    assertThat(second.isDone()).isFalse();
    semaphore.release();
    assertThat(second.outcome()).isEqualTo("done");
  }

  // "acquire: is interrupted while waiting", and likewise of all that wait for a time.
  @Test
  void shouldThrowInterruptedExceptionHoweverItWaits() throws Exception {
    PolySemaphore semaphore = semaphore(0);
    List<OtherThread.Action> ways =
        List.of(
            semaphore::acquire,
            () -> semaphore.tryAcquire(1, TimeUnit.HOURS),
            () -> semaphore.tryAcquire(2, Long.MAX_VALUE, TimeUnit.DAYS),
            () -> semaphore.hold(1),
            () -> semaphore.hold(1, 1, TimeUnit.HOURS));
    for (OtherThread.Action way : ways) {
      OtherThread thread = inLine(semaphore, way);
      thread.interrupt();
      assertThat(thread.outcome()).isInstanceOf(InterruptedException.class);
      assertThat(semaphore.hasQueuedThreads()).isFalse();
    }
  }

  // "tryAcquire: Acquires a permit from this semaphore, only if one is available at the time of
  // invocation": it does not wait, and no interrupt is a matter of it.
  @Test
  void shouldTryToAcquireWhateverTheInterruptedStatus() {
    PolySemaphore semaphore = semaphore(2);
    Thread.currentThread().interrupt();
    boolean first = semaphore.tryAcquire();
    boolean second = semaphore.tryAcquire(1);
    boolean third = semaphore.tryAcquire();

    assertThat(Thread.interrupted()).isTrue();
    assertThat(first).isTrue();
    assertThat(second).isTrue();
    assertThat(third).isFalse();
  }

  // "drainPermits" and "release" wait for nobody, either.
  @Test
  void shouldDrainAndReleaseWhateverTheInterruptedStatus() {
    PolySemaphore semaphore = semaphore(2);
    Thread.currentThread().interrupt();
    int drained = semaphore.drainPermits();
    semaphore.release();

    assertThat(Thread.interrupted()).isTrue();
    assertThat(drained).isEqualTo(2);
    assertThat(semaphore.availablePermits()).isEqualTo(1);
  }

  // "If the time is less than or equal to zero, the method will not wait at all", and the longest
  // times of all units.
  @Test
  @SuppressWarnings("NullAway") // What a caller without such a checker can do.
  void shouldTakeAnyTimeInAnyUnit() throws Exception {
    PolySemaphore semaphore = semaphore(0);
    for (TimeUnit unit : TimeUnit.values()) {
      assertThat(semaphore.tryAcquire(Long.MIN_VALUE, unit)).isFalse();
      OtherThread waiter =
          inLine(semaphore, () -> assertThat(semaphore.tryAcquire(Long.MAX_VALUE, unit)).isTrue());
      semaphore.release();
      assertThat(waiter.outcome()).isEqualTo("done");
    }
    assertThatNullPointerException().isThrownBy(() -> semaphore.tryAcquire(1, null));
    assertThat(semaphore.hasQueuedThreads()).isFalse();
  }

  // "If the specified waiting time elapses then the value false is returned": not before.
  @Test
  void shouldReturnFalseNotBeforeTheWaitingTimeElapsed() throws Exception {
    PolySemaphore semaphore = semaphore(1);
    OtherThread.lastsAtLeast(
        2_345_678,
        () -> assertThat(semaphore.tryAcquire(2, 2_345_678, TimeUnit.NANOSECONDS)).isFalse());
  }

  // "the 'lock' can be released by a thread other than the owner (as semaphores have no notion of
  // ownership)".
  @Test
  void shouldLetAThreadOtherThanTheOwnerRelease() throws Exception {
    PolySemaphore semaphore = semaphore(1);
    semaphore.acquire();

    assertThat(OtherThread.running(semaphore::release).outcome()).isEqualTo("done");
    semaphore.acquire();
    PolySemaphore theirs = other.semaphore(semaphore.name(), 1);
    assertThat(OtherThread.running(theirs::release).outcome()).isEqualTo("done");

    assertThat(semaphore.availablePermits()).isEqualTo(1);
    assertThat(semaphore.holders()).isEmpty();
  }

  // "Actions in a thread prior to calling a 'release' method happen-before actions following a
  // successful 'acquire' method in another thread."
  @Test
  void shouldShowAHundredThreadsWhatWasDoneBeforeARelease() throws Exception {
    PolySemaphore mutex = semaphore(1);
    PolySemaphore theirs = other.semaphore(mutex.name(), 1);
    int[] plain = new int[1];
    List<OtherThread> workers = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      PolySemaphore mine = i % 2 == 0 ? mutex : theirs;
      workers.add(
          OtherThread.running(
              () -> {
                for (int round = 0; round < 10; round++) {
                  mine.acquire();
                  plain[0]++;
                  mine.release();
                }
              }));
    }
    for (OtherThread worker : workers) {
      assertThat(worker.outcome()).isEqualTo("done");
    }
    mutex.acquire();
    assertThat(plain[0]).isEqualTo(1000);
  }

  // "release: ... If the number of permits would be exceeded": of a bounded one nothing changes.
  @Test
  void shouldReleaseNothingThatNobodyAcquiredOfABoundedOne() {
    PolySemaphore bounded = polyproc.boundedSemaphore("bounded-sentences", 2);
    assertThatExceptionOfType(PolyprocException.class).isThrownBy(bounded::release);
    assertThat(bounded.availablePermits()).isEqualTo(2);
  }
}
