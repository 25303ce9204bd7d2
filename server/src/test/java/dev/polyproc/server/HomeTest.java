package dev.polyproc.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.polyproc.files.Environment;
import dev.polyproc.files.UntrustedFileException;
import dev.polyproc.files.Users;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.FileLock;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whose files the daemon uses. */
@Timeout(30)
final class HomeTest {
  private static final int ANOTHER = 12_345;
  private static final String TOKEN = "0123456789abcdef";

  @TempDir Path folder;

  // The folder of the socket.

  /** Also where the user has no name, as in many containers: for the JDK it would be root. */
  @Test
  void shouldKnowItsUserByWhomItsFilesBelongTo() throws IOException {
    Path own = Files.createFile(folder.resolve("own"));

    assertThat(Files.getAttribute(own, "unix:uid")).isEqualTo((int) Users.own());
  }

  @Test
  void shouldFindTheDefaultFolder() throws StartException {
    assertThat(Home.folder(Environment.of(Map.of("XDG_RUNTIME_DIR", "/run/user/7"))))
        .isEqualTo(Path.of("/run/user/7/polyproc"));
    assertThat(Home.folder(Environment.of(Map.of())))
        .isEqualTo(Path.of(System.getProperty("java.io.tmpdir"), "polyproc-" + Users.own()));
  }

  @Test
  void shouldMakeAFolderThatOnlyItsUserCanOpen() throws Exception {
    Path socket = folder.resolve("deep/below/run/polyproc.sock");

    Home.prepareFolder(socket);
    Home.prepareFolder(socket);

    assertThat(permissions(folder.resolve("deep/below/run"))).isEqualTo("rwx------");
  }

  @Test
  void shouldRefuseAFolderThatAnotherUserMade() throws Exception {
    Path theirs = Files.createDirectory(folder.resolve("run"));
    mode(theirs, "rwx------");
    giveAway(theirs);

    assertThat(refusal(() -> Home.prepareFolder(theirs.resolve("polyproc.sock"))))
        .isEqualTo(
            "Expected "
                + theirs
                + " to belong to root, but it belongs to uid 12345; choose another --socket");
  }

  @Test
  void shouldRefuseAFolderThatOthersCanOpen() throws Exception {
    Path open = Files.createDirectory(folder.resolve("run"));
    for (String mode : new String[] {"rwxr-xr-x", "rwx--x---", "rwx-----x", "rwx-w----"}) {
      mode(open, mode);

      assertThat(refusal(() -> Home.prepareFolder(open.resolve("polyproc.sock"))))
          .startsWith("Expected a folder that only this user can open, but " + open)
          .contains("has mode " + mode);
    }
  }

  @Test
  void shouldRefuseAFolderThatIsSomethingElse() throws Exception {
    Path target = Files.createDirectory(folder.resolve("target"));
    mode(target, "rwx------");
    Path link = Files.createSymbolicLink(folder.resolve("link"), target);
    Path file = Files.createFile(folder.resolve("file"));

    assertThat(refusal(() -> Home.prepareFolder(link.resolve("polyproc.sock"))))
        .isEqualTo(
            "Expected a folder at "
                + link
                + ", but it is a symbolic link; choose another --socket");
    assertThat(refusal(() -> Home.prepareFolder(file.resolve("polyproc.sock"))))
        .contains(", but it is a file;");
    assertThat(target).isEmptyDirectory();
  }

  @Test
  void shouldRefuseAFolderThatOthersCanReplace() throws Exception {
    Path shared = Files.createDirectory(folder.resolve("shared"));
    for (String mode : new String[] {"rwxrwxrwx", "rwx----w-"}) {
      mode(shared, mode);

      assertThat(refusal(() -> Home.prepareFolder(shared.resolve("run/polyproc.sock"))))
          .isEqualTo(
              "Expected a folder above %s in which nobody else may write, but %s has mode %s; choose"
                      .formatted(shared.resolve("run"), shared, mode)
                  + " another --socket");
      assertThat(shared).isEmptyDirectory();
    }
  }

  @Test
  void shouldRefuseAFolderWhereAnotherGroupMayWrite() throws Exception {
    Path shared = Files.createDirectory(folder.resolve("shared"));
    mode(shared, "rwxrwx---");
    Home.prepareFolder(shared.resolve("run/polyproc.sock")); // Its owner's own group.

    asRoot();
    Files.setAttribute(shared, "unix:gid", ANOTHER);

    assertThat(refusal(() -> Home.prepareFolder(shared.resolve("run/polyproc.sock"))))
        .contains("in which nobody else may write, but " + shared + " has mode rwxrwx---");
  }

