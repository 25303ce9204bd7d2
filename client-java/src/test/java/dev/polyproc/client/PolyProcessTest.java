package dev.polyproc.client;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.polyproc.testing.DaemonProcess;
import dev.polyproc.testing.JavaProgram;
import dev.polyproc.v1.ErrorReason;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.InterruptedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class PolyProcessTest {
  @RegisterExtension static final DaemonProcess DAEMON = new DaemonProcess();

  @TempDir Path folder;
  private final Polyproc polyproc = DAEMON.connect();

  @Test
  void shouldRefuseAFolderThatIsNotText() {
    Path latin = Path.of(URI.create("file:///tmp/caf%E9"));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> polyproc.command("pwd").folder(latin))
        .withMessageStartingWith("Expected a path in UTF-8, as it is told in text, but /tmp/caf");
  }

  @Test
  void shouldStartWithArgumentsEnvironmentFolderAndInput() throws Exception {
    PolyProcess process =
        polyproc
            .command("sh", "-c", "cat; echo \" $GREETING in $(pwd) for $1\"; exit 7", "sh", "you")
            .name("greeter")
            .environment("GREETING", "hello")
            .folder(folder)
            .stdin("read:")
            .start();

    assertThat(process.name()).isEqualTo("greeter");
    assertThat(process.pid()).isPositive();
    assertThat(process.waitFor().code()).hasValue(7);
    assertThat(process.exit().orElseThrow().succeeded()).isFalse();
    try (InputStream stdout = process.stdout()) {
      assertThat(new String(stdout.readAllBytes(), StandardCharsets.UTF_8))
          .isEqualTo("read: hello in " + folder.toRealPath() + " for you\n");
    }
    assertThat(polyproc.process("greeter").pid()).isEqualTo(process.pid());
    assertThat(polyproc.processes()).anyMatch(p -> p.getRef().equals(process.ref()));
  }

  @Test
  void shouldFollowOutputsApart() throws Exception {
    PolyProcess process =
        polyproc.command("sh", "-c", "echo error >&2; echo first; read x; echo last").start();
    process.waitFor();
    try (BufferedReader lines = reader(process.stdout());
        InputStream errors = process.stderr()) {
      assertThat(lines.lines()).containsExactly("first", "last");
      assertThat(new String(errors.readAllBytes(), StandardCharsets.UTF_8)).isEqualTo("error\n");
    }
  }

  @Test
  void shouldSayHowMuchOutputWasMissedAndGoOn() throws Exception {
    // given three times as much output as the daemon keeps
    PolyProcess process =
        polyproc.command("sh", "-c", "head -c 3145728 /dev/zero; echo; echo end").start();
    process.waitFor();

    try (InputStream stdout = process.stdout()) {
      assertThatThrownBy(stdout::read)
          .isInstanceOfSatisfying(
              MissedOutputException.class,
              missed -> assertThat(missed.missedBytes()).isEqualTo(3_145_728 + 5 - (1 << 20)));
      byte[] rest = stdout.readAllBytes();
      assertThat(rest).hasSize(1 << 20);
      assertThat(new String(rest, rest.length - 4, 4, StandardCharsets.UTF_8)).isEqualTo("end\n");
    }
  }

  @Test
  void shouldBeInterruptedWhileItReads() throws Exception {
    PolyProcess process = polyproc.command("sleep", "1000").start();
    InputStream stdout = process.stdout();
    Thread.currentThread().interrupt();

    assertThatThrownBy(stdout::read).isInstanceOf(InterruptedIOException.class);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(process.onExit(0, TimeUnit.SECONDS).get()).isEmpty();
    process.kill();
    assertThat(process.onExit(8, TimeUnit.SECONDS).get()).isPresent();
  }

  @Test
  void shouldTellSignalFromExitCode() throws Exception {
    PolyProcess killed = polyproc.command("sleep", "1000").start();
    PolyProcess terminated = polyproc.command("sleep", "1000").start();
    CompletableFuture<ProcessExit> exit = killed.onExit();
    assertThat(killed.isAlive()).isTrue();
    assertThat(killed.exit()).isEmpty();
    assertThat(killed.waitFor(1, TimeUnit.MILLISECONDS)).isEmpty();

    killed.kill();
    terminated.terminate();

    assertThat(exit.get(5, TimeUnit.SECONDS).signal()).hasValue(9);
    assertThat(terminated.waitFor(5, TimeUnit.SECONDS).orElseThrow().signal()).hasValue(15);
    assertThat(Failure.reasonOf(killed::kill)).isEqualTo(ErrorReason.ERROR_REASON_PROCESS_ENDED);
  }

  @Test
  void shouldSayWhyProcessCannotBeStarted() {
    assertThat(Failure.reasonOf(() -> polyproc.command("no-such-command").start()))
        .isEqualTo(ErrorReason.ERROR_REASON_START_FAILED);
    assertThat(Failure.reasonOf(polyproc.command("no-such-command").startAsync()))
        .isEqualTo(ErrorReason.ERROR_REASON_START_FAILED);
  }

  @Test
  void shouldEndDaemonicProcessWithItsSession() throws Exception {
    PolyProcess process;
    try (Polyproc parent = Polyproc.connect(DAEMON.address())) {
      process = polyproc.process(parent.command("sleep", "1000").daemonic().start().name());
      assertThat(process.isAlive()).isTrue();
    }
    assertThat(process.waitFor(8, TimeUnit.SECONDS)).isPresent();
  }

  @Test
  void shouldStopReadingOutputWhenClosed() throws Exception {
    PolyProcess process = polyproc.command("sh", "-c", "echo started; sleep 1000").start();
    InputStream stdout = process.stdout();
    assertThat(reader(stdout).readLine()).isEqualTo("started");
    stdout.close();
    process.kill();
  }

  @Test
  void shouldNotMeanLaterProcessOfItsName() throws Exception {
    // given an ended process, and a stranger that was started by its name
    PolyProcess old = polyproc.command("sh", "-c", "echo old").name("reused").start();
    old.waitFor();
    try (InputStream stdout = old.stdout()) {
      assertThat(stdout.readAllBytes()).hasSize(4);
    }
    polyproc.delete("reused");
    PolyProcess stranger =
        polyproc.command("sh", "-c", "echo secret; exec sleep 1000").name("reused").start();

    // when, then
    for (ThrowingCallable call :
        List.<ThrowingCallable>of(
            old::kill, old::status, old::isAlive, old::exit, old::waitFor, old::terminate)) {
      assertThat(Failure.reasonOf(call)).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED);
    }
    assertThat(Failure.reasonOf(old.onExit())).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED);
    try (InputStream stdout = old.stdout()) {
      assertThatThrownBy(stdout::read)
          .isInstanceOf(IOException.class)
          .hasCauseInstanceOf(PolyprocException.class)
          .satisfies(
              e ->
                  assertThat(((PolyprocException) requireNonNull(e.getCause())).reason())
                      .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED));
    }
    assertThat(stranger.isAlive()).isTrue();
    stranger.kill();
  }

  @Test
  void shouldTieSessionOfStartedClientToItsProcess() throws Exception {
    // given a program that the daemon starts, and that connects by its environment alone
    PolyProcess program =
        polyproc
            .command(JavaProgram.java(), JavaProgram.arguments(EnvironmentLockHolder.class))
            .start();
    PolyLock lock = polyproc.lock("held-by-program");
    try (BufferedReader output = reader(program.stdout())) {
      assertThat(output.readLine()).isEqualTo("held");
    }

    // when
    CompletableFuture<Hold> waiting = lock.acquireAsync();
    program.kill();

    // then
    try (Hold hold = waiting.get(5, TimeUnit.SECONDS)) {
      assertThat(hold.previousOwnerDied()).isTrue();
    }
  }

  private static BufferedReader reader(InputStream stream) {
    return new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8));
  }
}
