package dev.polyproc.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.google.rpc.Code;
import dev.polyproc.client.Polyproc;
import dev.polyproc.client.PolyprocBuilder;
import dev.polyproc.client.PolyprocException;
import dev.polyproc.integration.Certificates.Identity;
import dev.polyproc.integration.Launch.Outcome;
import dev.polyproc.v1.ErrorReason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every way in which TLS can fail: a sentence says which one it was. */
final class TlsRefusalIT {
  private static final Certificates CERTIFICATES = Certificates.shared();

  @RegisterExtension
  static final SharedDaemon daemon =
      SharedDaemon.with(CERTIFICATES.flags(CERTIFICATES.identity("server")));

  @RegisterExtension final OwnDaemons daemons = new OwnDaemons();
  @TempDir Path folder;

  private static String address() {
    return "tls://localhost:" + daemon.get().listenPort();
  }

  /** A client that is right. */
  private static PolyprocBuilder client() {
    return client(daemon.get());
  }

  private static PolyprocBuilder client(DaemonProcess daemon) {
    return Polyproc.builder()
        .address("tls://localhost:" + daemon.listenPort())
        .tlsCa(CERTIFICATES.ca())
        .token(daemon.token());
  }

  private static PolyprocException failure(PolyprocBuilder client) {
    Throwable thrown = catchThrowable(() -> client.connect().close());
    assertThat(thrown).isInstanceOf(PolyprocException.class);
    return (PolyprocException) thrown;
  }

  /** Why a client could not connect. */
  static String sentence(PolyprocBuilder client) {
    String sentence = String.valueOf(failure(client).getMessage());
    assertThat(sentence).matches("Expected .+, but .+").hasLineCount(1);
    return sentence;
  }

  @Test
  void shouldNameACertificateOfAnotherCa() {
    assertThat(sentence(client().tlsCa(CERTIFICATES.strangeCa())))
        .isEqualTo(
            "Expected the certificate of the daemon at "
                + address()
                + " to be of a CA that this client trusts, but it is of another; set"
                + " POLYPROC_TLS_CA to the CA's");
    assertThat(sentence(Polyproc.builder().address(address()).token(daemon.get().token())))
        .as("with what the JDK trusts")
        .contains("of a CA that this client trusts, but it is of another");
  }

  @Test
  void shouldNameACertificateThatHasExpired() {
    DaemonProcess own =
        daemons.start(
            Launch.inPrivateFolder().flags(CERTIFICATES.flags(CERTIFICATES.identity("expired"))));

    assertThat(sentence(client(own))).contains("to be one that is valid now, but it has expired");
    assertThat(own.log().lines())
        .hasSize(1)
        .allMatch(line -> line.contains("Expected a certificate that is valid now in "));
  }

  @Test
  void shouldNameACertificateForAnotherHost() {
    DaemonProcess own =
        daemons.start(
            Launch.inPrivateFolder().flags(CERTIFICATES.flags(CERTIFICATES.identity("elsewhere"))));

    assertThat(sentence(client(own))).contains("to be for localhost, but it is for another host");
    assertThat(sentence(client(own).address("tls://127.0.0.1:" + own.listenPort())))
        .contains("to be for 127.0.0.1, but it is for another host");
  }

  @Test
  void shouldNameAPortWithoutTls() {
    String plain = "tls://localhost:" + daemon.get().port();

    assertThat(sentence(client().address(plain)))
        .isEqualTo("Expected TLS at " + plain + ", but what listens there does not speak it");
  }

  @Test
  void shouldNameAPortWithTls() {
    String port = "localhost:" + daemon.get().listenPort();

    assertThat(sentence(Polyproc.builder().address(port).token(daemon.get().token())))
        .isEqualTo(
            "Expected a daemon at %s, but it ended the connection without a word; where it speaks"
                    .formatted(port)
                + " TLS, write tls://"
                + port);
  }

  @Test
  void shouldAskForTheToken() {
    PolyprocException wrong = failure(client().token("wrong"));
    assertThat(wrong)
        .hasMessageStartingWith("Expected the daemon's token, but the call shows another one");
    assertThat(wrong.reason()).isEqualTo(ErrorReason.ERROR_REASON_UNAUTHENTICATED);

    PolyprocException none =
        failure(Polyproc.builder().address(address()).tlsCa(CERTIFICATES.ca()));
    assertThat(none)
        .hasMessageStartingWith("Expected a token for the daemon at " + address())
        .hasMessageContaining("POLYPROC_TLS_CERTIFICATE");
    assertThat(none.code()).isEqualTo(Code.UNAUTHENTICATED);
  }

  /** A client keeps to itself what the daemon does not ask for; then the token must do. */
  @Test
  void shouldNameAClientCertificateOfAnotherCa() {
    Identity own = CERTIFICATES.identity("strange-client");
    PolyprocBuilder certified =
        Polyproc.builder()
            .address(address())
            .tlsCa(CERTIFICATES.ca())
            .tlsCertificate(own.certificate(), own.key());

    assertThat(sentence(certified))
        .isEqualTo(
            "Expected a token for the daemon at %s, or a certificate that it takes, but there is no"
                    .formatted(address())
                + " token, and the one in %s is not of its client CA".formatted(own.certificate()));
    certified.token(daemon.get().token()).connect().close();
  }

