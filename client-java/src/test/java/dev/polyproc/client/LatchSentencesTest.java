package dev.polyproc.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.polyproc.testing.DaemonProcess;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * More sentences of {@code CountDownLatch}'s documentation; {@code PolyLatchTest} has the first.
 */
@Timeout(60)
class LatchSentencesTest {
  private static final AtomicInteger NAMES = new AtomicInteger();

  @RegisterExtension static final DaemonProcess DAEMON = new DaemonProcess();

  private final String name = "latch" + NAMES.incrementAndGet();
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

  private static OtherThread waiting(PolyLatch latch, OtherThread.Action await) {
    int before = latch.waiters().size();
    OtherThread thread = OtherThread.running(await);
    Await.until(() -> latch.waiters().size() == before + 1);
    return thread;
  }

  // "countDown: If the current count is greater than zero then it is decremented. If the new count
  // is zero then all waiting threads are re-enabled."
  @Test
  void shouldReenableAllWaitingThreadsOnlyWhenTheNewCountIsZero() throws Exception {
    PolyLatch latch = polyproc.latch(name, 3);
    PolyLatch theirs = other.latch(name, 3);
    OtherThread first = waiting(latch, latch::await);
    OtherThread second = waiting(latch, () -> theirs.await(1, TimeUnit.HOURS));

    theirs.countDown();
    assertThat(latch.getCount()).isEqualTo(2);
    assertThat(OtherThread.running(latch::countDown).outcome()).isEqualTo("done");
    assertThat(theirs.getCount()).isEqualTo(1);
    assertThat(latch.waiters()).hasSize(2);
    latch.countDown();

    assertThat(first.outcome()).isEqualTo("done");
    assertThat(second.outcome()).isEqualTo("done");
  }

  // "await(long, TimeUnit): If the count reaches zero then the method returns with the value true."
  @Test
  void shouldReturnTrueIfTheCountReachesZeroInTime() throws Exception {
    PolyLatch latch = polyproc.latch(name, 1);
    OtherThread waiter = OtherThread.answering(() -> latch.await(1, TimeUnit.HOURS));
    Await.until(() -> latch.waiters().size() == 1);

    latch.countDown();

    assertThat(waiter.outcome()).isEqualTo(true);
  }

  // "If the current thread has its interrupted status set on entry to this method ... then
  // InterruptedException is thrown and the current thread's interrupted status is cleared": also
  // where the count is zero, as with the JDK's.
  @Test
  void shouldThrowInterruptedExceptionOnEntryWhateverTheCount() {
    for (PolyLatch latch : List.of(polyproc.latch(name, 1), polyproc.latch(name + "/open", 0))) {
      List<OtherThread.Action> ways =
          List.of(
              latch::await,
              () -> latch.await(1, TimeUnit.HOURS),
              () -> latch.await(0, TimeUnit.SECONDS));
      for (OtherThread.Action way : ways) {
        Thread.currentThread().interrupt();
        assertThatExceptionOfType(InterruptedException.class).isThrownBy(way::run);
        assertThat(Thread.interrupted()).isFalse();
      }
    }
  }

  // "or is interrupted while waiting".
  @Test
  void shouldThrowInterruptedExceptionWhileWaitingForATime() throws Exception {
    PolyLatch latch = polyproc.latch(name, 1);
    OtherThread thread = waiting(latch, () -> latch.await(1, TimeUnit.HOURS));

    thread.interrupt();

    assertThat(thread.outcome()).isInstanceOf(InterruptedException.class);
    assertThat(latch.waiters()).isEmpty();
    assertThat(latch.getCount()).isEqualTo(1);
  }

  // "countDown" waits for nobody.
  @Test
  void shouldCountDownWhateverTheInterruptedStatus() {
    PolyLatch latch = polyproc.latch(name, 2);
    Thread.currentThread().interrupt();
    latch.countDown();
    boolean interrupted = Thread.interrupted();

    assertThat(interrupted).isTrue();
    assertThat(latch.getCount()).isEqualTo(1);
  }

  // "If the time is less than or equal to zero, the method will not wait at all", and the longest
  // times of all units.
  @Test
  @SuppressWarnings("NullAway") // What a caller without such a checker can do.
  void shouldTakeAnyTimeInAnyUnit() throws Exception {
    for (TimeUnit unit : TimeUnit.values()) {
      PolyLatch latch = polyproc.latch(name + unit, 1);
      assertThat(latch.await(Long.MIN_VALUE, unit)).isFalse();
      OtherThread waiter = waiting(latch, () -> latch.await(Long.MAX_VALUE, unit));
      latch.countDown();
      assertThat(waiter.outcome()).isEqualTo("done");
    }
    PolyLatch latch = polyproc.latch(name, 1);
    assertThatNullPointerException().isThrownBy(() -> latch.await(1, null));
    assertThat(latch.waiters()).isEmpty();
  }

  // "If the specified waiting time elapses then the value false is returned": not before.
  @Test
  void shouldReturnFalseNotBeforeTheWaitingTimeElapsed() throws Exception {
    PolyLatch latch = polyproc.latch(name, 1);
    OtherThread.lastsAtLeast(
        2_345_678, () -> assertThat(latch.await(2_345_678, TimeUnit.NANOSECONDS)).isFalse());
  }

  // "This is a one-shot phenomenon -- the count cannot be reset": not by who makes it again,
  // either.
  @Test
  void shouldNotResetTheCount() throws Exception {
    PolyLatch latch = polyproc.latch(name, 1);
    latch.countDown();
    PolyLatch again = other.latch(name, 1);
    latch.countDown();

    assertThat(again.getCount()).isZero();
    again.await();
    assertThat(again.await(0, TimeUnit.SECONDS)).isTrue();
  }

  // "Until the count reaches zero, actions in a thread prior to calling countDown() happen-before
  // actions following a successful return from a corresponding await() in another thread."
  @Test
  void shouldShowWhatAHundredThreadsDidBeforeTheyCountedDown() throws Exception {
    PolyLatch start = polyproc.latch(name + "/start", 1);
    PolyLatch done = polyproc.latch(name, 100);
    PolyLatch theirs = other.latch(name, 100);
    int[] plain = new int[101];
    List<OtherThread> workers = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      int number = i;
      PolyLatch mine = i % 2 == 0 ? done : theirs;
      workers.add(
          OtherThread.running(
              () -> {
                start.await();
                plain[number] = plain[100] + number;
                mine.countDown();
              }));
    }
    plain[100] = 7;
    start.countDown();
    done.await();

    for (int i = 0; i < 100; i++) {
      assertThat(plain[i]).isEqualTo(7 + i);
      assertThat(workers.get(i).outcome()).isEqualTo("done");
    }
  }
}
