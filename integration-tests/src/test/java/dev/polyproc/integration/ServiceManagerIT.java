package dev.polyproc.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.polyproc.v1.AdminServerInfoRequest;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a service manager is told through NOTIFY_SOCKET. */
final class ServiceManagerIT {
  /** As systemd tells whom it watches. */
  private static final String[] WATCHED = {"sh", "-c", "WATCHDOG_PID=$$ exec \"$0\" \"$@\""};

  @RegisterExtension final OwnDaemons daemons = new OwnDaemons();
  @TempDir Path folder;

  private static Launch watchedBy(String name) {
    return Launch.inPrivateFolder().environment("NOTIFY_SOCKET", name);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a file", "a name"})
  void shouldSayWhenItServesAndWhenItGoesDown(String kind) throws Exception {
    String name =
        kind.equals("a file")
            ? folder.resolve("notify").toString()
            : "@polyproc-it/" + UUID.randomUUID();
    try (FakeServiceManager manager = new FakeServiceManager(name)) {
      Launch launch = watchedBy(name);
      DaemonProcess daemon = launch.startUnseen();
      try {
        assertThat(manager.next()).isEqualTo("READY=1");
        try (Client client = Client.over(daemon.socket())) { // at once
          long pid =
              client
                  .admin()
                  .serverInfo(AdminServerInfoRequest.getDefaultInstance())
                  .getServer()
                  .getPid();
          assertThat(pid).isEqualTo(daemon.pid());
        }

        daemon.signal("TERM");

        assertThat(manager.next()).isEqualTo("STOPPING=1");
        assertThat(daemon.awaitExit(Duration.ofSeconds(10))).isEqualTo(143);
        assertThat(manager.isSilent()).isTrue();
        assertThat(daemon.log()).isEmpty();
      } finally {
        daemon.close();
      }
    }
  }

  @Test
  void shouldSayAgainAndAgainThatItIsAliveWhereThatIsAsked() throws Exception {
    String name = folder.resolve("notify").toString();
    try (FakeServiceManager manager = new FakeServiceManager(name)) {
      daemons.start(watchedBy(name).environment("WATCHDOG_USEC", "200000").through(WATCHED));

      assertThat(manager.next()).isEqualTo("READY=1");
      for (int i = 0; i < 3; i++) {
        assertThat(manager.next()).isEqualTo("WATCHDOG=1");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"soon", "0", "-5"})
  void shouldServeWithoutAWatchdogThatMakesNoSense(String microseconds) throws Exception {
    String name = folder.resolve("notify").toString();
    try (FakeServiceManager manager = new FakeServiceManager(name)) {
      DaemonProcess daemon =
          daemons.start(watchedBy(name).environment("WATCHDOG_USEC", microseconds));

      assertThat(manager.next()).isEqualTo("READY=1");
      await().until(() -> daemon.log().contains("\n"));
      assertThat(daemon.log())
          .contains("Expected WATCHDOG_USEC in microseconds, but it is '" + microseconds + "'");
    }
  }

  @Test
  void shouldNotAnswerAWatchdogThatWatchesAnother() throws Exception {
    String name = folder.resolve("notify").toString();
    try (FakeServiceManager manager = new FakeServiceManager(name)) {
      DaemonProcess daemon =
          daemons.start(
              watchedBy(name).environment("WATCHDOG_USEC", "2").environment("WATCHDOG_PID", "1"));

      daemon.signal("TERM");

      assertThat(manager.next()).isEqualTo("READY=1");
      assertThat(manager.next()).isEqualTo("STOPPING=1");
    }
  }

  @Test
  void shouldNotSayThatItServesWhenItCannot() throws Exception {
    String name = folder.resolve("notify").toString();
    try (FakeServiceManager manager = new FakeServiceManager(name);
        ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Launch launch = watchedBy(name).flags("--port", Integer.toString(taken.getLocalPort()));

      assertThat(launch.run().exit()).isEqualTo(1);
      assertThat(manager.isSilent()).isTrue();
    }
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '"',
      delimiter = ';',
      value = {
        "vsock:2:1; Expected NOTIFY_SOCKET to start with '/' or '@', but it is 'vsock:2:1'",
        "/no/such/folder/notify; Expected to tell the service manager READY=1 through"
            + " NOTIFY_SOCKET, but No such file"
      })
  void shouldServeAllTheSameWhereNobodyCanBeTold(String name, String sentence) {
    DaemonProcess daemon = daemons.start(watchedBy(name));

    await().until(() -> daemon.log().contains("\n"));

    assertThat(daemon.log()).contains(sentence);
  }
}