  @Test
  void shouldNameAClientCertificateThatTheDaemonRefuses() {
    Identity own = CERTIFICATES.identity("expired-client");

    String sentence = sentence(client().tlsCertificate(own.certificate(), own.key()));

    assertThat(sentence).startsWith(refused(own.certificate(), own.key()));
  }

  @Test
  void shouldNameAClientKeyOfAnotherCertificate() {
    Path certificate = CERTIFICATES.identity("client").certificate();
    Path key = CERTIFICATES.identity("strange-client").key();

    assertThat(sentence(client().tlsCertificate(certificate, key)))
        .startsWith(refused(certificate, key));
  }

  private String refused(Path certificate, Path key) {
    return "Expected the daemon at %s to take the certificate in %s with the key in %s, but it"
            .formatted(address(), certificate, key)
        + " refused them (";
  }

  /** The token opens the door, whatever stands in a certificate that nobody looks at. */
  @Test
  void shouldIgnoreClientCertificatesWithoutAClientCa() {
    Identity server = CERTIFICATES.identity("server");
    Identity strange = CERTIFICATES.identity("strange-client");
    DaemonProcess own =
        daemons.start(
            Launch.inPrivateFolder()
                .flags(
                    "--listen",
                    "127.0.0.1:0",
                    "--tls-certificate",
                    server.certificate().toString(),
                    "--tls-key",
                    server.key().toString()));
    client(own).tlsCertificate(strange.certificate(), strange.key()).connect().close();

    assertThat(
            sentence(
                Polyproc.builder()
                    .address("tls://localhost:" + own.listenPort())
                    .tlsCa(CERTIFICATES.ca())
                    .tlsCertificate(strange.certificate(), strange.key())))
        .contains("Expected a token for the daemon", "is not of its client CA");
  }

  @Test
  void shouldNameFilesThatTheClientCannotUse() throws IOException {
    Path none = folder.resolve("none");
    Path nonsense = Files.writeString(folder.resolve("nonsense"), "nonsense");
    Identity own = CERTIFICATES.identity("client");
    List<PolyprocBuilder> clients =
        List.of(
            client().tlsCa(none),
            client().tlsCa(folder),
            client().tlsCa(nonsense),
            client().tlsCertificate(none, own.key()),
            client().tlsCertificate(own.certificate(), none),
            client().tlsCertificate(nonsense, own.key()),
            client().tlsCertificate(own.certificate(), nonsense),
            client().address("localhost:" + daemon.get().port()));

    for (PolyprocBuilder client : clients) {
      assertThat(catchThrowable(client::connect))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageMatching("Expected .+, but .+");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--listen 0.0.0.0:0 | --tls-certificate and --tls-key for --listen beyond loopback",
        "--listen [::]:0 | --tls-certificate and --tls-key for --listen beyond loopback",
        "--listen :7000 | a --listen such as 0.0.0.0:7462 or [::]:7462, but it is ':7000'",
        "--listen localhost | a --listen such as",
        "--listen localhost:65536 | a --listen such as",
        "--listen ::1:7000 | a --listen such as",
        "--listen no.such.host.invalid:0 | a host of this machine",
        "--listen localhost:0 --tls-key KEY | --tls-certificate with --tls-key",
        "--listen localhost:0 --tls-certificate CERT | --tls-key with --tls-certificate",
        "--listen localhost:0 --tls-client-ca CERT | --tls-certificate with --tls-client-ca",
        "--tls-certificate CERT --tls-key KEY | --listen with --tls-certificate",
        "--listen localhost:0 --tls-certificate NONE --tls-key KEY | a file in PEM at NONE",
        "--listen localhost:0 --tls-certificate KEY --tls-key KEY | a certificate in PEM in KEY",
        "--listen localhost:0 --tls-certificate CERT --tls-key CERT | BEGIN PRIVATE KEY",
        "--listen localhost:0 --tls-certificate CERT --tls-key OTHER | OTHER holds another one",
        "--listen localhost:0 --tls-certificate CERT --tls-key KEY --tls-client-ca KEY"
            + " | a certificate in PEM in KEY",
        "--listen 192.0.2.1:0 --tls-certificate CERT --tls-key KEY | choose another --listen",
      })
  void shouldRefuseToStart(String flags, String part) {
    Outcome outcome = Launch.in(folder).flags(files(flags).split(" ")).run();

    assertThat(outcome.exit()).isIn(1, 2);
    assertThat(outcome.errors()).matches("polyprocd: Expected .+, but .+\n").contains(files(part));
    assertThat(outcome.output()).isEmpty();
  }

  private String files(String text) {
    Identity server = CERTIFICATES.identity("server");
    return text.replace("CERT", server.certificate().toString())
        .replace("OTHER", CERTIFICATES.identity("client").key().toString())
        .replace("NONE", folder.resolve("none").toString())
        .replaceAll("(?<=^|[ -])KEY(?= |$)", server.key().toString())
        .replace("PRIVATE " + server.key(), "PRIVATE KEY");
  }
}
