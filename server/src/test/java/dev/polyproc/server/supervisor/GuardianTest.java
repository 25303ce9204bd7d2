package dev.polyproc.server.supervisor;

import static dev.polyproc.server.supervisor.SupervisorFixture.command;
import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.files.Environment;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What happens to the processes of a daemon that is killed: a JVM of their own, and SIGKILL. */
@Timeout(120)
final class GuardianTest {
  private static final String SCRIPT =
      Path.of("src/main/resources/dev/polyproc/server/supervisor/guardian.sh").toString();

  private final String mark = "GUARDIAN_TEST=" + UUID.randomUUID();

  private final List<Process> opened = new ArrayList<>();

  @AfterEach
  void kill() {
    opened.forEach(Process::destroyForcibly);
  }

  @ParameterizedTest
  @EnumSource(Platform.class)
  void shouldEndAllGroupsWhenTheDaemonIsKilled(Platform platform) throws Exception {
    // given
    Process daemon = daemon("groups", platform);
    String ready = daemon.inputReader().readLine();
    assertThat(ready).isEqualTo("ready");
    assertThat(Os.withEnvironment(mark)).hasSizeGreaterThanOrEqualTo(6);

    // when
    daemon.destroyForcibly().waitFor();

    // then
    long start = System.nanoTime();
    Os.await("the end of those that obey", () -> sleeping() <= 1);
    System.out.printf(
        "daemon killed: groups ended after %d ms%n",
        TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
    Os.await("the end of all", () -> Os.withEnvironment(mark).isEmpty());
  }

  @ParameterizedTest
  @ValueSource(strings = {"LINUX", "LINUX", "LINUX", "PORTABLE", "PORTABLE"})
  void shouldEndAlsoWhatWasBeingStarted(Platform platform) throws Exception {
    // given
    Process daemon = daemon("storm", platform);
    try (BufferedReader lines = daemon.inputReader()) {
      for (int i = 0; i < 100; i++) {
        lines.readLine();
      }

      // when
      daemon.destroyForcibly().waitFor();
    }

    // then
    Os.await("the end of all", () -> Os.withEnvironment(mark).isEmpty());
  }

  @Test
  void shouldFindWhatTheDaemonStartedButCouldNotTell() throws Exception {
    // given
    Process guardian = new ProcessBuilder("sh", SCRIPT, Guardian.MARK + "=me.").start();
    Process told = marked("me.1.", "9000");
    Process untold = marked("me.2.", "9001");
    Process ended = marked("me.3.", "9002");
    Process stranger = marked("me.21.", "9003");

    // when
    try (Writer pipe = guardian.outputWriter()) {
      pipe.write("starting 3\nstarted " + ended.pid() + "\nstarting 1\nstarted " + told.pid());
      pipe.write("\nended " + ended.pid() + "\nstarting 5\nfailed 0\nstarting 2\n");
    }

    // then
    assertThat(told.waitFor()).isEqualTo(128 + 15);
    assertThat(untold.waitFor()).isEqualTo(128 + 15);
    assertThat(guardian.waitFor()).isZero();
    assertThat(ended.isAlive()).isTrue();
    assertThat(stranger.isAlive()).isTrue();
  }

  @Test
  void shouldFindInItsFileWhatTheDaemonStarted(@TempDir Path folder) throws Exception {
    // given
    Process noted = marked("me.1.", "9000");
    Process onlyBegun = marked("me.2.", "9001");
    Process stranger = marked("me.21.", "9003");
    Path file = folder.resolve("notes");
    Files.writeString(
        file,
        "%-31s\n%-31s\n%-31s\n".formatted("", noted.pid(), "starting=2") + " ".repeat(31) + "\n");
    Process guardian =
        new ProcessBuilder(
                "sh", "-c", "exec sh \"$@\" 1<>" + file, "sh", SCRIPT, Guardian.MARK + "=me.")
            .start();
    assertThat(noted.isAlive()).isTrue();

    // when
    guardian.outputWriter().close();

    // then
    assertThat(noted.waitFor()).isEqualTo(128 + 15);
    assertThat(onlyBegun.waitFor()).isEqualTo(128 + 15);
    assertThat(guardian.waitFor()).isZero();
    assertThat(stranger.isAlive()).isTrue();
  }

  @ParameterizedTest
  @EnumSource(Platform.class)
  void shouldReplaceAKilledGuardian(Platform platform) throws Exception {
    // given
    Process daemon = daemon("groups", platform);
    assertThat(daemon.inputReader().readLine()).isEqualTo("ready");
    long first = guardian(daemon.toHandle());

    // when
    ProcessHandle.of(first).orElseThrow().destroyForcibly();
    awaitAnother(daemon.toHandle(), first);
    daemon.destroyForcibly().waitFor();

    // then
    Os.await("the end of all", () -> Os.withEnvironment(mark).isEmpty());
  }

  @ParameterizedTest
  @EnumSource(Platform.class)
  void shouldReplaceAStoppedGuardianByTheNextStart(Platform platform) {
    try (SupervisorFixture on = new SupervisorFixture(platform, 1_000)) {
      // given
      on.start(1, command("true"));
      on.reports.end(1);
      long first = guardian(ProcessHandle.current());
      Libc.kill((int) first, Libc.SIGSTOP);
      Os.await("a guardian that is stopped", () -> Os.isStopped(first));

      // when
      on.start(2, command("true"));

      // then
      assertThat(on.reports.end(2)).isEqualTo("exited 0");
      awaitAnother(ProcessHandle.current(), first);
    }
  }

  @Test
  void shouldLetTheGuardianSleepWhileProcessesStartAndEnd() {
    try (SupervisorFixture on = new SupervisorFixture(Platform.LINUX, 1_000)) {
      // given
      on.start(0, command("true"));
      on.reports.end(0);
      long guardian = guardian(ProcessHandle.current());
      Os.await("a guardian that sleeps", () -> Os.isAsleep(guardian));
      long before = Os.waits(guardian);

      // when
      for (long process = 1; process <= 20; process++) {
        on.start(process, command("true"));
        on.reports.end(process);
      }

      // then
      assertThat(Os.waits(guardian)).isEqualTo(before);
    }
  }

  private long sleeping() {
    return Os.withEnvironment(mark).size();
  }

  private static void awaitAnother(ProcessHandle daemon, long first) {
    Os.await("another guardian", () -> guardian(daemon) != first && guardian(daemon) != 0);
  }

  private static long guardian(ProcessHandle daemon) {
    return daemon
        .children()
        .filter(child -> Os.isAlive(child.pid()))
        .filter(child -> Os.commandLine(child.pid()).contains("polyproc-guardian"))
        .mapToLong(ProcessHandle::pid)
        .findFirst()
        .orElse(0);
  }

  private Process marked(String mark, String seconds) throws IOException {
    ProcessBuilder sleep = new ProcessBuilder("setsid", "sleep", seconds);
    sleep.environment().put(Guardian.MARK, mark);
    Process process = sleep.start();
    opened.add(process);
    Os.await("the sleep", () -> Os.commandLine(process.pid()).startsWith("sleep"));
    return process;
  }

  private Process daemon(String what, Platform platform) throws IOException {
    List<String> line = new ArrayList<>();
    line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    line.addAll(List.of("-Xshare:auto", "-cp", System.getProperty("java.class.path")));
    line.addAll(List.of(Daemon.class.getName(), what, mark, platform.name()));
    Process daemon =
        new ProcessBuilder(line).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    opened.add(daemon);
    return daemon;
  }

  /** The JVM that is killed. */
  static final class Daemon {
    private Daemon() {}

    public static void main(String[] arguments) throws InterruptedException {
      RecordedReports reports = new RecordedReports();
      String[] mark = arguments[1].split("=", 2);
      Map<String, String> environment = Map.of("PATH", System.getenv("PATH"), mark[0], mark[1]);
      Supervisor supervisor =
          new Supervisor(
              Environment.of(environment),
              reports,
              SupervisorFixture.limits(1 << 16),
              0,
              RecordedReports::notDead,
              () -> Platform.valueOf(arguments[2]),
              SupervisorFixture.GRACE_MILLIS);
      if (arguments[0].equals("storm")) {
        storm(supervisor, reports);
      } else {
        groups(supervisor, reports);
      }
      Thread.currentThread().join();
    }

    private static void groups(Supervisor supervisor, RecordedReports reports) {
      String rare = Os.rareSeconds();
      start(supervisor, 1, "exec sleep " + rare);
      start(supervisor, 2, "sleep " + rare + " & sleep " + rare);
      start(supervisor, 3, "trap '' TERM; while :; do sleep 0.1; done");
      start(supervisor, 4, "exec sleep " + rare);
      for (long process = 1; process <= 4; process++) {
        reports.pid(process);
      }
      Os.await("the sleepers", () -> Os.sleepers(rare) >= 4);
      supervisor.signal(4, Libc.SIGSTOP);
      System.out.println("ready");
    }

    private static void storm(Supervisor supervisor, RecordedReports reports) {
      for (long process = 1; process <= 2000; process++) {
        supervisor.start(process, command("sleep", "8000").build(), Map.of());
        if (process > 2) {
          reports.pid(process - 2);
          System.out.println(process);
        }
      }
    }

    private static void start(Supervisor supervisor, long process, String script) {
      supervisor.start(process, SupervisorFixture.shell(script).build(), Map.of());
    }
  }
}
