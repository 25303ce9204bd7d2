package dev.polyproc.server.supervisor;

import static dev.polyproc.server.supervisor.SupervisorFixture.command;
import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.files.Environment;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What happens to the processes of a daemon that is killed: a JVM of their own, and SIGKILL. */
@Timeout(120)
final class GuardianTest {
  private final String mark = "GUARDIAN_TEST=" + UUID.randomUUID();

  private final List<Process> opened = new ArrayList<>();

  @AfterEach
  void kill() {
    opened.forEach(Process::destroyForcibly);
  }

  @Test
  void shouldEndAllGroupsWhenTheDaemonIsKilled() throws Exception {
    // given
    Process daemon = daemon("groups");
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

  @RepeatedTest(3)
  void shouldEndAlsoWhatWasBeingStarted() throws Exception {
    // given
    Process daemon = daemon("storm");
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
    String script =
        Path.of("src/main/resources/dev/polyproc/server/supervisor/guardian.sh").toString();
    Process guardian = new ProcessBuilder("sh", script, Guardian.MARK + "=me.").start();
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
  void shouldReplaceAKilledGuardian() throws Exception {
    // given
    Process daemon = daemon("groups");
    assertThat(daemon.inputReader().readLine()).isEqualTo("ready");
    long first = guardian(daemon);

    // when
    ProcessHandle.of(first).orElseThrow().destroyForcibly();
    Os.await("another guardian", () -> guardian(daemon) != first && guardian(daemon) != 0);
    daemon.destroyForcibly().waitFor();

    // then
    Os.await("the end of all", () -> Os.withEnvironment(mark).isEmpty());
  }

  private long sleeping() {
    return Os.withEnvironment(mark).size();
  }

  private static long guardian(Process daemon) {
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

  private Process daemon(String what) throws IOException {
    List<String> line = new ArrayList<>();
    line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    line.addAll(List.of("-Xshare:auto", "-cp", System.getProperty("java.class.path")));
    line.addAll(List.of(Daemon.class.getName(), what, mark));
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
              RecordedReports::notDead);
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
