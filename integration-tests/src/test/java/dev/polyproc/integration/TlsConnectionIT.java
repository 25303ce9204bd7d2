package dev.polyproc.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import dev.polyproc.client.PolyQueue;
import dev.polyproc.client.Polyproc;
import dev.polyproc.client.PolyprocBuilder;
import dev.polyproc.client.SessionLostException;
import dev.polyproc.integration.Certificates.Identity;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.QueueServiceGrpc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How long what was agreed on in a handshake holds. */
@Timeout(240)
final class TlsConnectionIT {
  private static final Certificates CERTIFICATES = Certificates.shared();

  /** Until a certificate expires; longer where the machine is too slow to use it by then. */
  private static final int[] LIFETIMES = {4, 12, 36, 108};

  @RegisterExtension
  static final SharedDaemon daemon =
      SharedDaemon.with(CERTIFICATES.flags(CERTIFICATES.identity("server")));

  @RegisterExtension final OwnDaemons daemons = new OwnDaemons();
  @TempDir Path folder;

  private static int port() {
    return daemon.get().listenPort();
  }

  private static RawTls raw(String version, int port, Identity own) {
    return new RawTls(version, port, CERTIFICATES.ca(), own);
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void shouldAskForTheCertificateInEveryHandshake(String version) throws IOException {
    RawTls client = raw(version, port(), CERTIFICATES.identity("client"));

    long first = client.session();
    long second = client.session();

    assertThat(second).as("a session of its own").isGreaterThan(first);
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void shouldRefuseAnExpiredCertificateAlsoFromOneWhoWasServedBefore(String version) {
    RawTls client =
        beforeItExpires(
            own -> {
              RawTls early = raw(version, port(), own);
              return catchThrowable(() -> early.connect().close()) == null ? early : null;
            });

    await()
        .atMost(Duration.ofMinutes(3))
        .untilAsserted(
            () -> assertThatExceptionOfType(IOException.class).isThrownBy(client::connect));
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void shouldRefuseACertificateOfACaThatWasTakenOut(String version) throws Exception {
    Path authorities = Files.copy(CERTIFICATES.ca(), folder.resolve("ca.pem"));
    Identity server = CERTIFICATES.identity("server");
    DaemonProcess own =
        daemons.start(
            Launch.inPrivateFolder()
                .flags("--listen", "127.0.0.1:0", "--tls-client-ca", authorities.toString())
                .flags("--tls-certificate", server.certificate().toString())
                .flags("--tls-key", server.key().toString()));
    RawTls client = raw(version, own.listenPort(), CERTIFICATES.identity("client"));
    long before = client.session();

    Files.copy(CERTIFICATES.strangeCa(), authorities, StandardCopyOption.REPLACE_EXISTING);
    await().until(() -> own.log().contains("New connections are served with what"));

    // Asked for one of another CA, it shows none: what it agreed on before does not count.
    assertThat(client.session()).isGreaterThan(before);
    try (Client certified =
        Client.overTls(own.listenPort(), CERTIFICATES.ca(), CERTIFICATES.identity("client"))) {
      assertThat(Refusal.reasonOf(() -> certified.queues().create(Requests.createQueue("q"))))
          .isEqualTo(ErrorReason.ERROR_REASON_UNAUTHENTICATED);
    }
  }

  @Test
  void shouldServeAConnectionOnlyWhileItsCertificateIsValid() {
    Client client =
        beforeItExpires(
            own -> {
              Client early = Client.overTls(port(), CERTIFICATES.ca(), own);
              if (catchThrowable(() -> early.queues().create(Requests.createQueue("valid")))
                  == null) {
                return early;
              }
              early.close();
              return null;
            });
    try (client) {
      await()
          .atMost(Duration.ofMinutes(3))
          .untilAsserted(
              () -> {
                Refusal refusal = Refusal.of(() -> client.queues().size(Requests.size("valid")));
                assertThat(refusal.reason()).isEqualTo(ErrorReason.ERROR_REASON_UNAUTHENTICATED);
                assertThat(refusal.sentence())
                    .contains(
                        "Expected a client certificate that is valid now, but that of this"
                            + " connection is so no more since 20")
                    .contains("; connect again with another one");
              });
      try (Client with =
          client.with(Envelope.none().with("authorization", "Bearer " + daemon.get().token()))) {
        assertThat(with.queues().size(Requests.size("valid")).getSize()).isZero();
      }
    }
  }

  @Test
  void shouldEndAStreamWhoseCertificateExpires() {
    record Streams(Client client, Attachment attachment) {}
    Streams early =
        beforeItExpires(
            own -> {
              Client client = Client.overTls(port(), CERTIFICATES.ca(), own);
              Throwable late =
                  catchThrowable(
                      () -> {
                        client.queues().create(Requests.createQueue("stream"));
                        client.attach(client.openSession(), 1).awaitAttached();
                      });
              if (late == null) {
                return new Streams(client, client.attach(client.openSession(), 1).awaitAttached());
              }
              client.close();
              return null;
            });
    try (Client client = early.client()) {
      await()
          .atMost(Duration.ofMinutes(3))
          .until(() -> catchThrowable(() -> client.queues().size(Requests.size("stream"))) != null);

      var unused =
          early.attachment().send(1, QueueServiceGrpc.getPutMethod(), Requests.put("stream", 1));

      Refusal refusal = early.attachment().awaitRefusal();
      assertThat(refusal.reason()).isEqualTo(ErrorReason.ERROR_REASON_UNAUTHENTICATED);
      assertThat(refusal.sentence()).contains("valid now");
      try (Client other = daemon.client()) {
        assertThat(other.queues().size(Requests.size("stream")).getSize()).isZero();
      }
    }
  }

  @Test
  void shouldGoOnWithARenewedCertificateWhenTheOldOneExpires() {
    record Two(Polyproc polyproc, Client twin) {}
    Identity files = new Identity(folder.resolve("own.pem"), folder.resolve("own.key"));
    List<SessionLostException> lost = new CopyOnWriteArrayList<>();
    PolyprocBuilder builder =
        Polyproc.builder()
            .address("tls://localhost:" + port())
            .tlsCa(CERTIFICATES.ca())
            .tlsCertificate(files.certificate(), files.key())
            .timeToLive(Duration.ofMinutes(2))
            .onSessionLost(lost::add);
    Two early =
        beforeItExpires(
            own -> {
              files.become(own);
              Client twin = Client.overTls(port(), CERTIFICATES.ca(), own);
              try {
                twin.queues().create(Requests.createQueue("renewal"));
                return new Two(builder.connect(), twin);
              } catch (RuntimeException late) {
                twin.close();
                return null;
              }
            });
    try (Polyproc polyproc = early.polyproc();
        Client twin = early.twin()) {
      PolyQueue<String> queue = polyproc.queue("renewal", String.class);
      files.become(CERTIFICATES.identity("client"));
      await()
          .atMost(Duration.ofMinutes(3))
          .until(() -> catchThrowable(() -> twin.queues().size(Requests.size("renewal"))) != null);

      queue.add("with the new one");

      assertThat(queue).containsExactly("with the new one");
      assertThat(lost).isEmpty();
    }
  }

  @Test
  void shouldRefuseToAgreeAnewOnAConnectionThatThereIs() throws IOException {
    try (SSLSocket socket = raw("TLSv1.2", port(), CERTIFICATES.identity("client")).connect()) {
      assertThatExceptionOfType(SSLException.class)
          .isThrownBy(
              () -> {
                socket.startHandshake();
                while (socket.getInputStream().read() >= 0) {}
              })
          .withMessageContaining("handshake_failure");
    }
  }

  /** Uses certificates that live longer and longer, until one could be used before it expired. */
  private static <T> T beforeItExpires(Function<Identity, T> use) {
    for (int seconds : LIFETIMES) {
      T used = use.apply(CERTIFICATES.expiring(seconds));
      if (used != null) {
        return used;
      }
    }
    throw new AssertionError("Expected to connect before a certificate expired");
  }
}
