package dev.polyproc.server.supervisor;

import static dev.polyproc.server.supervisor.SupervisorFixture.command;
import static dev.polyproc.server.supervisor.SupervisorFixture.shell;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.polyproc.v1.ProcessOutputRequest;
import dev.polyproc.v1.ProcessStartRequest;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Many threads that start, signal, read and forget the same processes, until the close. */
@Timeout(120)
final class SupervisorRaceTest {
  private static final int PROCESSES = 300;

  private static final String RARE = Os.rareSeconds();

  private static final List<ProcessStartRequest.Builder> KINDS =
      List.of(
          command("/bin/true"),
          command("sleep", RARE),
          command("/nope"),
          shell("echo out; echo err >&2; sleep 0.05; exit 3"),
          shell("sleep 0.1 & exit 4"),
          command("cat").setInput(ByteString.copyFrom(new byte[300_000])));

  @ParameterizedTest
  @EnumSource(Platform.class)
  void shouldReportEachStartAndEachEndOnce(Platform platform) {
    // given
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    SupervisorFixture on = new SupervisorFixture(platform, 10_000);

    // when
    List<CompletableFuture<Void>> threads =
        IntStream.range(0, 4)
            .mapToObj(i -> CompletableFuture.runAsync(() -> disturb(on, new Random(seed + i))))
            .toList();
    threads.forEach(RecordedReports::await);
    for (int i = 0; i < PROCESSES; i++) {
      on.start(i, KINDS.get(i % KINDS.size()));
    }
    AtomicBoolean closed = new AtomicBoolean();
    CompletableFuture<Integer> late =
        CompletableFuture.supplyAsync(() -> startUntil(closed, on, PROCESSES));
    on.close();
    closed.set(true);
    int all = RecordedReports.await(late);

    // then
    for (int i = 0; i < all; i++) {
      List<String> reports = on.reports.of(i);
      // A number that was forgotten may have been started again.
      assertThat(reports).isNotEmpty();
      for (int at = 0; at < reports.size(); at++) {
        if (reports.get(at).equals("started")) {
          assertThat(reports.get(at + 1)).isIn("exited", "killed");
          at++;
        } else {
          assertThat(reports.get(at)).isEqualTo("failed");
        }
      }
    }
    assertThat(Os.sleepers(RARE)).isZero();
    assertThat(Os.zombies()).isEmpty();
  }

  private static int startUntil(AtomicBoolean closed, SupervisorFixture on, int first) {
    int process = first;
    while (!closed.get()) {
      on.start(process, KINDS.get(0));
      process++;
      LockSupport.parkNanos(1_000);
    }
    return process;
  }

  private static void disturb(SupervisorFixture on, Random random) {
    for (int i = 0; i < 2000; i++) {
      int process = random.nextInt(PROCESSES);
      switch (random.nextInt(8)) {
        case 0, 1 -> on.supervisor.signal(process, random.nextBoolean() ? 15 : 9);
        case 2 -> on.supervisor.forget(process);
        case 3 ->
            on.supervisor
                .output(
                    process, ProcessOutputRequest.newBuilder().setFollow(true).build(), () -> {})
                .ifPresent(cursor -> cursor.next(100));
        default ->
            on.supervisor.start(process, KINDS.get(process % KINDS.size()).build(), Map.of());
      }
    }
  }
}
