package dev.polyproc.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.polyproc.files.Users;
import dev.polyproc.v1.ProcessStartRequest;
import dev.polyproc.v1.ProcessWaitRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Start, one call, stop: wherever daemon and client run, as whom, and from where. Both come from
 * copies in a folder that everybody may read, and find each other as any program finds its daemon.
 */
final class SurroundingsIT {
  /** A user that no password file knows, as container platforms choose one. */
  private static final int NAMELESS = 1_000_680_000;

  @RegisterExtension final OwnDaemons daemons = new OwnDaemons();

  private Path folder = Path.of("");

  @BeforeEach
  void makeAReadableFolder() throws IOException {
    folder = Files.createTempDirectory("polyproc-it-");
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  @AfterEach
  void delete() throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    }
  }

  @Test
  void shouldServeAsThisUserInARuntimeFolder() throws Exception {
    Path runtime = runtimeFolder("run");
    requireService(
        launch("it")
            .environment("XDG_RUNTIME_DIR", runtime.toString())
            .atDefaultSocket(runtime.resolve("polyproc/polyproc.sock")),
        List.of());
  }

  @Test
  void shouldServeAsThisUserInTheTemporaryFolder() throws Exception {
    requireService(launch("it"), List.of());
  }

  @Test
  void shouldTakeARelativeRuntimeFolderForNone() throws Exception {
    requireService(launch("it").environment("XDG_RUNTIME_DIR", "run/user/7"), List.of());
  }

  @Test
  void shouldServeWithoutALocale() throws Exception {
    requireService(launch("it").environment("LC_ALL", "C"), List.of());
  }

  @Test
  void shouldServeFromAPathWithASpaceAndAnAccent() throws Exception {
    requireService(launch("a é"), List.of());
  }

  @Test
  void shouldServeFromSuchAPathWithoutALocale() throws Exception {
    Path runtime = runtimeFolder("é run");
    requireService(
        launch("a é")
            .environment("LC_ALL", "C")
            .environment("XDG_RUNTIME_DIR", runtime.toString())
            .atDefaultSocket(runtime.resolve("polyproc/polyproc.sock")),
        List.of());
  }

  @Test
  void shouldServeAsAUserWithoutAName() throws Exception {
    assumeTrue(Users.own() == Users.ROOT, "only root can become another user");
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/setpriv")), "setpriv is not here");
    String uid = Integer.toString(NAMELESS);
    List<String> as = List.of("setpriv", "--reuid", uid, "--regid", uid, "--clear-groups");
    Launch launch = launch("it").through(as.toArray(String[]::new));
    Files.setAttribute(launch.makeFolder(), "unix:uid", NAMELESS);
    Files.setAttribute(temporary(), "unix:uid", NAMELESS);

    requireService(
        launch.atDefaultSocket(temporary().resolve("polyproc-" + uid + "/polyproc.sock")), as);
  }

  /** There all folders above belong to nobody. */
  @Test
  void shouldServeInAUserNamespaceThatHasNoRoot() throws Exception {
    assumeTrue(Users.own() == Users.ROOT, "only root can become another user");
    String uid = Integer.toString(NAMELESS);
    List<String> as =
        List.of(
            ("setpriv --reuid "
                    + uid
                    + " --regid "
                    + uid
                    + " --clear-groups"
                    + " unshare --user --map-user=1000")
                .split(" "));
    assumeTrue(canRun(as), "a user cannot make a user namespace here");
    Launch launch = launch("it").through(as.toArray(String[]::new));
    Files.setAttribute(folder, "unix:uid", NAMELESS); // Nobody's may be anybody's in /tmp.
    Files.setAttribute(launch.makeFolder(), "unix:uid", NAMELESS);
    Files.setAttribute(temporary(), "unix:uid", NAMELESS);

    launch = launch.atDefaultSocket(temporary().resolve("polyproc-1000/polyproc.sock"));
    daemons.start(launch);
    requireClient(launch, as);
  }

  private static boolean canRun(List<String> as) throws InterruptedException {
    List<String> command = new ArrayList<>(as);
    command.add("true");
    try {
      return new ProcessBuilder(command).start().waitFor() == 0;
    } catch (IOException e) {
      return false;
    }
  }

  /** A launch from a copy of the installation in a folder of this name. */
  private Launch launch(String name) throws IOException {
    Path installation = folder.resolve(name);
    for (String part : List.of("scripts/polyprocd", "server/target/polyprocd.jar")) {
      Path copy = installation.resolve(part);
      Files.createDirectories(copy.getParent());
      Files.copy(Launch.root().resolve(part), copy);
    }
    installation
        .resolve("scripts/polyprocd")
        .toFile()
        .setExecutable(true, false); // as in the repository
    return Launch.in(folder.resolve("home"))
        .from(installation)
        .environment("XDG_RUNTIME_DIR", "")
        .environment("LC_ALL", "")
        .javaOptions("-Xmx128m -Djava.io.tmpdir=" + temporary())
        .atDefaultSocket(temporary().resolve("polyproc-" + Users.own()).resolve("polyproc.sock"));
  }

  /** In the place of the machine's own, where the user's real daemon may live. */
  private Path temporary() throws IOException {
    return Files.createDirectories(folder.resolve("tmp"));
  }

  private Path runtimeFolder(String name) throws IOException {
    return Files.createDirectories(
        folder.resolve(name),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
  }

  private void requireService(Launch launch, List<String> as) throws Exception {
    DaemonProcess daemon = daemons.start(launch);
    assertThat(daemon.readyLine()).startsWith("polyprocd ready on unix:" + launch.socket() + " ");

    requireClient(launch, as);
    requireProcess(launch);

    daemon.signal("TERM");
    assertThat(daemon.awaitExit(Duration.ofSeconds(30))).isEqualTo(143);
    assertThat(daemon.log()).isEmpty();
    assertThat(launch.socket()).doesNotExist();
  }

  private void requireClient(Launch launch, List<String> as) throws Exception {
    String printed =
        Program.java(folder.resolve("client"), launch.jar(), "-Djava.io.tmpdir=" + temporary())
            .run(as, launch::apply);
    assertThat(printed).contains(Program.DONE);
  }

  /** One that the daemon starts, for which it loads its C library. */
  private static void requireProcess(Launch launch) {
    try (Client client = Client.over(launch.socket())) {
      String process =
          client
              .processes()
              .start(ProcessStartRequest.newBuilder().setCommand("true").build())
              .getProcess()
              .getRef()
              .getName();
      assertThat(
              client
                  .processes()
                  .wait(ProcessWaitRequest.newBuilder().setProcess(process).build())
                  .getProcess()
                  .getExitCode())
          .isZero();
    }
  }
}
