package dev.polyproc.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.polyproc.testing.DaemonProcess;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.LatchCreateRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Named after what the JDK says of CountDownLatch. */
@Timeout(60)
class PolyLatchTest {
  @RegisterExtension static final DaemonProcess DAEMON = new DaemonProcess();

  private Polyproc polyproc;
  private Polyproc other;

  @BeforeEach
  void connect() {
    polyproc = Polyproc.connect(DAEMON.address());
    other = Polyproc.connect(DAEMON.address());
  }

  @AfterEach
  void close() {
    polyproc.close();
    other.close();
  }

  private PolyLatch latch(long count) {
    return polyproc.latch(LatchCreateRequest.newBuilder().setCount(count).build());
  }

  @Test
  void shouldWaitUntilTheLatchHasCountedDownToZero() throws Exception {
    PolyLatch latch = latch(2);
    CompletableFuture<Void> waiting = other.latch(named(latch, 2)).awaitAsync();
    Await.until(() -> latch.waiters().size() == 1);

    latch.countDown();
    assertThat(latch.getCount()).isEqualTo(1);
    assertThat(waiting).isNotDone();
    latch.countDownAsync().get(5, TimeUnit.SECONDS);

    waiting.get(5, TimeUnit.SECONDS);
    latch.await();
    assertThat(latch.awaitAsync(0, TimeUnit.SECONDS).get(5, TimeUnit.SECONDS)).isTrue();
  }

  private static LatchCreateRequest named(PolyLatch latch, long count) {
    return LatchCreateRequest.newBuilder().setLatch(latch.name()).setCount(count).build();
  }

  @Test
  void shouldReturnImmediatelyIfTheCurrentCountIsZero() throws Exception {
    PolyLatch latch = latch(0);
    latch.await();
    assertThat(latch.await(0, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void shouldDoNothingIfTheCurrentCountEqualsZero() {
    PolyLatch latch = latch(1);
    latch.countDown();
    latch.countDown();
    assertThat(latch.getCount()).isZero();
  }

  @Test
  void shouldCountDownBySeveralButNotBelowZero() throws Exception {
    PolyLatch latch = latch(10);
    latch.countDown(7);
    assertThat(latch.getCount()).isEqualTo(3);
    latch.countDownAsync(2).get(5, TimeUnit.SECONDS);
    assertThat(latch.getCount()).isEqualTo(1);
    latch.countDown(Long.MAX_VALUE);
    assertThat(latch.getCount()).isZero();
    assertThatIllegalArgumentException().isThrownBy(() -> latch.countDown(0));
    assertThatIllegalArgumentException().isThrownBy(() -> latch.countDownAsync(-1));
  }

  @Test
  void shouldFindWhatIsThere() {
    PolyLatch latch = latch(2);
    latch.countDown();

    assertThat(polyproc.latch(latch.name())).isEqualTo(latch);
    assertThat(other.latch(latch.name()).getCount()).isEqualTo(1);
    assertThat(Failure.reasonOf(() -> other.latch(latch.name() + "/other")))
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
  }

  @Test
  void shouldReturnFalseIfTheSpecifiedWaitingTimeElapses() throws Exception {
    assertThat(latch(1).await(1, TimeUnit.MILLISECONDS)).isFalse();
  }

  @Test
  void shouldNotWaitAtAllIfTheTimeIsLessThanOrEqualToZero() throws Exception {
    assertThat(latch(1).await(0, TimeUnit.DAYS)).isFalse();
    assertThat(latch(1).await(-1, TimeUnit.DAYS)).isFalse();
  }

  @Test
  void shouldWaitForAsLongAsALongCanSay() throws Exception {
    PolyLatch latch = latch(1);
    CompletableFuture<Boolean> waiting = new CompletableFuture<>();
    new Thread(
            () -> {
              try {
                waiting.complete(latch.await(Long.MAX_VALUE, TimeUnit.NANOSECONDS));
              } catch (InterruptedException | RuntimeException e) {
                waiting.completeExceptionally(e);
              }
            })
        .start();
    Await.until(() -> latch.waiters().size() == 1);
    latch.countDown();
    assertThat(waiting.get(5, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void shouldThrowInterruptedExceptionAndClearTheInterruptedStatus() throws Exception {
    PolyLatch latch = latch(1);
    Thread.currentThread().interrupt();
    assertThatExceptionOfType(InterruptedException.class).isThrownBy(latch::await);
    assertThat(Thread.interrupted()).isFalse();

    CompletableFuture<Throwable> end = new CompletableFuture<>();
    Thread waiter =
        new Thread(
            () -> {
              try {
                latch.await();
              } catch (InterruptedException e) {
                end.complete(e);
              }
            });
    waiter.start();
    Await.until(() -> latch.waiters().size() == 1);
    waiter.interrupt();

    assertThat(end.get(5, TimeUnit.SECONDS)).isInstanceOf(InterruptedException.class);
    assertThat(latch.waiters()).isEmpty();
  }

  @Test
  void shouldThrowIllegalArgumentExceptionIfCountIsNegative() {
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> polyproc.latch("negative", -1));
  }

  @Test
  void shouldReleaseAHundredThreadsAtOnce() throws Exception {
    PolyLatch start = latch(1);
    PolyLatch done = latch(100);
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      Thread thread =
          new Thread(
              () -> {
                try {
                  start.await();
                  done.countDown();
                } catch (InterruptedException e) {
                  throw new IllegalStateException(e);
                }
              });
      thread.start();
      threads.add(thread);
    }
    start.countDown();
    done.await();
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(done.getCount()).isZero();
  }

  @Test
  void shouldBeAValue() {
    PolyLatch latch = latch(3);
    polyproc.dict("latches", Codec.STRING, polyproc.latches()).put("l", latch);
    PolyLatch found =
        Objects.requireNonNull(other.dict("latches", Codec.STRING, other.latches()).get("l"));
    found.countDown();
    assertThat(latch.getCount()).isEqualTo(2);
  }

  @Test
  void shouldTellWaitersThatItWasDeleted() {
    PolyLatch latch = latch(1);
    CompletableFuture<Void> waiting = latch.awaitAsync();
    polyproc.delete(latch.name());
    assertThat(Failure.reasonOf(waiting)).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED);
  }
}
