package dev.polyproc.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.polyproc.client.internal.transport.Address;
import dev.polyproc.client.internal.transport.Token;
import dev.polyproc.files.Users;
import dev.polyproc.testing.DaemonProcess;
import dev.polyproc.testing.Listening;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Whose sockets and tokens the client uses. */
@Timeout(60)
class SocketOwnerTest {
  private static final int ANOTHER = 12_345;
  private static final String TOKEN = "0123456789abcdef";

  @RegisterExtension static final DaemonProcess DAEMON = new DaemonProcess();

  /** In place of XDG_RUNTIME_DIR. */
  @TempDir Path runtime;

  private Path usual = Path.of("");
  private Path socket = Path.of("");

  @BeforeEach
  void makeTheDefaultFolder() throws IOException {
    usual = Files.createDirectory(runtime.resolve("polyproc"));
    mode(usual, "rwx------");
    socket = usual.resolve("polyproc.sock");
    Files.createLink(socket, Path.of(DAEMON.address().substring("unix:".length())));
  }

  @AfterEach
  void takeEverythingBack() throws IOException {
    if (Users.own() == Users.ROOT) {
      give(usual, Users.ROOT);
    }
    mode(usual, "rwx------");
  }

  // The default socket.

  @Test
  void shouldUseTheDefaultSocketOfThisUser() {
    connect().close();
  }

  @Test
  void shouldRefuseADefaultFolderOfAnotherUser() throws IOException {
    asRoot();
    give(usual, ANOTHER);

    assertThat(refusal())
        .isEqualTo(
            "Expected "
                + usual
                + " to belong to root, but it belongs to uid 12345; set POLYPROC_ADDRESS, or"
                + " XDG_RUNTIME_DIR to a folder of this user");
  }

  @Test
  void shouldRefuseADefaultFolderThatOthersCanOpen() throws IOException {
    for (String mode : new String[] {"rwxr-xr-x", "rwx-----x", "rwxrwxrwx"}) {
      mode(usual, mode);

      assertThat(refusal())
          .startsWith("Expected a folder that only this user can open, but " + usual)
          .contains("has mode " + mode);
    }
  }

  @Test
  void shouldRefuseADefaultFolderThatIsALink() throws IOException {
    Path target = runtime.resolve("target");
    Files.move(usual, target);
    Files.createSymbolicLink(usual, target);

    assertThat(refusal()).contains("Expected a folder at " + usual, "but it is a symbolic link");
    Files.delete(usual);
    Files.move(target, usual);
  }

  @Test
  void shouldRefuseADefaultFolderThatOthersCanReplace() throws IOException {
    mode(runtime, "rwxrwxrwx");

    assertThat(refusal()).contains("in which nobody else may write, but " + runtime);
  }

  @Test
  void shouldRefuseADefaultSocketOfAnotherUser() throws IOException {
    asRoot();
    give(socket, ANOTHER);
    try {
      assertThat(refusal()).startsWith("Expected " + socket + " to belong to root, but it belongs");
    } finally {
      give(socket, Users.ROOT);
    }
  }

  @Test
  void shouldRefuseADefaultSocketThatIsSomethingElse() throws IOException {
    Path target = usual.resolve("target");
    Files.move(socket, target);
    Files.createSymbolicLink(socket, target);
    assertThat(refusal())
        .contains("Expected a socket at " + socket + ", but it is a symbolic link");
    Files.delete(socket);
    Files.createFile(socket);
    assertThat(refusal()).contains("but it is a file");
  }

  @Test
  void shouldSayThatNothingListensWhereThereIsNoDefaultSocket() throws IOException {
    Files.delete(socket);

    assertThat(refusal()).contains("nothing listens there; start one");
  }

  // Who listens.

  @Test
  void shouldSendNothingToAnotherUserWhoListens() throws Exception {
    Files.delete(socket);
    letIn();
    try (Listening other = Listening.as(ANOTHER, socket)) {
      give(usual, Users.ROOT);
      give(socket, Users.ROOT);

      assertThat(refusal())
          .isEqualTo(
              "Expected a daemon of this user or root at "
                  + socket
                  + ", but user 12345 listens there; set POLYPROC_ADDRESS, or XDG_RUNTIME_DIR to a"
                  + " folder of this user");
      assertThat(other.received()).isZero();
    }
  }

  @Test
  void shouldSendNothingToAThirdUserAtANamedSocket() throws Exception {
    Files.delete(socket);
    letIn();
    try (Listening other = Listening.as(ANOTHER, socket)) {
      give(usual, Users.ROOT);
      give(socket, ANOTHER + 1);

      assertThat(refusal(Polyproc.builder().address("unix:" + socket)))
          .startsWith(
              "Expected a daemon of this user, root or the socket's owner at "
                  + socket
                  + ", but user 12345 listens there; ");
      assertThat(other.received()).isZero();
    }
  }

  @Test
  void shouldTalkToAServiceUserAtASocketThatWasNamed() throws Exception {
    Files.delete(socket);
    letIn();
    try (Listening other = Listening.as(ANOTHER, socket)) {
      refusal(Polyproc.builder().address("unix:" + socket)); // It is no daemon.

      assertThat(other.received()).isPositive();
    }
  }

  // A socket that was named.