  @Test
  void shouldRefuseAFolderBelowAnothers() throws Exception {
    Path theirs = Files.createDirectory(folder.resolve("theirs"));
    Path run = Files.createDirectory(theirs.resolve("run"));
    mode(run, "rwx------");
    giveAway(theirs);

    assertThat(refusal(() -> Home.prepareFolder(run.resolve("polyproc.sock"))))
        .contains("but " + theirs + " belongs to uid 12345, who may replace what is in it");
  }

  @Test
  void shouldUseAStickyFolderAsFarAsItsEntriesAreOurs() throws Exception {
    Path sticky = sticky();
    Path above = Files.createDirectory(sticky.resolve("above"));
    mode(above, "rwxr-xr-x");
    Home.prepareFolder(sticky.resolve("run/polyproc.sock"));
    Home.prepareFolder(above.resolve("run/polyproc.sock"));

    giveAway(above);

    assertThat(refusal(() -> Home.prepareFolder(above.resolve("run/polyproc.sock"))))
        .startsWith("Expected " + above + " to belong to root, but it belongs to uid 12345;");
  }

  @Test
  void shouldFollowLinksOnTheWayOnlyIfTheyAreOurs() throws Exception {
    Path real = Files.createDirectory(folder.resolve("real"));
    Path link = Files.createSymbolicLink(sticky().resolve("link"), Path.of("../real/../real"));
    Home.prepareFolder(link.resolve("run/polyproc.sock"));
    assertThat(real.resolve("run")).isDirectory();

    giveAway(link);

    assertThat(refusal(() -> Home.prepareFolder(link.resolve("run/polyproc.sock"))))
        .startsWith("Expected " + link + " to belong to root, but it belongs to uid 12345;");
  }

  @Test
  void shouldRefuseAPlaceThatAnothersLinkLeadsToThroughOurs() throws Exception {
    Path shared = Files.createDirectory(folder.resolve("shared"));
    mode(shared, "rwxrwxrwx");
    Path link = Files.createSymbolicLink(folder.resolve("link"), shared);

    assertThat(refusal(() -> Home.prepareFolder(link.resolve("run/polyproc.sock"))))
        .contains("in which nobody else may write, but " + shared);
  }

  @Test
  void shouldGiveUpLinksThatLeadInACircle() throws Exception {
    Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("link"));

