package dev.polyproc.server.supervisor;

import static dev.polyproc.server.supervisor.SupervisorFixture.command;
import static dev.polyproc.server.supervisor.SupervisorFixture.shell;
import static dev.polyproc.server.supervisor.SupervisorFixture.variable;
import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.v1.ProcessOutputRequest;
import dev.polyproc.v1.ProcessStartRequest;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Starts, signals and ends of real processes, once by Linux's own means and once by the portable
 * ones.
 */
@ParameterizedClass
@EnumSource(Platform.class)
@Timeout(60)
final class SupervisorTest {
  private final SupervisorFixture on;
  private final String rare = Os.rareSeconds();
  @TempDir Path folder;

  SupervisorTest(Platform platform) {
    on = new SupervisorFixture(platform, 1 << 20);
  }

  @AfterEach
  void close() {
    on.close();
  }

  @Test
  void shouldTellAnExitCodeFromASignal() {
    // when
    on.start(1, shell("exit 0"));
    on.start(2, shell("exit 7"));
    on.start(3, shell("exit 137"));
    on.start(4, shell("kill -9 $$"));
    on.start(5, shell("kill -15 $$"));

    // then
    assertThat(on.reports.end(1)).isEqualTo("exited 0");
    assertThat(on.reports.end(2)).isEqualTo("exited 7");
    assertThat(on.reports.end(3)).isEqualTo("exited 137");
    assertThat(on.reports.end(4)).isEqualTo("killed 9");
    assertThat(on.reports.end(5)).isEqualTo("killed 15");
    assertThat(on.reports.of(4)).containsExactly("started", "killed");
  }

  @Test
  void shouldTellTheLastErrorsOfWhatDoesNotEndWell() {
    // when
    on.start(1, shell("echo fine >&2; exit 0"));
    on.start(2, shell("echo out; echo no such module >&2; exit 1"));
    on.start(3, shell("yes x | head -c 5000 >&2; echo last >&2; kill -9 $$"));

    // then
    assertThat(on.reports.lastErrors(1)).isEmpty();
    assertThat(on.reports.lastErrors(2)).isEqualTo("no such module\n");
    assertThat(on.reports.lastErrors(3)).hasSize(2_048).endsWith("x\nlast\n");
  }

  @Test
  void shouldStartANumberOnce() {
    // when
    on.start(1, shell("echo again"));
    on.start(1, shell("echo again"));
    on.reports.end(1);
    on.start(1, shell("echo again"));
    on.start(2, shell("true"));
    on.reports.end(2);

    // then
    assertThat(on.reports.of(1)).containsExactly("started", "exited");
    assertThat(on.stdout(1)).isEqualTo("again\n");
  }

  @Test
  void shouldSayWhyAProcessCannotBeStarted() throws IOException {
    // given
    Path file = Files.writeString(folder.resolve("file"), "no program");
    Path script = Files.writeString(folder.resolve("script"), "#!/no/such/interpreter\n");
    assertThat(script.toFile().setExecutable(true)).isTrue();
    Path nowhere = folder.resolve("nowhere");

    // when
    on.start(1, command("/nope"));
    on.start(2, command("no-such-command-anywhere"));
    on.start(3, command(file.toString()));
    on.start(4, command(folder.toString()));
    on.start(5, command(script.toString()));
    on.start(6, shell("true").setFolder(nowhere.toString()));
    on.start(7, shell("true").setFolder(file.toString()));
    on.start(8, command(""));
    on.start(9, command("/bin/echo").addArguments("zero\0byte"));
    on.start(10, shell("true").addEnvironment(variable("A=B", "C")));
    on.start(11, command("/bin/echo").addArguments("x".repeat(3 << 20)));
    on.start(12, shell("true").setFolder("/tmp/caf\uFFFD"));
    on.start(13, command("/tmp/caf\uFFFD"));
    on.start(14, command("caf\uFFFD"));

    // then
    String command = "failed: Expected a command that can be executed, but ";
    assertThat(on.reports.end(1)).isEqualTo(command + "/nope: No such file or directory");
    assertThat(on.reports.end(2))
        .isEqualTo(
            command + "no-such-command-anywhere: No such file or directory in the daemon's PATH");
    assertThat(on.reports.end(3)).isEqualTo(command + file + ": Permission denied");
    assertThat(on.reports.end(4)).isEqualTo(command + folder + ": Permission denied");
    assertThat(on.reports.end(5))
        .isEqualTo(command + script + ": No such file or directory (its interpreter)");
    String where = "failed: Expected a folder to run in, but ";
    assertThat(on.reports.end(6)).isEqualTo(where + nowhere + ": No such file or directory");
    assertThat(on.reports.end(7)).isEqualTo(where + file + ": Not a directory");
    assertThat(on.reports.end(8)).startsWith("failed: Expected a command to start");
    assertThat(on.reports.end(9)).contains("has a zero byte");
    assertThat(on.reports.end(10)).contains("without '='");
    assertThat(on.reports.end(11))
        .isEqualTo(
            "failed: Expected arguments and variables that the system takes, but those of /bin/echo"
                + " are too many or too large: Argument list too long; hand it less of them, and"
                + " the rest through stdin or a file");
    for (int i = 12; i <= 14; i++) {
      assertThat(on.reports.end(i)).contains("No such file", "bytes that are not UTF-8");
    }
    assertThat(on.reports.of(1)).containsExactly("failed");
    assertThat(on.stdout(1)).isEmpty();
  }

