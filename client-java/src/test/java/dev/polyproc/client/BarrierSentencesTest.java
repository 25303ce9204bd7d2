package dev.polyproc.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.polyproc.testing.DaemonProcess;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * More sentences of {@code CyclicBarrier}'s documentation; {@code PolyBarrierTest} has the first.
 */
@Timeout(60)
class BarrierSentencesTest {
  private static final AtomicInteger NAMES = new AtomicInteger();

  @RegisterExtension static final DaemonProcess DAEMON = new DaemonProcess();

  private final String name = "barrier" + NAMES.incrementAndGet();
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

  private static OtherThread party(PolyBarrier barrier) {
    return party(barrier, barrier::await);
  }

  private static OtherThread party(PolyBarrier barrier, Callable<?> await) {
    int before = barrier.getNumberWaiting();
    OtherThread party = OtherThread.answering(await);
    Await.until(() -> barrier.getNumberWaiting() == before + 1);
    return party;
  }

  private static void assertPassesTwo(PolyBarrier barrier) throws Exception {
    assertThat(barrier.isBroken()).isFalse();
    OtherThread first = party(barrier);
    assertThat(barrier.await()).isZero();
    assertThat(first.outcome()).isEqualTo(1);
    assertThat(barrier.getNumberWaiting()).isZero();
  }

  // "reset: Resets the barrier to its initial state."
  @Test
  void shouldResetToItsInitialState() throws Exception {
    PolyBarrier barrier = polyproc.barrier(name, 2);
    barrier.reset();
    assertPassesTwo(barrier);
    barrier.reset();
    barrier.reset();
    assertPassesTwo(barrier);
  }

  // "isBroken: true if one or more parties broke out of this barrier due to interruption or timeout
  // since construction or the last reset".
  @Test
  void shouldBeBrokenByInterruptionUntilTheLastReset() throws Exception {
    PolyBarrier barrier = polyproc.barrier(name, 2);
    OtherThread party = party(barrier);
    party.interrupt();

    assertThat(party.outcome()).isInstanceOf(InterruptedException.class);
    assertThat(barrier.isBroken()).isTrue();
    assertThat(barrier.getNumberWaiting()).isZero();
    barrier.reset();
    assertPassesTwo(barrier);
  }

  @Test
  void shouldBeBrokenByTimeoutUntilTheLastReset() throws Exception {
    PolyBarrier barrier = polyproc.barrier(name, 2);
    assertThatExceptionOfType(TimeoutException.class)
        .isThrownBy(() -> barrier.await(1, TimeUnit.MILLISECONDS));

    assertThat(barrier.isBroken()).isTrue();
    assertThat(barrier.getNumberWaiting()).isZero();
    barrier.reset();
    assertPassesTwo(barrier);
  }

  // "or a barrier action failed due to an exception".
  @Test
  void shouldBeBrokenByFailedActionUntilTheLastReset() throws Exception {
    AtomicInteger runs = new AtomicInteger();
    PolyBarrier barrier =
        polyproc.barrier(
            name,
            2,
            () -> {
              if (runs.incrementAndGet() == 1) {
                throw new AssertionError("an error of the action");
              }
            });
    OtherThread party = party(barrier);
    assertThatExceptionOfType(AssertionError.class)
        .isThrownBy(barrier::await)
        .withMessage("an error of the action");

    assertThat(party.outcome()).isInstanceOf(BrokenBarrierException.class);
    assertThat(barrier.isBroken()).isTrue();
    barrier.reset();
    assertPassesTwo(barrier);
    assertThat(runs).hasValue(2);
  }

  // "await(long, TimeUnit): If the current thread: has its interrupted status set on entry to this
  // method ... then InterruptedException is thrown and the current thread's interrupted status is
  // cleared." "If any thread is interrupted while waiting, then all other waiting threads will
  // throw
  // BrokenBarrierException and the barrier is placed in the broken state."
  @Test
  void shouldThrowInterruptedExceptionOnEntryOfATimedWait() throws Exception {
    PolyBarrier barrier = polyproc.barrier(name, 3);
    OtherThread first = party(barrier);
    OtherThread second = party(barrier, () -> barrier.await(1, TimeUnit.HOURS));
    Thread.currentThread().interrupt();

    assertThatExceptionOfType(InterruptedException.class)
        .isThrownBy(() -> barrier.await(1, TimeUnit.HOURS));

    assertThat(Thread.interrupted()).isFalse();
    assertThat(first.outcome()).isInstanceOf(BrokenBarrierException.class);
    assertThat(second.outcome()).isInstanceOf(BrokenBarrierException.class);
    assertThat(barrier.isBroken()).isTrue();
  }

