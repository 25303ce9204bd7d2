package dev.polyproc.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.polyproc.client.Delivery;
import dev.polyproc.client.Hold;
import dev.polyproc.client.PolyQueue;
import dev.polyproc.client.Polyproc;
import dev.polyproc.client.PolyprocBuilder;
import dev.polyproc.integration.Certificates.Identity;
import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The Java client and a daemon that listens for other machines. */
final class TlsIT {
  private static final Certificates CERTIFICATES = Certificates.shared();

  @RegisterExtension
  static final SharedDaemon daemon =
      SharedDaemon.with(CERTIFICATES.flags(CERTIFICATES.identity("server")));

  @RegisterExtension final OwnDaemons daemons = new OwnDaemons();
  @TempDir Path folder;

  private static String address() {
    return "tls://localhost:" + daemon.get().listenPort();
  }

  private static PolyprocBuilder client() {
    return Polyproc.builder()
        .address(address())
        .tlsCa(CERTIFICATES.ca())
        .token(daemon.get().token());
  }

  @Test
  void shouldSayWhereItListens() {
    assertThat(daemon.get().readyLine())
        .isEqualTo(
            "polyprocd ready on unix:%s, localhost:%d and tls://127.0.0.1:%d (token in %s)\n"
                .formatted(
                    daemon.get().socket(),
                    daemon.get().port(),
                    daemon.get().listenPort(),
                    daemon.get().tokenFile()));
  }

  @Test
  void shouldServeClientsWithTheToken() throws Exception {
    try (Polyproc near = Polyproc.connect("unix:" + daemon.get().socket());
        Polyproc far = client().connect()) {
      PolyQueue<String> jobs = near.queue("jobs", String.class);
      jobs.put("first");
      try (Delivery<String> job = far.queue("jobs", String.class).reserve()) {
        assertThat(job.item()).isEqualTo("first");
        job.acknowledge();
      }
      CompletableFuture<String> waiting = far.queue("jobs", String.class).takeAsync();
      await().until(() -> jobs.status().getWaitingGets() == 1);
      jobs.put("second");

      assertThat(Later.get(waiting)).isEqualTo("second");
      assertThat(jobs.size()).isZero();
    }
  }

  @Test
  void shouldServeClientsWithACertificateOfTheClientCaAndNoToken() throws Exception {
    Identity own = CERTIFICATES.identity("client");
    try (Polyproc polyproc =
        Polyproc.builder()
            .address(address())
            .tlsCa(CERTIFICATES.ca())
            .tlsCertificate(own.certificate(), own.key())
            .connect()) {
      polyproc.queue("certified", String.class).put("hello");

      assertThat(polyproc.queue("certified", String.class).take()).isEqualTo("hello");
    }
  }

