package dev.polyproc.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.rpc.Code;
import dev.polyproc.client.internal.session.Opening;
import dev.polyproc.testing.DaemonProcess;
import dev.polyproc.v1.ErrorReason;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A client that waits for its daemon. */
@Timeout(60)
class DaemonWaitTest {
  @TempDir Path folder;

  /** Connects on a thread of its own, which by the end has tried in vain and tries again. */
  private static CompletableFuture<Polyproc> connectInVain(PolyprocBuilder builder) {
    CompletableFuture<Polyproc> connected = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                connected.complete(builder.connect());
              } catch (RuntimeException e) {
                connected.completeExceptionally(e);
              }
            });
    thread.setDaemon(true);
    thread.start();
    Await.until(() -> connected.isDone() || isPausing(thread));
    assertThat(connected).isNotDone();
    return connected;
  }

  private static boolean isPausing(Thread thread) {
    return Arrays.stream(thread.getStackTrace())
        .anyMatch(
            frame ->
                frame.getClassName().equals(Opening.class.getName())
                    && frame.getMethodName().equals("pause"));
  }

  @Test
  void shouldWaitForADaemonThatIsRestarted() throws Exception {
    try (DaemonProcess daemon = new DaemonProcess().start()) {
      daemon.kill();
      CompletableFuture<Polyproc> connecting =
          connectInVain(
              Polyproc.builder().address(daemon.address()).waitForDaemon(Duration.ofDays(200_000)));

      daemon.start();

      try (Polyproc connected = connecting.get(30, TimeUnit.SECONDS)) {
        assertThat(connected.server().getPid()).isEqualTo(daemon.pid());
      }
    }
  }

  @Test
  void shouldWaitForTheTokenThatADaemonWrites() throws Exception {
    try (DaemonProcess daemon = new DaemonProcess().start()) {
      Path token = Files.writeString(folder.resolve("new"), daemon.token());
      Files.setPosixFilePermissions(token, PosixFilePermissions.fromString("rw-------"));
      Path file = folder.resolve("token");
      Map<String, String> environment =
          Map.of(
              "POLYPROC_ADDRESS", "127.0.0.1:" + daemon.port(), "POLYPROC_TOKEN_FILE", "" + file);
      PolyprocBuilder builder =
          new PolyprocBuilder(environment::get).waitForDaemon(Duration.ofMinutes(5));
      CompletableFuture<Polyproc> connecting = connectInVain(builder);

      Files.move(token, file);

      try (Polyproc connected = connecting.get(30, TimeUnit.SECONDS)) {
        assertThat(connected.session()).isPositive();
      }
    }
  }

  @Test
  void shouldSayWhyThereIsNoDaemonWhenTheWaitIsOver() {
    Path socket = folder.resolve("nobody/none.sock");
    assertThatExceptionOfType(PolyprocException.class)
        .isThrownBy(
            () ->
                Polyproc.builder()
                    .address("unix:" + socket)
                    .waitForDaemon(Duration.ofMillis(50))
                    .connect())
        .withMessageContaining("but nothing listens there; start one")
        .satisfies(e -> assertThat(e.code()).isEqualTo(Code.UNAVAILABLE));
  }

  @Test
  void shouldNotWaitForWhatWaitingDoesNotMend() throws Exception {
    try (DaemonProcess daemon = new DaemonProcess().start()) {
      String port = "127.0.0.1:" + daemon.port();
      PolyprocBuilder builder = Polyproc.builder().waitForDaemon(Duration.ofDays(1));
      assertThat(Failure.reasonOf(builder.address(port).token("wrong-for-all-I-know")::connect))
          .isEqualTo(ErrorReason.ERROR_REASON_UNAUTHENTICATED);
      assertThatExceptionOfType(PolyprocException.class)
          .isThrownBy(builder.address("tls://" + port)::connect)
          .withMessageEndingWith("but what listens there does not speak it")
          .satisfies(e -> assertThat(e.code()).isEqualTo(Code.FAILED_PRECONDITION));
      assertThat(
              Failure.reasonOf(
                  builder.address(daemon.address()).clientName("x".repeat(999))::connect))
          .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    }
  }

  @Test
  void shouldStopWaitingWhenInterrupted() throws Exception {
    CompletableFuture<Throwable> thrown = new CompletableFuture<>();
    Thread waiting =
        new Thread(
            () -> {
              try {
                Polyproc.builder()
                    .address("unix:" + folder.resolve("none.sock"))
                    .waitForDaemon(Duration.ofDays(1))
                    .connect();
              } catch (RuntimeException e) {
                thrown.complete(Thread.interrupted() ? e : new AssertionError("it was forgotten"));
              }
            });
    waiting.start();
    Await.until(() -> isPausing(waiting));

    waiting.interrupt();

    assertThat(thrown.get(30, TimeUnit.SECONDS))
        .hasMessage("Expected to connect, but was interrupted");
  }

  @Test
  void shouldRefuseATimeThatIsNegative() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Polyproc.builder().waitForDaemon(Duration.ofSeconds(-1)))
        .withMessage("Expected a time to wait for the daemon, but it is PT-1S");
  }
}
