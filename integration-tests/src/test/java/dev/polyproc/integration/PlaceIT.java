package dev.polyproc.integration;

import static dev.polyproc.integration.Requests.createQueue;
import static dev.polyproc.integration.Requests.put;
import static dev.polyproc.integration.Requests.size;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.polyproc.integration.Launch.Outcome;
import dev.polyproc.v1.AdminServerInfoRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of a daemon's socket when somebody tidies up around it. */
final class PlaceIT {
  private static final Duration LONG = Duration.ofSeconds(60);

  @RegisterExtension final OwnDaemons daemons = new OwnDaemons();

  @TempDir Path folder;
  private Launch launch = Launch.inPrivateFolder();

  @BeforeEach
  void useTheFolder() {
    launch = Launch.in(folder.resolve("home"));
  }

  @Test
  void shouldMakeAVanishedSocketAgain() throws IOException {
    DaemonProcess daemon = daemons.start(launch);
    try (Client before = Client.over(daemon.socket())) {
      before.queues().create(createQueue("jobs"));
      for (int i = 1; i <= 3; i++) {
        Files.delete(daemon.socket());
        awaitSocket(daemon);

        before.queues().put(put("jobs", i));
        try (Client after = Client.over(daemon.socket())) {
          assertThat(after.queues().size(size("jobs")).getSize()).isEqualTo(i);
        }
      }
    }
    assertThat(mode(daemon.socket())).isEqualTo("rw-------");
    assertThat(daemon.log()).contains("The socket " + daemon.socket() + " was removed");
    assertThat(names(launch.home()))
        .containsExactly("polyproc.sock", "polyproc.sock.lock", "token");
    assertEnds(daemon);
    assertThat(daemon.socket()).doesNotExist();
  }

  @Test
  void shouldMakeTheFolderAgainWithItsLockAndItsToken() throws IOException {
    DaemonProcess daemon = daemons.start(launch);
    String token = daemon.token();
    int port = daemon.port();

    deleteHome();
    awaitSocket(daemon);
    await().atMost(LONG).until(() -> daemon.token().equals(token));

    assertThat(mode(launch.home())).isEqualTo("rwx------");
    assertThat(launch.run().errors()).contains("but one is running there");
    try (Client client = Client.over(port, token)) {
      assertThat(pid(client)).isEqualTo(daemon.pid());
    }
    assertEnds(daemon);
    assertThat(names(launch.home())).containsExactly("polyproc.sock.lock", "token");
  }

  /** Also where another daemon, which was refused, has left one of its own. */
  @Test
  void shouldMakeTheLockAgainWhereThatAloneIsGone() throws IOException {
    DaemonProcess daemon = daemons.start(launch);
    Path lock = launch.home().resolve("polyproc.sock.lock");
    for (int i = 1; i <= 2; i++) {
      int times = i;
      Files.delete(lock);
      if (i == 2) {
        Files.createFile(lock);
      }
      await()
          .atMost(LONG)
          .until(() -> daemon.log().split("The lock beside .* was removed", -1).length > times);
      assertThat(mode(lock)).startsWith("rw-");
    }

    assertThat(launch.run().errors()).contains("but one is running there");
    assertEnds(daemon);
    assertThat(names(launch.home())).containsExactly("polyproc.sock.lock", "token");
  }

  @Test
  void shouldSayThatSomethingElseLiesInItsPlace() throws IOException {
    DaemonProcess daemon = daemons.start(launch);
    Files.delete(daemon.socket());
    awaitSocket(daemon);
    Path other = Files.writeString(launch.home().resolve("other"), "not a socket");
    Files.move(other, daemon.socket(), StandardCopyOption.REPLACE_EXISTING);
    await().atMost(LONG).until(() -> daemon.log().contains("but something else lies there"));

    Files.delete(daemon.socket());
    awaitSocket(daemon);
    assertThat(daemon.log()).doesNotContain("\tat ");
    assertEnds(daemon);
  }

  @Test
  void shouldLookUsedToWhoeverTidiesUp() throws IOException {
    DaemonProcess daemon = daemons.start(launch);
    List<Path> files;
    try (Stream<Path> all = Files.list(launch.home())) {
      files = all.toList();
    }
    assertThat(files).hasSize(3); // the socket, its lock and the token
    FileTime old = FileTime.from(Instant.EPOCH);
    for (Path file : files) {
      Files.setLastModifiedTime(file, old);
    }
    for (Path file : files) {
      await().atMost(LONG).until(() -> Files.getLastModifiedTime(file).compareTo(old) > 0);
    }
    assertEnds(daemon);
  }

  @Test
  void shouldLeaveTheSocketOfAnotherDaemonAlone() throws IOException {
    DaemonProcess first = daemons.start(launch);
    first.signal("STOP");
    deleteHome();
    Launch again = Launch.in(launch.folder()).flags("--port-file", folder.resolve("p").toString());
    DaemonProcess second = daemons.start(again);

    first.signal("CONT");
    assertEnds(first);

    try (Client client = Client.over(second.socket())) {
      assertThat(pid(client)).isEqualTo(second.pid());
    }
    Outcome third = again.run();
    assertThat(third.errors()).contains("but one is running there");
  }

  @Test
  void shouldServeOnWhereItsPlaceIsTaken() throws IOException {
    DaemonProcess daemon = daemons.start(launch);
    String token = daemon.token();
    daemon.signal("STOP");
    deleteHome();
    Files.writeString(launch.home(), "a file in the place of the folder");
    daemon.signal("CONT");

    await().atMost(LONG).until(() -> daemon.log().contains("cannot be made again"));

    try (Client client = Client.over(daemon.port(), token)) {
      assertThat(pid(client)).isEqualTo(daemon.pid());
    }
    assertEnds(daemon);
    assertThat(launch.home()).hasContent("a file in the place of the folder");
  }

  @Test
  void shouldServeAtTheLongestPathThatASocketCanHave() throws IOException {
    Path home = Files.createDirectories(launch.folder());
    Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwx------"));
    String start = home + "/";
    for (String name : new String[] {"s", "socket.of.some.length"}) {
      int room = 107 - start.length() - name.length() - 1;
      Path deep = Path.of(start + "x".repeat(room));
      Path socket = deep.resolve(name);
      DaemonProcess daemon =
          daemons.start(launch.flags("--socket", socket.toString()).atDefaultSocket(socket));

      try (Client client = Client.over(socket)) {
        assertThat(pid(client)).isEqualTo(daemon.pid());
      }
      assertEnds(daemon);
      assertThat(names(deep)).containsExactly(name + ".lock", "token");
    }
  }

  private void deleteHome() throws IOException {
    try (Stream<Path> files = Files.walk(launch.home())) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    }
    assertThat(launch.home()).doesNotExist();
  }

  private static void awaitSocket(DaemonProcess daemon) {
    await().atMost(LONG).until(() -> Files.exists(daemon.socket(), LinkOption.NOFOLLOW_LINKS));
  }

  private static void assertEnds(DaemonProcess daemon) {
    daemon.signal("TERM");
    assertThat(daemon.awaitExit(LONG)).isEqualTo(143);
  }

  private static long pid(Client client) {
    return client
        .admin()
        .serverInfo(AdminServerInfoRequest.getDefaultInstance())
        .getServer()
        .getPid();
  }

  private static String mode(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }
}