  @Test
  void shouldRefuseANamedSocketThatOthersCanReplace() throws IOException {
    mode(usual, "rwxrwxrwx");

    assertThat(refusal(Polyproc.builder().address("unix:" + socket)))
        .isEqualTo(
            "Expected a folder above %s in which nobody else may write, but %s has mode rwxrwxrwx;"
                    .formatted(socket, usual)
                + " have the daemon listen in another folder, with --socket");
  }

  @Test
  void shouldRefuseANamedSocketBelowTheFolderOfAThirdUser() throws IOException {
    asRoot();
    give(usual, ANOTHER);

    assertThat(refusal(Polyproc.builder().address("unix:" + socket)))
        .contains("but " + usual + " belongs to uid 12345, who may replace what is in it");
  }

  @Test
  void shouldFollowALinkToANamedSocketUnlessAnotherMadeIt() throws Exception {
    new ProcessBuilder("chmod", "1777", usual.toString()).inheritIO().start().waitFor();
    Path link = Files.createSymbolicLink(usual.resolve("link"), socket);
    Polyproc.connect("unix:" + link).close();

    asRoot();
    give(link, ANOTHER);

    assertThat(refusal(Polyproc.builder().address("unix:" + link)))
        .startsWith("Expected " + link + " to belong to root, but it belongs to uid 12345;");
  }

  // The token.

  @Test
  void shouldRefuseANamedTokenFileOfAnotherUser() throws IOException {
    asRoot();
    Path token = token(runtime.resolve("token"));
    give(token, ANOTHER);

    assertThat(catchThrowable(() -> find("POLYPROC_TOKEN_FILE", token)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Expected "
                + token
                + " to belong to root, but it belongs to uid 12345; set POLYPROC_TOKEN_FILE to the"
                + " file that the daemon wrote");
    assertThat(catchThrowable(() -> Polyproc.builder().tokenFile(token)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void shouldTakeATokenThatALinkOfOursLeadsTo() throws IOException {
    Path data = Files.createDirectory(runtime.resolve("..2026"));
    token(data.resolve("token"));
    Files.createSymbolicLink(runtime.resolve("..data"), Path.of("..2026"));
    Path link = Files.createSymbolicLink(runtime.resolve("token"), Path.of("..data/token"));
    assertThat(find("POLYPROC_TOKEN_FILE", link)).isEqualTo(TOKEN);

    mode(data, "rwxrwxrwx");
    assertThat(catchThrowable(() -> find("POLYPROC_TOKEN_FILE", link)))
        .hasMessageContaining("in which nobody else may write, but " + data);
    Files.delete(data.resolve("token"));
    mode(data, "rwx------");
    assertThat(catchThrowable(() -> find("POLYPROC_TOKEN_FILE", link)))
        .hasMessageContaining("at " + link + ", but it is a link that leads nowhere");
  }

  @Test
  void shouldRefuseATokenFileThatOthersCanRead() throws IOException {
    Path token = token(runtime.resolve("token"));

    mode(token, "rw-r--r--");
    assertThat(catchThrowable(() -> find("POLYPROC_TOKEN_FILE", token)))
        .hasMessage(
            "Expected a token file that only this user can read, but "
                + token
                + " has mode rw-r--r--; chmod 600 it");
  }

  @Test
  void shouldRefuseTheTokenOfADefaultFolderThatIsNotOurs() throws IOException {
    token(usual.resolve("token"));
    assertThat(find("XDG_RUNTIME_DIR", runtime)).isEqualTo(TOKEN);

    mode(usual, "rwxr-xr-x");
    assertThat(catchThrowable(() -> find("XDG_RUNTIME_DIR", runtime)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Expected a folder that only this user can open, but " + usual);
  }

  private Polyproc connect() {
    return builder().connect();
  }

  private PolyprocBuilder builder() {
    return new PolyprocBuilder(Map.of("XDG_RUNTIME_DIR", runtime.toString())::get);
  }

  private String refusal() {
    return refusal(builder());
  }

  /** Why it does not connect: one sentence. */
  private static String refusal(PolyprocBuilder builder) {
    Throwable thrown = catchThrowable(() -> builder.connect().close());
    assertThat(thrown).isInstanceOf(PolyprocException.class);
    assertThat(thrown.getMessage()).matches("Expected .+, but .+").hasLineCount(1);
    return String.valueOf(thrown.getMessage());
  }

  private static String find(String name, Path value) {
    return String.valueOf(
        Token.find(Address.parse("localhost:1"), Map.of(name, value.toString())::get));
  }

  private static Path token(Path file) throws IOException {
    Files.writeString(file, TOKEN);
    mode(file, "rw-------");
    return file;
  }

  private static void asRoot() {
    assumeTrue(Users.own() == Users.ROOT, "Only root can make files of another user");
  }

  /** Another user may put a socket in the default folder. */
  private void letIn() throws IOException {
    give(usual, ANOTHER);
    mode(runtime, "rwx--x--x");
  }

  private static void give(Path file, long uid) throws IOException {
    asRoot();
    Files.setAttribute(file, "unix:uid", (int) uid, LinkOption.NOFOLLOW_LINKS);
  }

  private static void mode(Path file, String mode) throws IOException {
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
  }
}
