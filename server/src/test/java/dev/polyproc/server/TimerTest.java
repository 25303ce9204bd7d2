package dev.polyproc.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class TimerTest {
  private final Timer timer =
      new Timer(
          why -> {
            throw new AssertionError("Expected the thread to go on", why);
          });

  @AfterEach
  void close() {
    timer.shutdownNow();
  }

  @Test
  void shouldRunATaskAgainThatFailed() throws InterruptedException {
    // given
    CountDownLatch runs = new CountDownLatch(3);

    // when
    var unused =
        timer.scheduleWithFixedDelay(
            () -> {
              runs.countDown();
              throw new LinkageError("of this task");
            },
            1,
            1,
            TimeUnit.MILLISECONDS);

    // then
    assertThat(runs.await(30, TimeUnit.SECONDS)).isTrue();
    CountDownLatch other = new CountDownLatch(1);
    timer.execute(other::countDown);
    assertThat(other.await(30, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void shouldKeepNothingOfATaskThatWasCancelled() {
    // when
    for (int i = 0; i < 100; i++) {
      timer.schedule(() -> {}, 3650, TimeUnit.DAYS).cancel(false);
    }

    // then
    assertThat(timer.getQueue()).isEmpty();
  }
}