  // "If the barrier ... is broken when await is invoked ... then BrokenBarrierException is thrown."
  @Test
  void shouldThrowBrokenBarrierExceptionHoweverItIsInvoked() {
    PolyBarrier barrier = polyproc.barrier(name, 1);
    barrier.abort();
    List<OtherThread.Action> ways =
        List.of(
            barrier::await,
            () -> barrier.await(1, TimeUnit.HOURS),
            () -> barrier.await(0, TimeUnit.SECONDS));
    for (OtherThread.Action way : ways) {
      assertThatExceptionOfType(BrokenBarrierException.class).isThrownBy(way::run);
    }
  }

  // "If the current thread is the last thread to arrive, and a non-null barrier action was supplied
  // in the constructor, then the current thread runs the action before allowing the other threads
  // to continue": whatever its time.
  @Test
  void shouldRunTheActionInTheLastThreadWhateverItsTime() throws Exception {
    List<Thread> ran = new ArrayList<>();
    PolyBarrier barrier = polyproc.barrier(name, 2, () -> ran.add(Thread.currentThread()));
    OtherThread first = party(barrier, () -> barrier.await(1, TimeUnit.HOURS));

    assertThat(barrier.await(0, TimeUnit.SECONDS)).isZero();

    assertThat(first.outcome()).isEqualTo(1);
    assertThat(ran).containsExactly(Thread.currentThread());
  }

  // "If the time is less than or equal to zero, the method will not wait at all", and the longest
  // times of all units.
  @Test
  @SuppressWarnings("NullAway") // What a caller without such a checker can do.
  void shouldTakeAnyTimeInAnyUnit() throws Exception {
    PolyBarrier barrier = polyproc.barrier(name, 2);
    for (TimeUnit unit : TimeUnit.values()) {
      OtherThread first = party(barrier, () -> barrier.await(Long.MAX_VALUE, unit));
      assertThat(barrier.await(Long.MIN_VALUE, unit)).isZero();
      assertThat(first.outcome()).isEqualTo(1);
    }
    assertThatNullPointerException().isThrownBy(() -> barrier.await(1, null));
    assertPassesTwo(barrier);
  }

  // "If the specified waiting time elapses then TimeoutException is thrown": not before.
  @Test
  void shouldThrowTimeoutExceptionNotBeforeTheWaitingTimeElapsed() throws Exception {
    PolyBarrier barrier = polyproc.barrier(name, 2);
    OtherThread.lastsAtLeast(
        2_345_678,
        () -> {
          assertThatExceptionOfType(TimeoutException.class)
              .isThrownBy(() -> barrier.await(2_345_678, TimeUnit.NANOSECONDS));
          barrier.reset();
        });
  }

  @Test
  @SuppressWarnings("NullAway") // What a caller without such a checker can do.
  void shouldMakeNoBarrierForAnActionThatIsNull() {
    assertThatNullPointerException().isThrownBy(() -> polyproc.barrier(name, 2, null));
    assertThat(polyproc.barrier(name, 3).getParties()).isEqualTo(3);
  }

  // "Once all have come": a thread that is interrupted by then has come all the same.
  @Test
  void shouldLoseNoPartyToAnInterruptThatComesWithTheLast() throws Exception {
    PolyBarrier barrier = polyproc.barrier(name, 2);
    for (int round = 0; round < 50; round++) {
      OtherThread first = party(barrier);
      OtherThread last = OtherThread.answering(other.barrier(name, 2)::await);
      first.interrupt();

      Object came = first.outcome();
      if (came instanceof InterruptedException) {
        assertThat(last.outcome()).isInstanceOf(BrokenBarrierException.class);
        barrier.reset();
      } else {
        assertThat(came).isEqualTo(1);
        assertThat(last.outcome()).isEqualTo(0);
      }
    }
    assertPassesTwo(barrier);
  }

  // "Actions in a thread prior to calling await() happen-before actions that are part of the
  // barrier
  // action, which in turn happen-before actions following a successful return from the
  // corresponding
  // await() in other threads."
  @Test
  void shouldShowTheActionAndAHundredThreadsWhatWasDoneBefore() throws Exception {
    int[] rows = new int[100];
    int[] sum = new int[1];
    Runnable merge =
        () -> {
          sum[0] = 0;
          for (int row : rows) {
            sum[0] += row;
          }
        };
    PolyBarrier barrier = polyproc.barrier(name, 100, merge);
    PolyBarrier theirs = other.barrier(name, 100, merge);
    List<OtherThread> workers = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      int row = i;
      PolyBarrier mine = i % 2 == 0 ? barrier : theirs;
      workers.add(
          OtherThread.running(
              () -> {
                for (int round = 1; round <= 5; round++) {
                  rows[row] = round * row;
                  mine.await();
                  assertThat(sum[0]).isEqualTo(round * 99 * 100 / 2);
                  mine.await();
                }
              }));
    }
    for (OtherThread worker : workers) {
      assertThat(worker.outcome()).isEqualTo("done");
    }
  }
}
