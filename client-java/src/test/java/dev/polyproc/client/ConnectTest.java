package dev.polyproc.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.rpc.Code;
import dev.polyproc.client.internal.session.OwnProcess;
import dev.polyproc.testing.CuttableProxy;
import dev.polyproc.testing.DaemonProcess;
import dev.polyproc.v1.ErrorReason;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class ConnectTest {
  @RegisterExtension static final DaemonProcess DAEMON = new DaemonProcess();
  @TempDir Path folder;

  @Test
  void shouldNameTheProxyThatWasAsked() throws Exception {
    ProxySelector before = ProxySelector.getDefault();
    int closed;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      closed = socket.getLocalPort();
    }
    Proxy proxy = new Proxy(Proxy.Type.HTTP, new InetSocketAddress("127.0.0.1", closed));
    ProxySelector.setDefault(
        new ProxySelector() {
          @Override
          public List<Proxy> select(URI uri) {
            return "behind.invalid".equals(uri.getHost()) ? List.of(proxy) : before.select(uri);
          }

          @Override
          public void connectFailed(URI uri, SocketAddress address, IOException failure) {}
        });
    try {
      assertThatExceptionOfType(PolyprocException.class)
          .isThrownBy(() -> Polyproc.builder().address("behind.invalid:7461").token("x").connect())
          .withMessageStartingWith(
              "Expected a daemon at behind.invalid:7461, but this JVM asks the proxy 127.0.0.1:"
                  + closed
                  + " for it (https.proxyHost, or its ProxySelector), and that way is closed: ")
          .withMessageEndingWith("name the host: -Dhttp.nonProxyHosts=behind.invalid");
    } finally {
      ProxySelector.setDefault(before);
    }
  }

  @Test
  void shouldFindDaemonAndTokenInEnvironment() throws Exception {
    Path file = Files.writeString(folder.resolve("token"), DAEMON.token());
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    Map<String, String> environment =
        Map.of(
            "POLYPROC_ADDRESS",
            "127.0.0.1:" + DAEMON.port(),
            "POLYPROC_TOKEN_FILE",
            file.toString());
    try (Polyproc polyproc =
        new PolyprocBuilder(environment::get)
            .clientName("worker 7")
            .timeToLive(Duration.ofMinutes(1))
            .connect()) {
      assertThat(polyproc.server().getPid()).isEqualTo(DAEMON.pid());
      assertThat(polyproc.incompatibility()).isEmpty();
      assertThat(polyproc.limits().getWindowCalls()).isPositive();
      assertThat(polyproc.requestor().session().opened().getTimeToLive().getSeconds())
          .isEqualTo(60);
    }
  }

  @Test
  void shouldSayWhatToDoWhenNothingListens() throws Exception {
    Path socket = folder.resolve("none.sock");
    assertThatExceptionOfType(PolyprocException.class)
        .isThrownBy(() -> Polyproc.connect("unix:" + socket))
        .withMessage(
            "Expected a daemon at unix:"
                + socket
                + ", but nothing listens there; start one with scripts/polyprocd")
        .satisfies(e -> assertThat(e.code()).isEqualTo(Code.UNAVAILABLE));
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    assertThatExceptionOfType(PolyprocException.class)
        .isThrownBy(() -> Polyproc.builder().address("127.0.0.1:" + port).token("t").connect())
        .withMessageEndingWith("nothing listens there; start one with scripts/polyprocd");
    assertThatExceptionOfType(PolyprocException.class)
        .isThrownBy(() -> Polyproc.builder().address("tls://127.0.0.1:" + port).connect())
        .withMessageEndingWith(
            "nothing listens there; start one there with scripts/polyprocd --listen");
  }

  /** The secret of a process that a daemon started: the next session of the process shows it. */
  @Test
  void shouldKeepTheProcessCredentialOfAnOpeningThatFailed() {
    PolyprocBuilder builder = Polyproc.builder().address(DAEMON.address());
    OwnProcess.returnCredential("a secret");

    assertThat(Failure.reasonOf(() -> builder.clientName("x".repeat(1_000)).connect()))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    assertThat(Failure.reasonOf(() -> Polyproc.connect("unix:" + folder.resolve("none.sock"))))
        .isEqualTo(ErrorReason.ERROR_REASON_UNSPECIFIED);

    assertThat(OwnProcess.takeCredential()).isEqualTo("a secret");
  }

  @Test
  void shouldSayThatHostIsUnknown() {
    assertThatExceptionOfType(PolyprocException.class)
        .isThrownBy(() -> Polyproc.builder().address("nowhere.invalid:1").token("t").connect())
        .withMessage("Expected a daemon at nowhere.invalid:1, but no host of that name is known");
  }

  @Test
  void shouldSayThatTokenIsMissingOrWrong() {
    PolyprocBuilder builder =
        new PolyprocBuilder(Map.of("XDG_RUNTIME_DIR", folder.toString())::get)
            .address("127.0.0.1:" + DAEMON.port());
    assertThatExceptionOfType(PolyprocException.class)
        .isThrownBy(builder::connect)
        .withMessageContaining("but there is none; set POLYPROC_TOKEN, or POLYPROC_TOKEN_FILE")
        .satisfies(e -> assertThat(e.reason()).isEqualTo(ErrorReason.ERROR_REASON_UNAUTHENTICATED));
    assertThat(Failure.reasonOf(() -> builder.token("wrong").connect()))
        .isEqualTo(ErrorReason.ERROR_REASON_UNAUTHENTICATED);
  }

  @Test
  void shouldSayThatSomethingElseListens() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Thread thread =
          new Thread(
              () -> {
                try {
                  server.accept().getOutputStream().write("220 mail ready\r\n".getBytes("UTF-8"));
                } catch (java.io.IOException e) {
                  // The test is over.
                }
              });
      thread.start();
      assertThatExceptionOfType(PolyprocException.class)
          .isThrownBy(
              () -> Polyproc.builder().address("127.0.0.1:" + server.getLocalPort()).connect())
          .withMessageStartingWith("Expected a daemon at 127.0.0.1:");
    }
  }

  @Test
  void shouldGoOnTryingWhenTheConnectionIsCutWhileItOpens() throws Exception {
    try (CuttableProxy network = new CuttableProxy(DAEMON.port())) {
      network.refuse(true);
      CompletableFuture<Polyproc> connecting =
          CompletableFuture.supplyAsync(
              () -> Polyproc.builder().address(network.address()).token(DAEMON.token()).connect());
      Await.until(() -> network.refused() >= 2);

      network.refuse(false);

      try (Polyproc connected = connecting.get(20, TimeUnit.SECONDS)) {
        assertThat(connected.session()).isPositive();
      }
    }
  }

  @Test
  void shouldSayThatTheConnectionBreaksThroughTls() throws Exception {
    try (CuttableProxy network = new CuttableProxy(DAEMON.port())) {
      network.refuse(true);
      assertThatExceptionOfType(PolyprocException.class)
          .isThrownBy(() -> Polyproc.builder().address("tls://" + network.address()).connect())
          .withMessage(
              "Expected a daemon at tls://%s, but the connection broke before it answered, again"
                  + " and again",
              network.address());
      assertThat(network.refused()).as("attempts").isGreaterThan(2);
    }
  }

  @Test
  void shouldStopConnectingWhenInterrupted() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      CompletableFuture<Boolean> stillInterrupted = new CompletableFuture<>();
      CompletableFuture<Throwable> thrown = new CompletableFuture<>();
      Thread connecting =
          new Thread(
              () -> {
                try {
                  Polyproc.builder().address("127.0.0.1:" + silent.getLocalPort()).connect();
                } catch (Throwable e) {
                  thrown.complete(e);
                  stillInterrupted.complete(Thread.interrupted());
                }
              });
      connecting.start();
      silent.accept();

      connecting.interrupt();

      assertThat(thrown.get(5, TimeUnit.SECONDS))
          .hasMessage("Expected to connect, but was interrupted");
      assertThat(stillInterrupted.get(5, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void shouldSayThatTimeToLiveIsTooShort() {
    PolyprocBuilder builder =
        Polyproc.builder().address(DAEMON.address()).timeToLive(Duration.ofMillis(1));
    assertThat(Failure.reasonOf(builder::connect))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_DURATION);
  }

  @Test
  void shouldLeaveNoThreadBehind() {
    for (int i = 0; i < 3; i++) {
      Polyproc polyproc = Polyproc.connect(DAEMON.address());
      polyproc.queue("jobs");
      polyproc.close();
      polyproc.close();
    }
    Await.until(() -> threads() == 0);
  }

  @Test
  void shouldTellWaitingCallersThatClientWasClosed() throws Exception {
    Polyproc polyproc = Polyproc.connect(DAEMON.address());
    PolyQueue<String> queue = polyproc.queue("empty", String.class);
    CompletableFuture<String> waiting = queue.takeAsync();
    BlockingQueue<Throwable> thrown = new LinkedBlockingQueue<>();
    for (int i = 0; i < 10; i++) {
      new Thread(
              () -> {
                try {
                  queue.take();
                } catch (Exception e) {
                  thrown.add(e);
                }
              })
          .start();
    }
    Await.until(() -> queue.status().getWaitingGets() == 11);

    CompletableFuture<Integer> answered =
        polyproc.queue("other", String.class).putAsync("x").thenApply(nothing -> 1);
    polyproc.close();

    assertThat(answered).isCompletedWithValue(1);
    assertThat(Failure.of(waiting))
        .hasMessage("Expected the client to stay open until the call was done, but it was closed");
    for (int i = 0; i < 10; i++) {
      assertThat(thrown.poll(5, TimeUnit.SECONDS)).isInstanceOf(PolyprocException.class);
    }
    assertThat(Failure.reasonOf(queue::size)).isEqualTo(ErrorReason.ERROR_REASON_SESSION_ENDED);
    try (Polyproc other = Polyproc.connect(DAEMON.address())) {
      PolyQueue<String> same = other.queue("empty", String.class);
      assertThat(same.status().getWaitingGets()).isZero();
      same.put("not taken");
      assertThat(same.size()).isEqualTo(1);
    }
  }

  @Test
  void shouldCloseFromItsOwnEventLoop() throws Exception {
    Polyproc polyproc = Polyproc.connect(DAEMON.address());
    CompletableFuture<Void> closed = polyproc.queue("jobs").putAsync("x").thenRun(polyproc::close);
    closed.get(5, TimeUnit.SECONDS);
    Await.until(() -> threads() == 0);
  }

  @Test
  void shouldLoseSessionWhenDaemonIsRestarted() throws Exception {
    BlockingQueue<SessionLostException> lost = new LinkedBlockingQueue<>();
    try (DaemonProcess daemon = new DaemonProcess().start()) {
      Polyproc polyproc =
          Polyproc.builder().address(daemon.address()).onSessionLost(lost::add).connect();
      CompletableFuture<String> waiting = polyproc.queue("jobs", String.class).takeAsync();
      polyproc.queue("jobs").status();

      daemon.kill();
      daemon.start();

      assertThat(Failure.reasonOf(waiting)).isEqualTo(ErrorReason.ERROR_REASON_SESSION_NOT_FOUND);
      assertThat(lost.poll(5, TimeUnit.SECONDS)).isNotNull();
      polyproc.close();
    }
  }

  @Test
  void shouldOutliveDaemonThatIsStoppedForAWhile() throws Exception {
    try (DaemonProcess daemon = new DaemonProcess().start();
        Polyproc polyproc =
            Polyproc.builder()
                .address(daemon.address())
                .timeToLive(Duration.ofSeconds(10))
                .connect()) {
      PolyQueue<String> queue = polyproc.queue("jobs", String.class);
      daemon.signal("STOP");
      CompletableFuture<Void> put = queue.putAsync("x");
      assertThat(put).isNotDone();
      daemon.signal("CONT");
      put.get(5, TimeUnit.SECONDS);
      assertThat(queue.size()).isEqualTo(1);
    }
  }

  private static long threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("polyproc-client"))
        .count();
  }
}