  @Test
  void shouldRunInItsFolderWithItsEnvironment() throws IOException {
    // given
    Path script = Files.writeString(folder.resolve("script"), "#!/bin/sh\npwd\n");
    assertThat(script.toFile().setExecutable(true)).isTrue();
    ProcessStartRequest.Builder request =
        shell("pwd; echo $BASE $OVERRIDDEN $EXTRA; echo \"$WORDS\"")
            .setFolder(folder.toString())
            .addEnvironment(variable("OVERRIDDEN", "yes"))
            .addEnvironment(variable("EXTRA", "never seen"))
            .addEnvironment(variable("WORDS", "größer ≥ 日本"));

    // when
    on.supervisor.start(1, request.build(), Map.of("EXTRA", "extra"));
    on.start(2, command("./script").setFolder(folder.toString()));

    // then
    assertThat(on.reports.end(1)).isEqualTo("exited 0");
    Path real = folder.toRealPath();
    assertThat(on.stdout(1)).isEqualTo(real + "\nbase yes extra\ngrößer ≥ 日本\n");
    assertThat(on.reports.end(2)).isEqualTo("exited 0");
    assertThat(on.stdout(2)).isEqualTo(real + "\n");
  }

  @Test
  void shouldGiveAProcessNothingOfTheDaemonButItsThreeDescriptors() throws IOException {
    // given
    Path file = Files.writeString(folder.resolve("file"), "open in the daemon");

    // when
    try (FileChannel open = FileChannel.open(file)) {
      on.start(
          1,
          shell(
              "ls /proc/$$/fd; grep -E 'Sig(Blk|Ign)' /proc/self/status; ps -o pid=,pgid=,sid= -p"
                  + " $$; tty"));
      on.reports.end(1);
      assertThat(open.isOpen()).isTrue();
    }

    // then
    String pid = Long.toString(on.reports.pid(1));
    assertThat(on.stdout(1)).startsWith("0\n1\n2\nSig");
    assertThat(on.stdout(1)).containsPattern("SigBlk:\t0+\n").containsPattern("SigIgn:\t0+\n");
    assertThat(on.stdout(1)).containsPattern("\n *" + pid + " +" + pid + " +" + pid + "\n");
  }

  @Test
  void shouldSignalTheWholeGroup() {
    // given
    on.start(1, shell("sleep " + rare + " & sleep " + rare + " & echo ready; wait"));
    on.awaitStdout(1, "ready\n");
    Os.await("both children", () -> Os.sleepers(rare) == 2);

    // when
    on.supervisor.signal(1, 15);

    // then
    assertThat(on.reports.end(1)).isEqualTo("killed 15");
    Os.await("the children's end", () -> Os.sleepers(rare) == 0);
    assertThat(on.followed(1)).isEqualTo("ready\n");
  }

  @Test
  void shouldSignalInOrderEvenBeforeTheStart() {
    // when
    on.start(1, command("sleep", "3000"));
    on.supervisor.signal(1, 19);
    on.supervisor.signal(1, 18);
    on.supervisor.signal(1, 9);
    on.supervisor.signal(1, 15);
    on.supervisor.signal(99, 9);

    // then
    assertThat(on.reports.end(1)).isEqualTo("killed 9");
    on.supervisor.signal(1, 9);
    on.supervisor.forget(1);
    on.supervisor.forget(1);
    assertThat(on.reports.of(1)).containsExactly("started", "killed");
  }

  @Test
  void shouldEndWhatIsForgotten() {
    // given
    on.start(1, command("sleep", "4000"));
    on.start(2, shell("trap '' TERM; echo ready; while :; do sleep 0.1; done"));
    on.awaitStdout(2, "ready\n");

    // when
    on.supervisor.forget(1);
    on.supervisor.forget(2);
    on.start(3, command("sleep", "4001"));
    on.supervisor.forget(3);

    // then
    assertThat(on.reports.end(1)).isEqualTo("killed 15");
    assertThat(on.reports.end(2)).isEqualTo("killed 9");
    assertThat(on.reports.end(3))
        .isIn("killed 15", "failed: Expected to start a process, but it was deleted before");
    assertThat(on.supervisor.output(1, ProcessOutputRequest.getDefaultInstance(), () -> {}))
        .isEmpty();
  }

  @Test
  void shouldEndEverythingOnClose() throws IOException {
    // given
    on.start(1, shell("trap '' TERM; echo ready; while :; do sleep 0.1; done"));
    on.start(2, shell("trap 'echo bye; exit 5' TERM; echo ready; while :; do sleep 0.1; done"));
    on.start(
        3, shell("(trap '' TERM; exec sleep " + rare + " >/dev/null 2>&1) & echo ready; wait"));
    on.start(4, command("sleep", "5001"));
    on.awaitStdout(1, "ready\n");
    on.awaitStdout(2, "ready\n");
    on.awaitStdout(3, "ready\n");
    on.reports.pid(4);
    on.supervisor.signal(4, 19);

    // when
    on.supervisor.close();
    on.supervisor.close();
    on.start(5, shell("true"));

    // then
    assertThat(on.reports.of(1)).containsExactly("started", "killed");
    assertThat(on.reports.end(1)).isEqualTo("killed 9");
    assertThat(on.reports.end(2)).isEqualTo("exited 5");
    assertThat(on.stdout(2)).isEqualTo("ready\nbye\n");
    assertThat(on.reports.end(3)).isEqualTo("killed 15");
    assertThat(Os.sleepers(rare)).isZero();
    assertThat(on.reports.end(4)).isEqualTo("killed 15");
    assertThat(on.reports.end(5)).isEqualTo("failed: " + Children.SHUTTING_DOWN);
    assertThat(Os.zombies()).isEmpty();
  }

  @Test
  void shouldCloseWhatNeverStarted() {
    // when
    on.supervisor.signal(1, 9);
    on.supervisor.forget(1);
    on.supervisor.close();
    on.start(1, shell("true"));

    // then
    assertThat(on.reports.end(1)).isEqualTo("failed: " + Children.SHUTTING_DOWN);
  }
}
