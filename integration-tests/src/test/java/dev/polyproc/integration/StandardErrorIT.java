package dev.polyproc.integration;

import static dev.polyproc.integration.Requests.createQueue;
import static dev.polyproc.integration.Requests.get;
import static dev.polyproc.integration.Requests.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.common.util.concurrent.ListenableFuture;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.ProcessServiceGrpc;
import dev.polyproc.v1.ProcessStartRequest;
import dev.polyproc.v1.ProcessStartResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the daemon prints, and somebody who does not read it. */
@Timeout(120)
final class StandardErrorIT {
  /** Executes the words after it; the pipe named $pipe is full, and its reader never reads. */
  private static final String FULL_PIPE =
      "pipe=$(mktemp -u); mkfifo \"$pipe\"; exec 3<>\"$pipe\"; dd if=/dev/zero of=\"$pipe\" bs=512"
          + " count=9999 oflag=nonblock status=none 2>/dev/null; ";

  /** At once; were they served one after another in more than a minute, all could be logged. */
  private static final int FAILING_STARTS = 700;

  @RegisterExtension final OwnDaemons daemons = new OwnDaemons();

  private final Launch launch = Launch.inPrivateFolder();

  @Test
  void shouldServeEverybodyWhileNobodyReadsItsLog() {
    DaemonProcess daemon =
        daemons.start(launch.through("sh", "-c", FULL_PIPE + "exec \"$@\" 2>\"$pipe\"", "sh"));
    try (Client client = Client.over(daemon.socket());
        Client other = Client.over(daemon.socket())) {
      other.queues().create(createQueue("jobs"));
      client.queues().create(createQueue("logged"));
      new ResourceLimit(List.of(), daemon.pid(), "nofile").set(8);

      assertStartsFail(client);

      long start = System.nanoTime();
      other.queues().put(put("jobs", 1));
      assertThat(other.queues().get(get("jobs")).hasItem()).isTrue();
      System.out.printf(
          "two calls of another client beside a log that nobody reads: %d ms%n",
          TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
    }

    daemon.signal("TERM");

    assertThat(daemon.awaitExit(Duration.ofSeconds(20))).isEqualTo(143);
  }

  @Test
  void shouldSayHowManyLinesItLeftOutAndNothingThatCallersSent() {
    DaemonProcess daemon = daemons.start(launch);
    try (Client client = Client.over(daemon.socket())) {
      String session = client.openSession();
      Client caller = client.with(Envelope.of(session));
      ResourceLimit descriptors = new ResourceLimit(List.of(), daemon.pid(), "nofile");
      descriptors.set(8);
      assertStartsFail(caller);
      descriptors.restore();
      var unused = caller.processes().start(start("later"));

      await().atMost(Duration.ofSeconds(60)).until(() -> told(daemon) == FAILING_STARTS);

      List<String> lines = daemon.log().lines().toList();
      assertThat(lines.get(0)).contains("WARNING A process could not be started: Expected ");
      assertThat(lines).hasSizeBetween(100, FAILING_STARTS - 1);
      assertThat(daemon.log()).doesNotContain(session, "worker", "an-argument", daemon.token());
    }
  }

  @Test
  void shouldServeWhoeverDoesNotReadItsOutput() {
    DaemonProcess daemon =
        launch
            .through("sh", "-c", FULL_PIPE + "exec \"$@\" >\"$pipe\" 2>\"$pipe\"", "sh")
            .startUnseen();
    try (daemon) {
      assertServesAndObeys(daemon);
    }
  }

  @Test
  void shouldServeWhereNobodyCanReadItsOutputAnyMore() {
    for (String closed : new String[] {"exec 3>&-;", "exec >&- 2>&- <&-;"}) {
      DaemonProcess daemon =
          launch
              .through(
                  "sh",
                  "-c",
                  FULL_PIPE + "exec >\"$pipe\" 2>\"$pipe\";" + closed + "exec \"$@\"",
                  "sh")
              .startUnseen();
      try (daemon) {
        assertServesAndObeys(daemon);
      }
    }
  }

  @Test
  void shouldEndWhenItCannotStartAndNobodyReadsWhy() {
    Launch.Outcome outcome =
        launch
            .flags("--token-file", launch.folder().resolve("none/token").toString())
            .through("sh", "-c", FULL_PIPE + "exec \"$@\" 2>\"$pipe\"", "sh")
            .run();

    assertThat(outcome.exit()).isEqualTo(1);
  }

  private static void assertServesAndObeys(DaemonProcess daemon) {
    daemon.awaitPort();
    try (Client client = Client.over(daemon.socket())) {
      client.queues().create(createQueue("jobs"));
      client.queues().put(put("jobs", 1));
      assertThat(client.queues().get(get("jobs")).hasItem()).isTrue();
    }
    daemon.signal("TERM");
    assertThat(daemon.awaitExit(Duration.ofSeconds(20))).isEqualTo(143);
  }

  /** How many lines the log has, and says that it left out. */
  private static long told(DaemonProcess daemon) {
    long told = 0;
    for (String line : daemon.log().lines().toList()) {
      boolean leftOut = line.startsWith("…");
      told += leftOut ? Long.parseLong(line.replaceAll("\\D", "")) : 1;
    }
    return told;
  }

  private static void assertStartsFail(Client client) {
    var stub = ProcessServiceGrpc.newFutureStub(client.channel());
    List<ListenableFuture<ProcessStartResponse>> starts =
        IntStream.range(0, FAILING_STARTS).mapToObj(i -> stub.start(start("worker-" + i))).toList();
    for (ListenableFuture<ProcessStartResponse> start : starts) {
      assertThat(Refusal.reasonOf(() -> Later.get(start)))
          .isEqualTo(ErrorReason.ERROR_REASON_START_FAILED);
    }
  }

  private static ProcessStartRequest start(String name) {
    return ProcessStartRequest.newBuilder()
        .setProcess(name)
        .setCommand("true")
        .addArguments("an-argument")
        .build();
  }
}
