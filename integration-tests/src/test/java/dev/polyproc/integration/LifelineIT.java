package dev.polyproc.integration;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.util.Durations;
import dev.polyproc.v1.SessionEndRequest;
import dev.polyproc.v1.SessionKeepAliveRequest;
import dev.polyproc.v1.SessionOpenRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A daemon that lives as long as somebody holds its standard input open, or has a session. */
final class LifelineIT {
  private static final Duration LONG = Duration.ofSeconds(30);

  @RegisterExtension private final OwnDaemons daemons = new OwnDaemons();

  @TempDir private Path folder;
  private Launch launch;
  private Path lifeline;

  @BeforeEach
  void makeTheLifeline() throws Exception {
    lifeline = folder.resolve("lifeline");
    String unused = Unpacked.run(variables -> {}, "mkfifo", lifeline.toString());
    launch =
        Launch.in(folder.resolve("home"))
            .through("sh", "-c", "exec \"$0\" \"$@\" <" + lifeline)
            .flags("--lifeline", "stdin");
  }

  @Test
  void shouldEndWithItsInputAndTakeItsFilesWithIt() throws IOException {
    DaemonProcess daemon = daemons.adopt(launch.startUnseen());
    OutputStream held = new FileOutputStream(lifeline.toFile());
    held.write("means nothing".getBytes(UTF_8));
    daemon.awaitReady();
    assertThat(daemon.tokenFile()).exists();
    assertThat(launch.home()).exists();

    held.close();

    assertThat(daemon.awaitExit(LONG)).isZero();
    assertThat(launch.home()).doesNotExist();
    assertThat(daemon.log()).isEmpty();
  }

  @Test
  void shouldEndWithTheLastSession() throws IOException {
    DaemonProcess daemon = daemons.adopt(launch.startUnseen());
    OutputStream held = new FileOutputStream(lifeline.toFile());
    daemon.awaitReady();
    try (Client client = Client.over(daemon.socket())) {
      Client first = client.with(Envelope.of(open(client)));
      Client second = client.with(Envelope.of(open(client)));

      held.close();
      await().atMost(LONG).until(() -> daemon.log().contains("last session, of 2 now"));
      var unused = first.sessions().end(SessionEndRequest.getDefaultInstance());
      var alive = second.sessions().keepAlive(SessionKeepAliveRequest.getDefaultInstance());
      assertThat(alive).isNotNull();
      unused = second.sessions().end(SessionEndRequest.getDefaultInstance());

      assertThat(daemon.awaitExit(LONG)).isZero();
      assertThat(launch.home()).doesNotExist();
    }
  }

  @Test
  void shouldKeepOrRefuseASessionThatComesAsTheLastOneEnds() throws Exception {
    DaemonProcess daemon = daemons.adopt(launch.startUnseen());
    OutputStream held = new FileOutputStream(lifeline.toFile());
    daemon.awaitReady();
    ExecutorService aside = Executors.newSingleThreadExecutor();
    try (Client client = Client.over(daemon.socket())) {
      Client last = client.with(Envelope.of(open(client)));
      held.close();
      await().atMost(LONG).until(() -> daemon.log().contains("last session, of 1 now"));

      boolean kept = true;
      for (int i = 0; i < 500 && kept; i++) {
        Client ending = last;
        Future<?> end =
            aside.submit(() -> ending.sessions().end(SessionEndRequest.getDefaultInstance()));
        try {
          last = client.with(Envelope.of(open(client)));
          end.get();
          var alive = last.sessions().keepAlive(SessionKeepAliveRequest.getDefaultInstance());
          assertThat(alive).isNotNull();
        } catch (StatusRuntimeException e) { // Of the opening: it was too late, nothing is lost.
          assertThat(last).isSameAs(ending);
          assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
          kept = false;
        }
      }
      if (kept) {
        var unused = last.sessions().end(SessionEndRequest.getDefaultInstance());
      }
      assertThat(daemon.awaitExit(LONG)).isZero();
    } finally {
      aside.shutdown();
    }
  }

  @Test
  void shouldLeaveWhatItHasNotMade() throws IOException {
    Path unused =
        Files.createDirectories(
            launch.home(),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    Path token = Files.writeString(launch.home().resolve("token"), "a-token-that-is-long\n");
    Files.setPosixFilePermissions(token, PosixFilePermissions.fromString("rw-------"));
    DaemonProcess daemon = daemons.adopt(launch.startUnseen());
    OutputStream held = new FileOutputStream(lifeline.toFile());
    daemon.awaitReady();

    held.close();

    assertThat(daemon.awaitExit(LONG)).isZero();
    assertThat(launch.home().toFile().list()).containsExactly("token");
  }

  private static String open(Client client) {
    return client
        .sessions()
        .open(SessionOpenRequest.newBuilder().setTimeToLive(Durations.fromMinutes(5)).build())
        .getSession();
  }
}
