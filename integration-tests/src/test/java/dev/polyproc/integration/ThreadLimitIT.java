package dev.polyproc.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.protobuf.util.Durations;
import dev.polyproc.files.Users;
import dev.polyproc.v1.AdminServerInfoRequest;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.ProcessStartRequest;
import dev.polyproc.v1.ProcessWaitRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A daemon whose user may have no further thread and no further process for a while. Root may
 * always, so that root runs it as another user.
 */
@Timeout(120)
final class ThreadLimitIT {
  /** Nobody: one that has a name, without which Java does not know who it is. */
  private static final int UID = 65_534;

  @RegisterExtension final OwnDaemons daemons = new OwnDaemons();

  private final Launch launch = Launch.inPrivateFolder();
  private List<String> as = List.of();

  @BeforeEach
  void becomeAUser() throws IOException, InterruptedException {
    if (Users.own() != Users.ROOT) {
      return;
    }
    String uid = Integer.toString(UID);
    as = List.of("setpriv", "--reuid", uid, "--regid", uid, "--clear-groups");
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/setpriv")), "setpriv is here");
    Path jar = Launch.root().resolve("server/target/polyprocd.jar");
    Process look =
        new ProcessBuilder(
                "setpriv", "--reuid", uid, "--clear-groups", "test", "-r", jar.toString())
            .start();
    assumeTrue(look.waitFor() == 0, "another user may read " + jar);
    Files.setAttribute(launch.makeFolder(), "unix:uid", UID);
  }

  @Test
  void shouldStartProcessesAgainWhenThreadsCanBeMadeAgain() {
    DaemonProcess daemon = daemons.start(launch.through(as.toArray(String[]::new)));
    try (Client client = Client.over(daemon.port(), daemon.token())) {
      ResourceLimit limit = new ResourceLimit(as, daemon.pid(), "nproc");
      limit.set(1);

      for (int i = 0; i < 3; i++) {
        Refusal refusal = Refusal.of(() -> start(client, "early"));
        assertThat(refusal.reason()).isEqualTo(ErrorReason.ERROR_REASON_START_FAILED);
        assertThat(refusal.sentence()).contains("unable to create native thread");
      }
      assertSessionsExpire(client);

      limit.restore();
      start(client, "later");
      assertThat(awaitEnd(client, "later")).isTrue();
    }
    await().until(() -> failures(daemon) == 3);
  }

  @Test
  void shouldStartProcessesAgainWhenProcessesCanBeMadeAgain() {
    DaemonProcess daemon = daemons.start(launch.through(as.toArray(String[]::new)));
    try (Client client = Client.over(daemon.port(), daemon.token())) {
      start(client, "first");
      assertThat(awaitEnd(client, "first")).isTrue();
      ResourceLimit limit = new ResourceLimit(as, daemon.pid(), "nproc");
      limit.set(1);

      for (int i = 0; i < 3; i++) {
        Refusal refusal = Refusal.of(() -> start(client, "early"));
        assertThat(refusal.reason()).isEqualTo(ErrorReason.ERROR_REASON_START_FAILED);
        assertThat(refusal.sentence()).contains("room for one more process");
      }
      assertSessionsExpire(client);

      limit.restore();
      start(client, "later");
      assertThat(awaitEnd(client, "later")).isTrue();
    }
  }

  /** How many lines tell of a start that failed. */
  private static long failures(DaemonProcess daemon) {
    return daemon.log().lines().filter(line -> line.contains("could not be started")).count();
  }

  private static void assertSessionsExpire(Client client) {
    String unused = client.openSession(Durations.fromMillis(200));
    await()
        .until(
            () ->
                client
                        .admin()
                        .serverInfo(AdminServerInfoRequest.getDefaultInstance())
                        .getUsage()
                        .getSessions()
                    == 0);
  }

  private static void start(Client client, String name) {
    var unused =
        client
            .processes()
            .start(ProcessStartRequest.newBuilder().setProcess(name).setCommand("true").build());
  }

  private static boolean awaitEnd(Client client, String name) {
    return client
        .processes()
        .wait(
            ProcessWaitRequest.newBuilder()
                .setProcess(name)
                .setTimeout(Durations.fromSeconds(60))
                .build())
        .getEnded();
  }
}