    assertThat(catchThrowable(() -> Home.prepareFolder(link.resolve("run/polyproc.sock"))))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("Too many levels");
  }

  // The lock and the socket.

  @Test
  void shouldRefuseALockFileThatIsNotItsOwn() throws Exception {
    Path socket = home();
    Path lock = socket.resolveSibling("polyproc.sock.lock");
    Path precious = Files.writeString(folder.resolve("precious"), "precious");

    Files.createSymbolicLink(lock, precious);
    assertThat(refusal(() -> Home.takePlace(socket)))
        .isEqualTo(
            "Expected a plain file at "
                + lock
                + ", but it is a symbolic link; choose another --socket");
    Files.delete(lock);
    run("mkfifo", lock.toString());
    assertThat(refusal(() -> Home.takePlace(socket))).contains("but it is a device or a pipe");
    Files.delete(lock);
    Files.createFile(lock);
    mode(lock, "rw-rw-rw-");
    assertThat(refusal(() -> Home.takePlace(socket))).contains("has mode rw-rw-rw-");
    mode(lock, "rw-------");
    giveAway(lock);
    assertThat(refusal(() -> Home.takePlace(socket))).contains("it belongs to uid 12345");
  }

  @Test
  void shouldReplaceAStaleSocketUnlessItIsAnothers() throws Exception {
    Path socket = home();
    bind(socket);
    try (FileLock place = Home.takePlace(socket)) {
      assertThat(place.isValid()).isTrue();
      assertThat(socket).doesNotExist();
    }
    bind(socket);
    giveAway(socket);

    assertThat(refusal(() -> Home.takePlace(socket)))
        .isEqualTo(
            "Expected "
                + socket
                + " to belong to root, but it belongs to uid 12345; choose another --socket");
    assertThat(Files.exists(socket, LinkOption.NOFOLLOW_LINKS)).isTrue();
    try (FileLock ours = Home.takePlace(folder.resolve("run/other.sock"))) {
      assertThat(ours.isValid()).isTrue();
    }
  }

  @Test
  void shouldRefuseASocketThatIsSomethingElse() throws Exception {
    Path socket = home();
    Path precious = Files.writeString(folder.resolve("precious"), "precious");
    Files.createSymbolicLink(socket, precious);

    assertThat(refusal(() -> Home.takePlace(socket)))
        .contains("Expected a socket or nothing at " + socket + ", but something else is there");
    assertThat(precious).hasContent("precious");
  }

  // The token.

  @Test
  void shouldWriteANewTokenWhereThereIsNone() throws Exception {
    Path file = sticky().resolve("token");

    String token = token(file);

    assertThat(token).hasSizeGreaterThan(40);
    assertThat(file).hasContent(token + "\n");
    assertThat(permissions(file)).isEqualTo("rw-------");
    assertThat(token(file)).isEqualTo(token);
    try (Stream<Path> files = Files.list(file.getParent())) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void shouldWriteANewTokenInAnEmptyFileOfItsOwn() throws Exception {
    Path file = write("token", "\n");

    assertThat(token(file)).hasSizeGreaterThan(40);
  }

  @Test
  void shouldRefuseATokenFileOfAnotherUser() throws Exception {
    for (String content : new String[] {TOKEN, ""}) {
      Path file = sticky().resolve("token");
      Files.deleteIfExists(file);
      Files.writeString(file, content);
      mode(file, "rw-------");
      giveAway(file);

      assertThat(refusal(() -> token(file)))
          .isEqualTo(
              "Expected "
                  + file
                  + " to belong to root, but it belongs to uid 12345; choose another --token-file");
      assertThat(file).hasContent(content);
    }
  }

  @Test
  void shouldRefuseATokenFileThatOthersCanReplace() throws Exception {
    Path shared = Files.createDirectory(folder.resolve("shared"));
    mode(shared, "rwxrwxrwx");

    assertThat(refusal(() -> token(shared.resolve("token"))))
        .contains("in which nobody else may write, but " + shared, "choose another --token-file");
    assertThat(shared).isEmptyDirectory();
  }

  @Test
  void shouldRefuseATokenFileThatOthersCanOpen() throws Exception {
    Path file = write("token", TOKEN);
    for (String mode : new String[] {"rw-r--r--", "rw----r--", "rw--w----", "rw--w--w-"}) {
      mode(file, mode);

      assertThat(refusal(() -> token(file)))
          .isEqualTo(
              "Expected a token file that only this user can read, but %s has mode %s; chmod 600 it"
                  .formatted(file, mode));
    }
  }

  @Test
  void shouldRefuseATokenFileThatIsSomethingElse() throws Exception {
    Path dangling = Files.createSymbolicLink(folder.resolve("dangling"), folder.resolve("none"));
    Path pipe = folder.resolve("pipe");
    run("mkfifo", "-m", "600", pipe.toString());

    assertThat(refusal(() -> token(dangling)))
        .isEqualTo(
            "Expected a plain file at "
                + dangling
                + ", but it is a link that leads nowhere; choose another --token-file");
    assertThat(refusal(() -> token(pipe))).contains("but it is a device or a pipe");
    assertThat(refusal(() -> token(folder))).contains("but it is a folder");
    assertThat(folder.resolve("none")).doesNotExist();
  }

  /** As a Secret is mounted: who renews it exchanges the link in the middle. */
  @Test
  void shouldFollowLinksToATokenThatAreOurs() throws Exception {
    Path secret = Files.createDirectory(sticky().resolve("..2026"));
    Path first = Files.writeString(secret.resolve("token"), TOKEN);
    mode(first, "r--------");
    Files.createSymbolicLink(sticky().resolve("..data"), Path.of("..2026"));
    Path token = Files.createSymbolicLink(sticky().resolve("token"), Path.of("..data/token"));

    assertThat(token(token)).isEqualTo(TOKEN);
    assertThat(Files.isSymbolicLink(token)).isTrue();
  }

  @Test
  void shouldAskOfALinksTargetWhatItAsksOfAToken() throws Exception {
    Path target = write("target", TOKEN);
    Path link = Files.createSymbolicLink(sticky().resolve("token"), target);
    Path shared = Files.createDirectory(folder.resolve("shared"));
    Path loose = Files.createSymbolicLink(folder.resolve("loose"), shared.resolve("token"));

    mode(target, "rw-r--r--");
    assertThat(refusal(() -> token(link)))
        .isEqualTo(
            "Expected a token file that only this user can read, but %s has mode rw-r--r--; chmod"
                    .formatted(link)
                + " 600 it");
    mode(target, "rw-------");
    Files.createLink(sticky().resolve("second"), target);
    Path second = Files.createSymbolicLink(folder.resolve("link"), sticky().resolve("second"));
    assertThat(refusal(() -> token(second))).contains("has 2; choose another --token-file");
    mode(Files.writeString(shared.resolve("token"), TOKEN), "rw-------");
    mode(shared, "rwxrwxrwx");
    assertThat(refusal(() -> token(loose)))
        .contains("in which nobody else may write, but " + shared);
    giveAway(target);
    assertThat(refusal(() -> token(link)))
        .isEqualTo(
            "Expected "
                + target
                + " to belong to root, but it belongs to uid 12345; choose another --token-file");
  }

  @Test
  void shouldRefuseAnothersLinkToATokenOfOurs() throws Exception {
    Path link = Files.createSymbolicLink(sticky().resolve("token"), write("target", TOKEN));
    assertThat(token(link)).isEqualTo(TOKEN);

    giveAway(link);

    assertThat(refusal(() -> token(link)))
        .isEqualTo(
            "Expected "
                + link
                + " to belong to root, but it belongs to uid 12345; choose another --token-file");
  }

  @Test
  void shouldWriteANewTokenWhereALinkLeadsTo() throws Exception {
    Path target = write("target", "");
    Path link = Files.createSymbolicLink(folder.resolve("link"), target);

    assertThat(target).hasContent(token(link) + "\n");
    assertThat(Files.isSymbolicLink(link)).isTrue();
    assertThat(permissions(target)).isEqualTo("rw-------");
  }

  /** Whoever may write in a folder may give a file of ours a second name there. */
  @Test
  void shouldRefuseASecondNameOfAFileWhereOthersMayWrite() throws Exception {
    Path known = write("known", TOKEN);
    Path second = Files.createLink(sticky().resolve("token"), known);

    assertThat(refusal(() -> token(second))).contains("has 2; choose another --token-file");
    assertThat(token(known)).isEqualTo(TOKEN);
  }

  @Test
  void shouldRefuseTokensThatAreShortOrCannotBeShown() throws Exception {
    String shortOne = TOKEN.substring(1);
    assertThat(refusal(() -> token(write("short", shortOne + "\n"))))
        .isEqualTo(
            "Expected a token of 16 to 1024 characters in %s, but it has 15; delete the file, and a"
                    .formatted(folder.resolve("short"))
                + " new token is written")
        .doesNotContain(shortOne);
    assertThat(refusal(() -> token(write("long", "x".repeat(1_025))))).contains("but it has more");
    assertThat(refusal(() -> token(write("huge", "x".repeat(1 << 20))))).contains("it has more");
    for (String unsendable :
        new String[] {TOKEN + "\n" + TOKEN, TOKEN + " " + TOKEN, TOKEN + "é", TOKEN + "\0x"}) {
      assertThat(refusal(() -> token(write("unsendable", unsendable))))
          .contains("of one line of ASCII without spaces in ")
          .doesNotContain(TOKEN);
    }
    assertThat(token(write("least", TOKEN + "\r\n"))).isEqualTo(TOKEN);
    assertThat(token(write("most", "x".repeat(1_024)))).hasSize(1_024);
  }

  // Files that decide who may call.

  @Test
  void shouldTakeOptionsFromAFileThatWasNamedWhoeverOwnsIt() throws Exception {
    Path file = write("polyprocd.properties", "port=17\n");
    mode(file, "rw-r--r--");
    Path link = Files.createSymbolicLink(folder.resolve("link"), file);
    assertThat(options(file).port()).isEqualTo(17);
    assertThat(options(link).port()).isEqualTo(17);

    giveAway(file);

    assertThat(options(file).port()).isEqualTo(17);
  }

  @Test
  void shouldRefuseOptionsThatAnybodyCouldHavePutThere() throws Exception {
    Path file = sticky().resolve("polyprocd.properties");
    Files.writeString(file, "port=17\n");
    assertThat(options(file).port()).isEqualTo(17);

    mode(file, "rw-rw-rw-");
    assertThat(refusal(() -> options(file)))
        .isEqualTo(
            "Expected a file that nobody else can write, but %s has mode rw-rw-rw-; chmod 600 it"
                .formatted(file));
    mode(file, "rw-r--r--");
    giveAway(file);
    assertThat(refusal(() -> options(file)))
        .isEqualTo(
            "Expected "
                + file
                + " to belong to root, but it belongs to uid 12345; choose another --config");
  }

  @Test
  void shouldRefuseCertificatesThatAnybodyCouldHavePutThere() throws Exception {
    Path shared = Files.createDirectory(folder.resolve("shared"));
    mode(shared, "rwxrwxrwx");
    Path ours = write("ours.pem", "");
    for (String flag : new String[] {"--tls-certificate", "--tls-key", "--tls-client-ca"}) {
      String theirs = Files.writeString(shared.resolve("theirs.pem"), "").toString();
      String[] flags = {
        "--tls-certificate", ours.toString(), "--tls-key", ours.toString(), flag, theirs
      };

      assertThat(refusal(() -> Options.read(flags).tls()))
          .contains("in which nobody else may write, but " + shared, "choose another " + flag);
    }
  }

  // Files that are written whole.

  @Test
  void shouldWriteThroughNobodysLink() throws Exception {
    Path precious = Files.writeString(folder.resolve("precious"), "precious");
    Path file = folder.resolve("port");
    Path part = Files.createSymbolicLink(folder.resolve("port.part"), precious);
    Files.createSymbolicLink(file, precious);

    WholeFile.write(file, "7461\n");

    assertThat(precious).hasContent("precious");
    assertThat(Files.isSymbolicLink(part)).isTrue();
    assertThat(Files.isSymbolicLink(file)).isFalse();
    assertThat(file).hasContent("7461\n");
    assertThat(permissions(file)).isEqualTo("rw-------");
  }

  /** A quiet file system gives the number of a file that was removed to the next one. */
  @Test
  void shouldNotTakeALaterPortFileForItsOwn() throws Exception {
    Path file = folder.resolve("port");
    for (int i = 0; i < 50; i++) {
      PortFile ours = new PortFile(file);
      ours.write("1\n");
      Files.delete(file);
      Files.writeString(file, "2\n");

      ours.remove();

      assertThat(file).hasContent("2\n");
      Files.delete(file);
    }
  }

  @Test
  void shouldLeaveNoPartOfAFileThatCannotBeWritten() throws Exception {
    Path taken = folder.resolve("taken");
    Files.createDirectories(taken.resolve("below"));

    assertThat(catchThrowable(() -> WholeFile.write(taken, "7461\n")))
        .isInstanceOf(IOException.class);

    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).containsExactly(taken);
    }
  }

  private Path home() throws Exception {
    Path socket = folder.resolve("run/polyproc.sock");
    Home.prepareFolder(socket);
    return socket;
  }

  private Path sticky() throws Exception {
    Path sticky = folder.resolve("sticky");
    if (!Files.exists(sticky)) {
      Files.createDirectory(sticky);
      run("chmod", "1777", sticky.toString());
    }
    return sticky;
  }

  private Path write(String name, String content) throws IOException {
    Path file = Files.writeString(folder.resolve(name), content);
    mode(file, "rw-------");
    return file;
  }

  private static String token(Path file) throws IOException, StartException {
    return new TokenFile(file).token();
  }

  private static Options options(Path config) throws StartException {
    return Options.read(new String[] {"--config", config.toString()});
  }

  private static void bind(Path socket) throws IOException {
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(socket));
    }
    mode(socket, "rw-------");
  }

  private static void asRoot() {
    assumeTrue(Users.own() == Users.ROOT, "Only root can make files of another user");
  }

  private static void giveAway(Path file) throws IOException {
    asRoot();
    Files.setAttribute(file, "unix:uid", ANOTHER, LinkOption.NOFOLLOW_LINKS);
  }

  private static void mode(Path file, String mode) throws IOException {
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
  }

  private static String permissions(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  private static void run(String... command) throws Exception {
    assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
  }

  /** What a refusal says: one sentence. */
  private static String refusal(ThrowingCallable start) {
    Throwable thrown = catchThrowable(start);
    assertThat(thrown).isInstanceOfAny(UntrustedFileException.class, StartException.class);
    assertThat(thrown.getMessage()).matches("Expected .+, but .+").hasLineCount(1);
    return String.valueOf(thrown.getMessage());
  }
}
