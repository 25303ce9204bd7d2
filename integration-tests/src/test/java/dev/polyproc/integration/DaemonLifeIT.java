package dev.polyproc.integration;

import static dev.polyproc.integration.Requests.createQueue;
import static dev.polyproc.integration.Requests.get;
import static dev.polyproc.integration.Requests.put;
import static dev.polyproc.integration.Requests.size;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_UNAUTHENTICATED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.protobuf.util.Durations;
import dev.polyproc.integration.Launch.Outcome;
import dev.polyproc.v1.AdminServerInfoRequest;
import dev.polyproc.v1.AdminServerInfoResponse;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.QueueContainsRequest;
import dev.polyproc.v1.QueueGetResponse;
import dev.polyproc.v1.QueueServiceGrpc;
import dev.polyproc.v1.SessionOpenRequest;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** How the daemon starts, refuses to start, goes down and comes back. */
final class DaemonLifeIT {
  @RegisterExtension private final OwnDaemons daemons = new OwnDaemons();

  @TempDir private Path folder;
  private Launch launch;

  @BeforeEach
  void useTheFolder() {
    launch = Launch.in(folder.resolve("home"));
  }

  @Test
  void shouldSayWhereItListensWhenItIsReady() {
    DaemonProcess daemon = daemons.start(launch);

    assertThat(daemon.readyLine())
        .isEqualTo(
            "polyprocd ready on unix:%s and localhost:%d (token in %s)\n"
                .formatted(daemon.socket(), daemon.port(), daemon.tokenFile()));
    assertThat(daemon.log()).isEmpty();
    try (Client client = Client.over(daemon.port(), daemon.token())) {
      AdminServerInfoResponse info = info(client);
      assertThat(info.getServer().getPid()).isEqualTo(daemon.pid());
      assertThat(info.getServer().getVersion()).isNotEmpty().isNotEqualTo("development");
      assertThat(info.getServer().getBoot()).isNotEmpty();
      long uptime = Durations.toNanos(info.getServer().getUptime());
      assertThat(uptime).isPositive();
      assertThat(Durations.toNanos(info(client).getServer().getUptime())).isGreaterThan(uptime);
    }
  }

  @Test
  void shouldLetOnlyItsUserNearItsFiles() throws IOException {
    DaemonProcess daemon = daemons.start(launch);

    assertThat(mode(daemon.socket())).isEqualTo("rw-------");
    assertThat(mode(launch.home())).isEqualTo("rwx------");
    assertThat(mode(daemon.tokenFile())).isEqualTo("rw-------");
    assertThat(daemon.token()).hasSizeGreaterThan(40);
  }

  @Test
  void shouldPutTheTokenWhereItIsToldAndKeepAnOldOne() throws IOException {
    Path token = folder.resolve("token-elsewhere");
    DaemonProcess first = daemons.start(launch.flags("--token-file", token.toString()));
    String secret = Files.readString(token);
    first.kill();

    DaemonProcess second = daemons.start(launch.flags("--token-file", token.toString()));

    assertThat(mode(token)).isEqualTo("rw-------");
    assertThat(Files.readString(token)).isEqualTo(secret);
    try (Client client = Client.over(second.port(), secret.strip())) {
      assertThat(info(client).hasServer()).isTrue();
    }
  }

  @Test
  void shouldRefuseATokenFileThatOthersCanRead() throws IOException {
    Path token = Files.writeString(folder.resolve("open-token"), "secret\n");
    Files.setPosixFilePermissions(token, PosixFilePermissions.fromString("rw-r--r--"));

    Outcome outcome = launch.flags("--token-file", token.toString()).run();

    assertThat(outcome.exit()).isEqualTo(1);
    assertOneSentence(outcome);
    assertThat(outcome.errors()).contains("token file that only this user can read", "rw-r--r--");
  }

