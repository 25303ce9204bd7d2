package dev.polyproc.server.supervisor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.server.supervisor.ProcessTable.Identity;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Deaths of real processes, told by a pidfd or found by looking. */
@Timeout(60)
final class WatchesTest {
  private final List<Process> processes = new ArrayList<>();
  private final Queue<Long> died = new ConcurrentLinkedQueue<>();
  private Platform means = Platform.LINUX;
  private final Loop loop = new Loop(() -> means, this::round, RecordedReports::notDead);
  private Watches watches = new Watches(loop, () -> means, 0);
  private volatile boolean stops;

  private void begin(Platform platform, int mostPidfds) {
    means = platform;
    watches = new Watches(loop, () -> means, mostPidfds);
    loop.start();
  }

  private int round() {
    return stops ? Loop.STOP : watches.round();
  }

  @AfterEach
  void end() throws InterruptedException {
    on(
        () -> {
          watches.close();
          stops = true;
          return true;
        });
    loop.join();
    processes.forEach(Process::destroyForcibly);
  }

  /** Does something on the loop's thread. */
  private <T> T on(Callable<T> step) {
    CompletableFuture<T> done = new CompletableFuture<>();
    loop.post(
        () -> {
          try {
            done.complete(step.call());
          } catch (Exception e) {
            done.completeExceptionally(e);
          }
        });
    return done.join();
  }

  private Identity sleeper() throws IOException {
    Process process = new ProcessBuilder("sleep", "3600").start();
    processes.add(process);
    return Objects.requireNonNull(ProcessTable.identify(process.pid()));
  }

  private void watch(Identity process) {
    on(
        () -> {
          watches.add(process, () -> died.add(process.pid()));
          return true;
        });
  }

  private void unwatch(Identity process) {
    on(
        () -> {
          watches.remove(process);
          return true;
        });
  }

  private int pidfds() {
    return on(watches::pidfds);
  }

  private static void kill(Identity process) {
    ProcessHandle.of(process.pid()).orElseThrow().destroyForcibly();
  }

  private void awaitDeaths(Identity... processes) {
    Os.await("deaths", () -> died.size() >= processes.length);
    assertThat(died)
        .containsExactlyInAnyOrder(
            List.of(processes).stream().map(Identity::pid).toArray(Long[]::new));
  }

  @ParameterizedTest
  @EnumSource
  void shouldTellOfADeathOnce(Platform platform) throws IOException {
    begin(platform, 10);
    Identity first = sleeper();
    Identity second = sleeper();
    watch(first);
    watch(second);
    assertThat(pidfds()).isEqualTo(platform == Platform.LINUX ? 2 : 0);

    kill(first);
    awaitDeaths(first);
    kill(second);
    awaitDeaths(first, second);

    assertThat(pidfds()).isZero();
  }

  @ParameterizedTest
  @EnumSource
  void shouldTellOfOneThatIsGone(Platform platform) throws Exception {
    begin(platform, 10);
    Identity gone = sleeper();
    kill(gone);
    processes.get(0).waitFor();

    watch(gone);

    awaitDeaths(gone);
  }

  @ParameterizedTest
  @EnumSource
  void shouldNotTakeAnotherForTheOneThatHadItsNumber(Platform platform) throws IOException {
    begin(platform, 10);
    Identity now = sleeper();

    watch(new Identity(now.pid(), now.startTime() - 1));

    awaitDeaths(now);
    assertThat(now.isDead()).isFalse();
  }

  @ParameterizedTest
  @EnumSource
  void shouldTellNothingOfOneThatWasLetGoOf(Platform platform) throws IOException {
    begin(platform, 10);
    Identity forgotten = sleeper();
    Identity kept = sleeper();
    watch(forgotten);
    watch(kept);
    unwatch(forgotten);
    unwatch(forgotten);

    kill(forgotten);
    kill(kept);

    awaitDeaths(kept);
  }

  @Test
  void shouldLookAtThoseForWhichThereIsNoDescriptor() throws IOException {
    begin(Platform.LINUX, 1);
    Identity byDescriptor = sleeper();
    Identity lookedAt = sleeper();
    watch(byDescriptor);
    watch(lookedAt);
    assertThat(pidfds()).isEqualTo(1);

    kill(lookedAt);
    awaitDeaths(lookedAt);
    Identity next = sleeper();
    watch(next);
    unwatch(byDescriptor);
    Os.await("a descriptor for the next", () -> pidfds() == 1);
    kill(next);

    awaitDeaths(lookedAt, next);
  }

  @Test
  void shouldSeeEveryDeathAmongManyThatAreLookedAt() throws IOException {
    begin(Platform.PORTABLE, 0);
    List<Identity> all = new ArrayList<>();
    for (int i = 0; i < 3 * Watches.LOOKS_A_ROUND; i++) {
      all.add(sleeper());
      watch(all.get(i));
    }

    all.forEach(WatchesTest::kill);

    awaitDeaths(all.toArray(Identity[]::new));
  }
}
