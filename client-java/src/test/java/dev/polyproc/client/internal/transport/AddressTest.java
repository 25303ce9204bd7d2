package dev.polyproc.client.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.polyproc.client.Polyproc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressTest {
  private static final Address TCP = Address.parse("localhost:1");

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "unix:/run/polyproc.sock, unix:/run/polyproc.sock",
    "unix:///run/polyproc.sock, unix:/run/polyproc.sock",
    "localhost:7000, localhost:7000",
    "127.0.0.1:65535, 127.0.0.1:65535",
    "[::1]:7000, [::1]:7000",
    "tls://example.org:7000, tls://example.org:7000",
    "tls://[::1]:7000, tls://[::1]:7000",
  })
  void shouldReadAddress(String text, String shown) {
    assertThat(Address.parse(text)).hasToString(shown);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "unix:",
        "localhost",
        ":7000",
        "localhost:0",
        "localhost:65536",
        "host:x",
        "tls://",
        "tls://host",
        "tls://:1"
      })
  void shouldSayWhatAnAddressLooksLike(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Address.parse(text))
        .withMessageStartingWith(
            "Expected an address such as unix:/path, host:port or tls://host:port, but '");
  }

  @ParameterizedTest
  @CsvSource({
    "http://localhost:7461, leave out http://",
    "http://[::1]:7461, leave out http://",
    "dns:///localhost:7461, leave out dns:///",
    "tcp://localhost:7461, leave out tcp://",
    "https://localhost:7461, write tls:// for it",
    "TLS://localhost:7461, write tls:// for it"
  })
  void shouldSayWhichSchemeIsNoneOfOurs(String text, String advice) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Address.parse(text))
        .withMessageStartingWith("Expected an address such as unix:/path, host:port or ")
        .withMessageEndingWith(advice);
  }

  @Test
  void shouldSayWhatIsNotSpokenYet() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Address.parse("a:1,b:2"))
        .withMessageContaining("several daemons");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Address.parse("::1:7000"))
        .withMessageContaining("[::1]:7000");
  }

  @Test
  void shouldPreferEnvironmentOverDefaultSocket() {
    Map<String, String> environment =
        Map.of("POLYPROC_ADDRESS", "localhost:7000", "XDG_RUNTIME_DIR", "/run/user/7");
    assertThat(Address.defaultOf(environment::get)).hasToString("localhost:7000");
  }

  @Test
  void shouldFindDefaultSocket() {
    assertThat(Address.defaultOf(Map.of("XDG_RUNTIME_DIR", "/run/user/7")::get))
        .hasToString("unix:/run/user/7/polyproc/polyproc.sock");
    assertThat(Address.defaultOf(name -> null).toString())
        .matches("unix:" + System.getProperty("java.io.tmpdir") + "/polyproc-\\d+/polyproc.sock");
  }

  @Test
  void shouldFindTokenInTheOrderOfTheDocumentation() throws IOException {
    // given
    Path named = secret(folder.resolve("named"), "from-named-file\n");
    secret(defaultFolder().resolve("token"), "from-default-file\n");

    // then
    String runtime = folder.toString();
    assertThat(
            Token.find(
                TCP,
                Map.of(
                        "POLYPROC_TOKEN",
                        "from-environment",
                        "POLYPROC_TOKEN_FILE",
                        named.toString(),
                        "XDG_RUNTIME_DIR",
                        runtime)
                    ::get))
        .isEqualTo("from-environment");
    assertThat(
            Token.find(
                TCP,
                Map.of("POLYPROC_TOKEN_FILE", named.toString(), "XDG_RUNTIME_DIR", runtime)::get))
        .isEqualTo("from-named-file");
    assertThat(Token.find(TCP, Map.of("XDG_RUNTIME_DIR", runtime)::get))
        .isEqualTo("from-default-file");
    assertThat(Token.find(TCP, Map.of("XDG_RUNTIME_DIR", "/nowhere")::get)).isNull();
  }

  @Test
  void shouldShowTheTokenOfThisMachineToNobodyElse() throws IOException {
    secret(defaultFolder().resolve("token"), "from-default-file\n");
    Map<String, String> environment = Map.of("XDG_RUNTIME_DIR", folder.toString());

    assertThat(Token.find(Address.parse("tls://localhost:1"), environment::get)).isNull();
    assertThat(Token.find(Address.parse("unix:/x"), environment::get)).isNull();
  }

  @Test
  void shouldNameTokenFileThatIsMissing() {
    Path missing = folder.resolve("missing");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Token.find(TCP, Map.of("POLYPROC_TOKEN_FILE", missing.toString())::get))
        .withMessage("Expected the daemon's token in " + missing + ", but there is no such file");
  }

  private Path defaultFolder() throws IOException {
    return Files.createDirectory(
        folder.resolve("polyproc"),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
  }

  private static Path secret(Path file, String content) throws IOException {
    Files.writeString(file, content);
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  @Test
  void shouldTakeThePathOfASocketAsItIs() {
    assertThat(Address.parse("unix:/run/a é+&:b/s")).hasToString("unix:/run/a é+&:b/s");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a%25b", "a%b", "a?b", "a#b", "a,b", "a\tb", "a\u007fb", "a\ufffdb"})
  void shouldRefuseAPathThatNotEveryLanguageCanBeTold(String name) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Address.parse("unix:/run/" + name + "/s"))
        .withMessageContaining("which not every language can be told");
  }

  @Test
  void shouldRefuseAHostInTheAddressOfASocket() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Address.parse("unix://host/run/s"))
        .withMessageContaining("write unix:///path");
  }

  @Test
  void shouldTakeSettingsWithoutWhatIsAroundThem() throws IOException {
    String secret = "0123456789abcdef";
    Path file = Files.writeString(folder.resolve("token"), " " + secret + "\r\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));

    assertThat(Token.find(TCP, Map.of("POLYPROC_TOKEN", secret + "\n")::get)).isEqualTo(secret);
    assertThat(Token.find(TCP, Map.of("POLYPROC_TOKEN_FILE", file + "\n")::get)).isEqualTo(secret);
    assertThat(Token.sendable(secret + "\n", "a test")).isEqualTo(secret);
    assertThat(Address.defaultOf(Map.of("POLYPROC_ADDRESS", " localhost:7000\n")::get))
        .hasToString("localhost:7000");
    assertThat(Address.defaultOf(Map.of("XDG_RUNTIME_DIR", "/run/user/7 ")::get))
        .hasToString("unix:/run/user/7/polyproc/polyproc.sock");
    assertThat(Tls.of(Map.of("POLYPROC_TLS_CA", "/ca.pem\n", "POLYPROC_TLS_KEY", " ")::get))
        .isEqualTo(new Tls(Path.of("/ca.pem"), null, null));
  }

  @Test
  void shouldNameTheVariableThatIsNotText() {
    for (String name : List.of("POLYPROC_ADDRESS", "XDG_RUNTIME_DIR")) {
      String value = name.equals("POLYPROC_ADDRESS") ? "unix:/tmp/\uFFFD/s" : "/tmp/\uFFFD";
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Address.defaultOf(Map.of(name, value)::get))
          .withMessageMatching("Expected " + name + " to be .* in UTF-8, but .*");
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Token.find(TCP, Map.of("POLYPROC_TOKEN_FILE", "/tmp/\uFFFD")::get))
        .withMessageStartingWith("Expected POLYPROC_TOKEN_FILE to be a path in UTF-8, but ");
  }

  @Test
  void shouldTakeBlankSettingsForNone() {
    Map<String, String> environment =
        Map.of("POLYPROC_ADDRESS", "\n", "XDG_RUNTIME_DIR", "relative/folder");

    assertThat(Address.defaultOf(environment::get).toString())
        .startsWith("unix:" + System.getProperty("java.io.tmpdir") + "/polyproc-");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\n", "two words", "two\nlines", "ü"})
  void shouldRefuseATokenThatNoCallCanCarryAndNotRepeatIt(String token) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Polyproc.builder().token(token))
        .withMessageStartingWith("Expected a token of one line of ASCII without spaces in ")
        .satisfies(
            e -> {
              if (!token.isBlank()) {
                assertThat(e).hasMessageNotContaining(token);
              }
            });
  }
}