  @Test
  void shouldHandALockOverWhenItsHolderIsKilled() throws Exception {
    Identity own = CERTIFICATES.identity("client");
    ProcessBuilder holder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            HolderMain.class.getName(),
            "deploy");
    holder.environment().put("POLYPROC_ADDRESS", address());
    holder.environment().put("POLYPROC_TLS_CA", CERTIFICATES.ca().toString());
    holder.environment().put("POLYPROC_TLS_CERTIFICATE", own.certificate().toString());
    holder.environment().put("POLYPROC_TLS_KEY", own.key().toString());
    Process process = holder.redirectErrorStream(true).start();
    try (Polyproc polyproc = client().connect();
        BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      assertThat(lines.readLine()).isEqualTo("held");
      CompletableFuture<Hold> next = polyproc.lock("deploy").acquireAsync();
      assertThat(next).isNotDone();

      process.destroyForcibly();

      try (Hold hold = Later.get(next)) {
        assertThat(hold.previousOwnerDied()).isTrue();
      }
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void shouldConnectAgainAndCountACallOnceWhenItsReplyIsLost() throws Exception {
    try (CuttingProxy network = new CuttingProxy(daemon.get().listenPort());
        Polyproc polyproc = client().address("tls://localhost:" + network.port()).connect();
        Client near = daemon.client()) {
      PolyQueue<String> queue = polyproc.queue("once", String.class);
      network.loseReplies();
      CompletableFuture<Void> put = queue.putAsync("once");
      await().until(() -> near.queues().size(Requests.size("once")).getSize() == 1);

      network.cut();

      Later.get(put);
      assertThat(queue.toArray()).containsExactly("once");
    }
  }

  @Test
  void shouldTellItsProcessesTheUnixSocket() throws Exception {
    try (Polyproc polyproc = client().connect()) {
      var process =
          polyproc
              .command(
                  "sh",
                  "-c",
                  "test \"$POLYPROC_ADDRESS\" = \"$0\"",
                  "unix:" + daemon.get().socket())
              .start();

      assertThat(process.waitFor().code()).hasValue(0);
    }
  }

  @Test
  void shouldTakeItsOptionsFromAConfigFile() throws Exception {
    Identity server = CERTIFICATES.identity("server");
    Path config =
        Files.writeString(
            folder.resolve("polyprocd.properties"),
            "listen=[::1]:0\ntls-certificate=%s\ntls-key=%s\n"
                .formatted(server.certificate(), server.key()));

    DaemonProcess own =
        daemons.start(Launch.inPrivateFolder().flags("--config", config.toString()));

    assertThat(own.readyLine()).contains(" and tls://[::1]:" + own.listenPort() + " (token");
    Polyproc.builder()
        .address("tls://[::1]:" + own.listenPort())
        .tlsCa(CERTIFICATES.ca())
        .token(own.token())
        .connect()
        .close();
  }

  @Test
  void shouldTakeNewFilesWithoutARestartAndKeepWhatIsConnected() throws Exception {
    Identity files = copyOf(CERTIFICATES.identity("elsewhere"));
    DaemonProcess own = daemons.start(Launch.inPrivateFolder().flags(CERTIFICATES.flags(files)));
    String there = "tls://localhost:" + own.listenPort();
    PolyprocBuilder client =
        Polyproc.builder().address(there).tlsCa(CERTIFICATES.ca()).token(own.token());
    assertThat(TlsRefusalIT.sentence(client)).contains("it is for another host");

    files.become(CERTIFICATES.identity("renewed"));

    try (Polyproc polyproc = await().ignoreExceptions().until(client::connect, any -> true)) {
      files.become(CERTIFICATES.identity("elsewhere"));
      await().until(() -> own.log().lines().count() == 2);
      polyproc.queue("jobs", String.class).put("over the connection that there is");
      assertThat(TlsRefusalIT.sentence(client)).contains("it is for another host");
    }
    assertThat(own.log().lines()).allMatch(line -> line.contains("New connections are served"));
  }

  @Test
  void shouldKeepTheOldCertificateAndSaySoOnceWhenTheNewFilesAreBroken() throws Exception {
    Identity files = copyOf(CERTIFICATES.identity("server"));
    DaemonProcess own = daemons.start(Launch.inPrivateFolder().flags(CERTIFICATES.flags(files)));
    PolyprocBuilder client =
        Polyproc.builder()
            .address("tls://localhost:" + own.listenPort())
            .tlsCa(CERTIFICATES.ca())
            .token(own.token());
    Files.writeString(files.certificate(), "-----BEGIN CERTIFICATE-----\nnonsense\n");
    awaitLastLine(own, 1, "holds none that can be read; connections are served as before");
    client.connect().close();

    files.become(new Identity(CERTIFICATES.identity("client").certificate(), files.key()));
    awaitLastLine(own, 2, "holds another one; connections are served as before");
    client.connect().close();

    files.become(CERTIFICATES.identity("expired"));
    awaitLastLine(own, 3, "Expected a certificate that is valid now in " + files.certificate());
    client.connect().close();

    Files.delete(files.key());
    awaitLastLine(own, 4, "Expected a file in PEM at " + files.key() + ", but there is none");
    client.connect().close();

    files.become(CERTIFICATES.identity("server"));
    files.become(CERTIFICATES.identity("renewed"));
    awaitLastLine(own, 5, "New connections are served with what");
    client.connect().close();
  }

  @Test
  void shouldConnectAgainWithWhatTheClientsFilesHoldByThen() throws Exception {
    Identity files = copyOf(CERTIFICATES.identity("server"));
    DaemonProcess own = daemons.start(Launch.inPrivateFolder().flags(CERTIFICATES.flags(files)));
    Path ca = Files.copy(CERTIFICATES.ca(), folder.resolve("ca.pem"));
    try (CuttingProxy network = new CuttingProxy(own.listenPort());
        Polyproc polyproc =
            Polyproc.builder()
                .address("tls://localhost:" + network.port())
                .tlsCa(ca)
                .token(own.token())
                .connect()) {
      PolyQueue<String> queue = polyproc.queue("renewed", String.class);
      Files.writeString(ca, "half a certi");
      network.cut();
      queue.put("while the file is written");

      files.become(CERTIFICATES.identity("moved"));
      Files.copy(CERTIFICATES.strangeCa(), ca, StandardCopyOption.REPLACE_EXISTING);
      awaitLastLine(own, 1, "New connections are served with what");
      network.cut();
      queue.put("under another CA");

      assertThat(queue).containsExactly("while the file is written", "under another CA");
    }
  }

  @Test
  void shouldTryAgainWhenItsCertificateIsRefused() throws Exception {
    Identity own = copyOf(CERTIFICATES.identity("client"));
    try (CuttingProxy network = new CuttingProxy(daemon.get().listenPort());
        Polyproc polyproc =
            Polyproc.builder()
                .address("tls://localhost:" + network.port())
                .tlsCa(CERTIFICATES.ca())
                .tlsCertificate(own.certificate(), own.key())
                .connect()) {
      PolyQueue<String> queue = polyproc.queue("refused", String.class);
      own.become(CERTIFICATES.identity("strange-client"));
      int before = network.connections();
      network.cut();
      CompletableFuture<Void> put = queue.putAsync("by a client that is known again");
      await().until(() -> network.connections() >= before + 2);

      own.become(CERTIFICATES.identity("client"));

      Later.get(put);
      assertThat(queue).containsExactly("by a client that is known again");
    }
  }

  private static void awaitLastLine(DaemonProcess daemon, int lines, String end) {
    await()
        .untilAsserted(
            () -> assertThat(daemon.log().lines()).hasSize(lines).last().asString().contains(end));
  }

  private Identity copyOf(Identity other) {
    Identity copy = new Identity(folder.resolve("tls.pem"), folder.resolve("tls.key"));
    copy.become(other);
    return copy;
  }
}
