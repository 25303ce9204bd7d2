package dev.polyproc.server.supervisor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A thread that goes on, whatever its steps throw. */
@Timeout(60)
final class LoopTest {
  private final AtomicInteger failures = new AtomicInteger();
  private volatile boolean stops;
  private final Loop loop = new Loop(() -> Platform.LINUX, this::round, RecordedReports::notDead);

  private int round() {
    if (failures.getAndDecrement() > 0) {
      throw new LinkageError("a round");
    }
    return stops ? Loop.STOP : Loop.FOREVER;
  }

  @Test
  void shouldGoOnWhateverItsStepsThrow() throws InterruptedException {
    // given
    loop.start();

    // when
    loop.post(
        () -> {
          throw new OutOfMemoryError("unable to create native thread");
        });
    loop.post(
        () -> {
          throw new NoClassDefFoundError("Could not initialize class");
        });
    loop.post(
        () -> {
          failures.set(1);
          throw new IllegalStateException("a bug");
        });

    // then
    assertRuns();
    loop.post(() -> open(loop));
    loop.post(
        () -> {
          throw new StackOverflowError();
        });
    assertRuns();
    loop.post(() -> stops = true);
    loop.join();
    assertThat(loop.post(() -> {})).isFalse();
  }

  private void assertRuns() {
    CompletableFuture<String> ran = new CompletableFuture<>();
    assertThat(loop.post(() -> ran.complete("ran"))).isTrue();
    assertThat(RecordedReports.await(ran)).isEqualTo("ran");
  }

  private static void open(Loop loop) {
    try {
      loop.open();
    } catch (StartFailure e) {
      throw new AssertionError(e);
    }
  }
}