  @Test
  void shouldRefuseATokenThatSomebodyCouldGuess() throws IOException {
    Path token = Files.writeString(folder.resolve("short-token"), "fifteen-letters\n");
    Files.setPosixFilePermissions(token, PosixFilePermissions.fromString("rw-------"));

    Outcome outcome = launch.flags("--token-file", token.toString()).run();

    assertThat(outcome.exit()).isEqualTo(1);
    assertOneSentence(outcome);
    assertThat(outcome.errors())
        .contains("Expected a token of 16 to 1024 characters", "but it has 15")
        .doesNotContain("fifteen");
  }

  @Test
  void shouldBeToldThatATokenIsWrongHoweverMuchIsSentWithIt() {
    DaemonProcess daemon = daemons.start(launch);
    for (int i = 0; i < 30; i++) {
      try (Client stranger = Client.over(daemon.port(), "wrong".repeat(4))) {
        assertThat(
                Refusal.reasonOf(
                    () ->
                        stranger.queues().put(put("queue", Requests.text("x".repeat(3_000_000))))))
            .isEqualTo(ERROR_REASON_UNAUTHENTICATED);
      }
    }
  }

  @Test
  void shouldRefuseFilesInAFolderWhereOthersMayReplaceThem() throws IOException {
    Path shared = Files.createDirectory(folder.resolve("shared"));
    Files.setPosixFilePermissions(shared, PosixFilePermissions.fromString("rwxrwxrwx"));
    for (String flag : new String[] {"--socket", "--token-file", "--port-file"}) {
      String file = flag.equals("--socket") ? "run/polyproc.sock" : "file";
      Outcome outcome = launch.flags(flag, shared.resolve(file).toString()).run();

      assertThat(outcome.exit()).isEqualTo(1);
      assertOneSentence(outcome);
      assertThat(outcome.errors())
          .contains("in which nobody else may write, but " + shared, "choose another " + flag);
      assertThat(shared).isEmptyDirectory();
    }
  }

  @Test
  void shouldRefuseASecondDaemonOnTheSameSocket() {
    DaemonProcess first = daemons.start(launch);

    Outcome second = launch.run();

    assertThat(second.exit()).isEqualTo(1);
    assertOneSentence(second);
    assertThat(second.errors())
        .contains("Expected no daemon at " + first.socket() + ", but one is running there");
    assertThat(launch.portFile()).as("the first one's").hasContent(first.port() + "\n");
    try (Client client = Client.over(first.socket())) {
      assertThat(info(client).getServer().getPid()).isEqualTo(first.pid());
    }
  }

  @Test
  void shouldTakeTheSocketOfAKilledDaemonOver() {
    DaemonProcess first = daemons.start(launch);
    first.kill();
    assertThat(first.socket()).exists();

    DaemonProcess second = daemons.start(launch);

    try (Client client = Client.over(second.socket())) {
      assertThat(info(client).getServer().getPid()).isEqualTo(second.pid());
      assertThat(info(client).getUsage().getObjects()).isZero();
    }
  }

  @Test
  void shouldRefuseAFolderThatOthersCanOpen() throws IOException {
    Files.createDirectories(
        launch.home(),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));

    Outcome outcome = launch.run();

