package dev.polyproc.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.protobuf.util.Durations;
import dev.polyproc.server.OwnProcesses;
import dev.polyproc.server.log.LateLog;
import dev.polyproc.v1.AdminServerInfoRequest;
import dev.polyproc.v1.AdminServiceGrpc;
import dev.polyproc.v1.ProcessServiceGrpc;
import dev.polyproc.v1.ProcessStartRequest;
import dev.polyproc.v1.ProcessState;
import dev.polyproc.v1.ProcessWaitRequest;
import dev.polyproc.v1.QueueCreateRequest;
import dev.polyproc.v1.QueueGetRequest;
import dev.polyproc.v1.QueueGetResponse;
import dev.polyproc.v1.QueueListRequest;
import dev.polyproc.v1.QueuePutRequest;
import dev.polyproc.v1.QueueServiceGrpc;
import dev.polyproc.v1.QueueServiceGrpc.QueueServiceFutureStub;
import dev.polyproc.v1.QueueSizeRequest;
import dev.polyproc.v1.ServerInfo;
import dev.polyproc.v1.SessionKeepAliveRequest;
import dev.polyproc.v1.SessionOpenRequest;
import dev.polyproc.v1.SessionServiceGrpc;
import dev.polyproc.v1.Value;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The daemon restarts on a state that is kept, while clients call. */
final class LateLogRestartTest {
  private static final int PUTS = 100;

  private InProcess server;

  @BeforeEach
  void start() throws IOException {
    server = new InProcess(LateLog.withRebuilds(1, 50), OwnProcesses.factory());
    var unused =
        QueueServiceGrpc.newBlockingStub(server.channel())
            .create(QueueCreateRequest.newBuilder().setQueue("jobs").build());
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private LateLog log() {
    return (LateLog) server.log();
  }

  private String open(Duration timeToLive) {
    return SessionServiceGrpc.newBlockingStub(server.channel())
        .open(
            SessionOpenRequest.newBuilder()
                .setTimeToLive(Durations.fromMillis(timeToLive.toMillis()))
                .build())
        .getSession();
  }

  /** The calls of a session: one under a number, which will be repeated. */
  private Channel in(String session, long sequence) {
    Metadata headers = new Metadata();
    put(headers, "polyproc-session", session);
    if (sequence > 0) {
      put(headers, "polyproc-sequence", Long.toString(sequence));
      put(headers, "polyproc-repeats", "true");
    }
    return ClientInterceptors.intercept(
        server.channel(), MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  private static void put(Metadata headers, String key, String value) {
    headers.put(Metadata.Key.of(key, Metadata.ASCII_STRING_MARSHALLER), value);
  }

  private QueueServiceFutureStub numbered(String session, long sequence) {
    return QueueServiceGrpc.newFutureStub(in(session, sequence));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void shouldCountACallOnceThatIsRepeatedAfterARestart(long seed) {
    Random random = new Random(seed);
    String session = open(Duration.ofMinutes(1));
    for (int i = 1; i <= PUTS; i++) {
      QueuePutRequest put =
          QueuePutRequest.newBuilder()
              .setQueue("jobs")
              .setItem(Value.newBuilder().setInt(i))
              .build();
      var first = numbered(session, i).put(put);
      if (random.nextInt(8) == 0) {
        log().restart();
        first.cancel(true);
        first = numbered(session, i).put(put);
      }
      assertThat(Objects.requireNonNull(Futures.getUnchecked(first)).getAccepted()).isTrue();
    }

    assertThat(
            QueueServiceGrpc.newBlockingStub(server.channel())
                .list(QueueListRequest.newBuilder().setQueue("jobs").setPageSize(PUTS).build())
                .getItemsList())
        .extracting(Value::getInt)
        .containsExactlyElementsOf(IntStream.rangeClosed(1, PUTS).mapToObj(Long::valueOf).toList());
  }

  @Test
  void shouldServeTheRepeatOfACallThatWaitedAndNobodyElse() {
    String session = open(Duration.ofMinutes(1));
    QueueGetRequest get = QueueGetRequest.newBuilder().setQueue("jobs").build();
    var numbered = numbered(session, 1).get(get);
    var unnumbered = QueueServiceGrpc.newFutureStub(server.channel()).get(get);
    await().until(() -> waitingGets() == 2);

    log().restart();

    assertThat(waitingGets()).isEqualTo(1);
    ListenableFuture<QueueGetResponse> again = numbered(session, 1).get(get);
    var unused =
        QueueServiceGrpc.newBlockingStub(server.channel())
            .put(
                QueuePutRequest.newBuilder()
                    .setQueue("jobs")
                    .setItem(Value.newBuilder().setText("item"))
                    .build());
    assertThat(Objects.requireNonNull(Futures.getUnchecked(again)).getItem().getText())
        .isEqualTo("item");
    assertThat(numbered.isDone() || unnumbered.isDone()).isFalse();
  }

  @Test
  void shouldSayWhichDaemonItIsWhenAnOpenIsRepeatedAfterARestart() {
    String session = open(Duration.ofMinutes(1));
    SessionOpenRequest request = SessionOpenRequest.getDefaultInstance();
    var first = SessionServiceGrpc.newBlockingStub(in(session, 1)).open(request);

    log().restart();

    var again = SessionServiceGrpc.newBlockingStub(in(session, 1)).open(request);
    ServerInfo daemon =
        AdminServiceGrpc.newBlockingStub(server.channel())
            .serverInfo(AdminServerInfoRequest.getDefaultInstance())
            .getServer();
    assertThat(again.getSession()).isEqualTo(first.getSession());
    assertThat(again.getServer().hasUptime()).isTrue();
    assertThat(again.getServer().toBuilder().clearUptime().build())
        .isEqualTo(daemon.toBuilder().clearUptime().build());
  }

  @Test
  void shouldNotKnowHowAProcessEndedWhoseDaemonWasRestarted() {
    ProcessServiceGrpc.ProcessServiceBlockingStub processes =
        ProcessServiceGrpc.newBlockingStub(server.channel());
    ProcessStartRequest sleep =
        ProcessStartRequest.newBuilder()
            .setProcess("p")
            .setCommand("sleep")
            .addArguments("300")
            .build();
    assertThat(processes.start(sleep).getProcess().getState())
        .isEqualTo(ProcessState.PROCESS_STATE_RUNNING);
    ProcessWaitRequest toEnd = ProcessWaitRequest.newBuilder().setProcess("p").build();

    log().restart();

    var ended = processes.wait(toEnd).getProcess();
    assertThat(ended.getState()).isEqualTo(ProcessState.PROCESS_STATE_ENDED);
    assertThat(ended.hasExitCode() || ended.hasSignal()).isFalse();
  }

  private int waitingGets() {
    return QueueServiceGrpc.newBlockingStub(server.channel())
        .size(QueueSizeRequest.newBuilder().setQueue("jobs").build())
        .getWaitingGets();
  }

  @Test
  void shouldEndASessionThatStaysSilentAfterARestart() {
    String session = open(Duration.ofMillis(200));

    log().restart();

    SessionServiceGrpc.SessionServiceBlockingStub silent =
        SessionServiceGrpc.newBlockingStub(in(session, 0));
    await()
        .pollInterval(Duration.ofMillis(400))
        .untilAsserted(
            () ->
                Assertions.assertThatThrownBy(
                        () -> silent.keepAlive(SessionKeepAliveRequest.getDefaultInstance()))
                    .isInstanceOf(StatusRuntimeException.class));
  }
}
