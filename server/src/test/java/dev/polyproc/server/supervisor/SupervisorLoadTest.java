package dev.polyproc.server.supervisor;

import static dev.polyproc.server.supervisor.SupervisorFixture.command;
import static dev.polyproc.server.supervisor.SupervisorFixture.shell;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.util.Arrays;
import java.util.Collections;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Many processes: nothing is left of them, and what one costs. */
@ParameterizedClass
@EnumSource(Platform.class)
@Timeout(120)
final class SupervisorLoadTest {
  private static final int RUNS = 500;

  private final Platform platform;
  private final SupervisorFixture on;

  SupervisorLoadTest(Platform platform) {
    this.platform = platform;
    on = new SupervisorFixture(platform, 1 << 16);
  }

  @AfterEach
  void close() {
    on.close();
  }

  @Test
  void shouldLeaveNothingBehind() throws IOException {
    // given
    on.start(0, command("/bin/true"));
    on.reports.end(0);
    Os.await("the first reaping", () -> Os.zombies().isEmpty());
    int before = ours();
    int threads = Thread.getAllStackTraces().size();

    // when
    long[] micros = new long[RUNS];
    for (int i = 0; i < RUNS; i++) {
      long start = System.nanoTime();
      on.start(1 + i, command("/bin/true"));
      assertThat(on.reports.end(1 + i)).isEqualTo("exited 0");
      micros[i] = TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - start);
    }
    long start = System.nanoTime();
    for (int i = 0; i < RUNS; i++) {
      on.start(1000 + i, command("/bin/true"));
    }
    for (int i = 0; i < RUNS; i++) {
      assertThat(on.reports.end(1000 + i)).isEqualTo("exited 0");
    }
    long together = TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - start);
    for (int i = 0; i < RUNS; i++) {
      on.start(2000 + i, i % 2 == 0 ? command("/nope") : shell("exit 1").setInput(INPUT));
    }
    for (int i = 0; i < RUNS; i++) {
      assertThat(on.reports.end(2000 + i)).startsWith(i % 2 == 0 ? "failed" : "exited 1");
    }

    // then
    Arrays.sort(micros);
    System.out.printf(
        "%s: /bin/true started and awaited %d times: median %d us, 99%% %d us; %d at once: %d us"
            + " each%n",
        platform, RUNS, micros[RUNS / 2], micros[RUNS * 99 / 100], RUNS, together / RUNS);
    Os.await("no zombies", () -> Os.zombies().isEmpty());
    Os.await("as many descriptors as before", () -> ours() == before);
    assertThat(Thread.getAllStackTraces().size()).isLessThanOrEqualTo(threads + 1);
    assertThat(micros[RUNS / 2]).isLessThan(20_000);
  }

  @Test
  void shouldRunManyAtOnce() {
    // when
    for (int i = 0; i < RUNS; i++) {
      on.start(i, command("cat").setInput(INPUT));
      on.start(RUNS + i, command("sleep", "6000"));
    }

    // then
    for (int i = 0; i < RUNS; i++) {
      assertThat(on.reports.end(i)).isEqualTo("exited 0");
      on.reports.pid(RUNS + i);
    }
    assertThat(on.stdout(RUNS - 1)).isEqualTo(INPUT.toStringUtf8().substring(100_000 - (1 << 16)));
    long start = System.nanoTime();
    on.close();
    System.out.printf(
        "%s: %d processes ended by close in %d ms%n",
        platform, RUNS, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
    for (int i = 0; i < RUNS; i++) {
      assertThat(on.reports.of(RUNS + i)).containsExactly("started", "killed");
    }
  }

  private static final ByteString INPUT = ByteString.copyFromUtf8("0123456789".repeat(10_000));

  /** How many pipes and pidfds and the like are open; files come and go with the class loader. */
  private static int ours() {
    return Collections.frequency(Os.descriptors(), "pipe")
        + Collections.frequency(Os.descriptors(), "anon_inode");
  }
}