    assertThat(outcome.exit()).isEqualTo(1);
    assertOneSentence(outcome);
    assertThat(outcome.errors()).contains("Expected a folder that only this user can open");
    assertThat(launch.socket()).doesNotExist();
  }

  @Test
  void shouldNameThePortThatIsTaken() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String port = Integer.toString(taken.getLocalPort());

      Outcome outcome = launch.flags("--port", port).run();

      assertThat(outcome.exit()).isEqualTo(1);
      assertOneSentence(outcome);
      assertThat(outcome.errors()).contains("Expected port " + port + " on loopback to be free");
    }
  }

  @Test
  void shouldExplainAFlagThatItDoesNotKnow() {
    Outcome outcome = launch.flags("--prot", "7461").run();

    assertThat(outcome.exit()).isEqualTo(2);
    assertThat(outcome.errors())
        .startsWith("Usage: polyprocd")
        .contains("--port ")
        .endsWith("\n\npolyprocd: Expected an option, but there is none called '--prot'\n")
        .doesNotContain("Exception");
  }

  @Test
  void shouldShowNothingThatATerminalObeys() {
    assertThat(launch.flags("--\u001b[31mfoo\nbar").run().errors())
        .endsWith(
            "\n"
                + "polyprocd: Expected an option, but there is none called"
                + " '--\\u{1b}[31mfoo\\u{a}bar'\n");
    Outcome limit = launch.flags("--limit", "a\nb\u001b=1").run();
    assertOneSentence(limit);
    assertThat(limit.errors()).contains("'a\\u{a}b\\u{1b}'");
  }

  @Test
  void shouldNameTheLimitsThatThereAre() {
    for (String unknown : new String[] {"foo=1", "duration=1"}) {
      Outcome outcome = launch.flags("--limit", unknown).run();

      assertThat(outcome.exit()).isEqualTo(2);
      assertOneSentence(outcome);
      assertThat(outcome.errors()).contains("docs/limits.md", "queue_items, request_bytes");
    }
  }

  @Test
  void shouldDescribeEachOptionThatItTakes() {
    String usage = launch.flags("--help").run().output();

    for (String option :
        new String[] {
          "--socket PATH",
          "--port N",
          "--listen HOST:PORT",
          "--tls-certificate PATH",
          "--tls-key PATH",
          "--tls-client-ca PATH",
          "--port-file PATH",
          "--token-file PATH",
          "--session-ttl DURATION",
          "--limit NAME=N",
          "--lifeline stdin",
          "--config PATH",
          "-h, --help",
          "-V, --version"
        }) {
      assertThat(usage).containsPattern("(?m)^  " + option + " ");
    }
  }

  @Test
  void shouldRefuseValuesThatMakeNoSense() {
    for (String[] flags :
        new String[][] {
          {"--session-ttl", "soon"},
          {"--session-ttl", "0s"},
          {"--session-ttl", "99999999999999999999s"},
          {"--port", "-1"},
          {"--port", "65536"},
          {"--limit", "no_such_limit=1"},
          {"--limit", "waiters=0"},
          {"--limit", "request_bytes=99999999999"},
          {"--limit", "stored_bytes=99999999999"},
          {"--limit", "waiters"},
          {"--lifeline", "3"},
        }) {
      Outcome outcome = launch.flags(flags).run();

      assertThat(outcome.exit()).as("%s %s", (Object[]) flags).isEqualTo(2);
      assertThat(outcome.errors())
          .containsPattern("Expected|Invalid value")
          .doesNotContain("Exception");
    }
  }

  @Test
  void shouldReadAConfigFileAndLetTheCommandLineGoFirst() throws IOException {
    Path config =
        Files.writeString(
            folder.resolve("polyprocd.properties"), "session-ttl=7s\nlimit=waiters=17\nport=1\n");

    DaemonProcess daemon = daemons.start(launch.flags("--config", config.toString()));

    try (Client client = Client.over(daemon.socket())) {
      assertThat(info(client).getLimits().getDefaultTimeToLive())
          .isEqualTo(Durations.fromSeconds(7));
      assertThat(info(client).getLimits().getWaiters()).isEqualTo(17);
    }
  }

  @Test
  void shouldTakeSettingsWithoutWhatIsAroundThemWhereverTheyComeFrom() throws IOException {
    Path token = Files.writeString(folder.resolve("padded"), "\n 0123456789abcdef \n");
    Files.setPosixFilePermissions(token, PosixFilePermissions.fromString("rw-------"));
    Path config =
        Files.writeString(
            folder.resolve("config"), "session-ttl= 7s \ntoken-file = " + token + " ");

    DaemonProcess daemon =
        daemons.start(launch.flags("--config", " " + config + "\n", "--limit", " waiters=17 "));

    try (Client client = Client.over(daemon.port(), "0123456789abcdef")) {
      assertThat(info(client).getLimits().getDefaultTimeToLive())
          .isEqualTo(Durations.fromSeconds(7));
      assertThat(info(client).getLimits().getWaiters()).isEqualTo(17);
    }
  }

  @Test
  void shouldRefuseAConfigFileThatItCannotUse() throws IOException {
    Path typo = Files.writeString(folder.resolve("typo.properties"), "prot=7461\n");
    for (Path config : new Path[] {folder.resolve("none"), folder, typo}) {
      Outcome outcome = launch.flags("--config", config.toString()).run();

      assertThat(outcome.exit()).isEqualTo(2);
      assertOneSentence(outcome);
    }
  }

  @Test
  void shouldRefusePathsThatItCannotUse() {
    for (String[] flags :
        new String[][] {
          {"--port-file", folder.resolve("none/port").toString()},
          {"--token-file", folder.resolve("none/token").toString()},
          {"--socket", folder.resolve("x".repeat(120)).toString()},
        }) {
      Outcome outcome = launch.flags(flags).run();

      assertThat(outcome.exit()).as("%s %s", (Object[]) flags).isEqualTo(1);
      assertOneSentence(outcome);
    }
  }

  @Test
  void shouldReplaceNothingButAStaleSocket() throws IOException {
    Files.createDirectories(
        launch.home(),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    Files.writeString(launch.socket(), "precious");
    Outcome onAFile = launch.run();
    assertOneSentence(onAFile);
    assertThat(onAFile.errors()).contains("something else is there");
    assertThat(launch.socket()).hasContent("precious");

    Files.delete(launch.socket());
    try (ServerSocketChannel other = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      other.bind(UnixDomainSocketAddress.of(launch.socket()));
      Outcome onALiveOne = launch.run();
      assertOneSentence(onALiveOne);
      assertThat(onALiveOne.errors()).contains("somebody does");
      assertThat(launch.socket()).exists();
    }
    daemons.start(launch); // Closing a socket leaves its file: a stale one.
  }

  @Test
  void shouldRefuseLimitsThatItCannotKeep() {
    for (String[] flags :
        new String[][] {
          {"--session-ttl", "99999999999999h"},
          {"--limit", "value_depth=257"},
          {"--limit", "request_bytes=1073741825"},
        }) {
      assertOneSentence(launch.flags(flags).run());
    }
  }

  @Test
  void shouldStoreAndFindValuesOfTheDeepestDepth() {
    DaemonProcess daemon = daemons.start(launch.flags("--limit", "value_depth=256"));
    try (Client client = Client.over(daemon.socket())) {
      client.queues().create(Requests.createQueue("deep"));
      client.queues().put(Requests.put("deep", DeepValue.of(256)));
      QueueContainsRequest contains =
          QueueContainsRequest.newBuilder().setQueue("deep").setItem(DeepValue.of(256)).build();
      assertThat(client.queues().contains(contains).getContains()).isTrue();
    }
  }

  @Test
  void shouldNotLeaveAnEarlierPortInThePortFile() throws IOException {
    Files.createDirectories(launch.folder());
    Files.writeString(launch.portFile(), "1\n");
    Outcome outcome = launch.flags("--token-file", folder.resolve("none/token").toString()).run();

    assertOneSentence(outcome);
    assertThat(launch.portFile()).doesNotExist();
  }

  @Test
  void shouldTakeThePortFileAwayWhenTheDaemonGoes() {
    DaemonProcess daemon = daemons.start(launch);
    assertThat(launch.portFile()).hasContent(daemon.port() + "\n");

    daemon.signal("TERM");
    daemon.awaitExit(Duration.ofSeconds(30));

    assertThat(launch.portFile()).doesNotExist();
    assertThat(daemon.socket()).doesNotExist();
  }

  @Test
  void shouldLeaveAPortFileOfAnotherRun() throws IOException {
    DaemonProcess daemon = daemons.start(launch);
    Path others = launch.portFile().resolveSibling("others");
    Files.writeString(others, "1\n");
    Files.move(others, launch.portFile(), StandardCopyOption.REPLACE_EXISTING);

    daemon.signal("TERM");
    daemon.awaitExit(Duration.ofSeconds(30));

    assertThat(launch.portFile()).hasContent("1\n");
  }

  @Test
  void shouldGiveSessionsTheTimeToLiveOfTheFlag() {
    DaemonProcess daemon = daemons.start(launch.flags("--session-ttl", "700ms"));

    try (Client client = Client.over(daemon.port(), daemon.token())) {
      assertThat(client.sessions().open(SessionOpenRequest.getDefaultInstance()).getTimeToLive())
          .isEqualTo(Durations.fromMillis(700));
      await().until(() -> info(client).getUsage().getSessions() == 0);
    }
  }

  @Test
  void shouldKeepTheLimitsOfTheFlag() {
    DaemonProcess daemon = daemons.start(launch.flags("--limit", "objects=2"));

    try (Client client = Client.over(daemon.socket())) {
      client.queues().create(createQueue("a"));
      client.queues().create(createQueue("b"));
      Refusal third = Refusal.of(() -> client.queues().create(createQueue("c")));
      assertThat(third.reason()).isEqualTo(ErrorReason.ERROR_REASON_LIMIT_REACHED);
      assertThat(third.metadata()).containsEntry("limit", "objects");
    }
  }

  @Test
  void shouldTellEveryoneBeforeItGoesDown() {
    DaemonProcess daemon = daemons.start(launch);
    try (Client client = Client.over(daemon.socket());
        Client tcp = Client.over(daemon.port(), daemon.token())) {
      Queue<ServingStatus> health = watchHealth(client);
      client.queues().create(createQueue("jobs"));
      String session = client.openSession();
      Attachment attachment = client.attach(session, 1).awaitAttached();
      ListenableFuture<QueueGetResponse> unary = tcp.queuesLater().get(get("jobs"));
      var framed = attachment.send(1, QueueServiceGrpc.getGetMethod(), get("jobs"));
      await().until(() -> client.queues().size(size("jobs")).getWaitingGets() == 2);

      daemon.signal("TERM");

      assertThat(Refusal.reasonOf(() -> Later.get(unary)))
          .isEqualTo(ErrorReason.ERROR_REASON_SHUTTING_DOWN);
      assertThat(Refusal.reasonOf(() -> Later.get(framed)))
          .isEqualTo(ErrorReason.ERROR_REASON_SHUTTING_DOWN);
      assertThat(attachment.awaitRefusal().reason())
          .isEqualTo(ErrorReason.ERROR_REASON_SHUTTING_DOWN);
      assertThat(daemon.awaitExit(Duration.ofSeconds(5))).isEqualTo(143);
      await().until(() -> health.contains(ServingStatus.NOT_SERVING));
      assertThat(daemon.socket()).doesNotExist();
      assertThat(daemon.log()).isEmpty();
    }
  }

  @Test
  void shouldFinishTheCallsItHasWhileItGoesDown() {
    DaemonProcess daemon = daemons.start(launch);
    try (Client client = Client.over(daemon.socket())) {
      client.queues().create(createQueue("jobs"));
      client.queues().put(put("jobs", 1));
    }

    daemon.signal("TERM");

    assertThat(daemon.awaitExit(Duration.ofSeconds(5))).isEqualTo(143);
    assertThat(daemons.start(launch).log()).isEmpty();
  }

  private static Queue<ServingStatus> watchHealth(Client client) {
    Queue<ServingStatus> seen = new ConcurrentLinkedQueue<>();
    HealthGrpc.newStub(client.channel())
        .watch(
            HealthCheckRequest.getDefaultInstance(),
            new StreamObserver<>() {
              @Override
              public void onNext(HealthCheckResponse response) {
                seen.add(response.getStatus());
              }

              @Override
              public void onError(Throwable why) {}

              @Override
              public void onCompleted() {}
            });
    await().until(() -> seen.contains(ServingStatus.SERVING));
    return seen;
  }

  private static AdminServerInfoResponse info(Client client) {
    return client.admin().serverInfo(AdminServerInfoRequest.getDefaultInstance());
  }

  private static String mode(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  private static void assertOneSentence(Outcome outcome) {
    assertThat(outcome.errors().lines().toList()).hasSize(1);
    assertThat(outcome.errors()).matches("polyprocd: Expected .+, but .+\n");
    assertThat(outcome.output()).isEmpty();
  }
}
