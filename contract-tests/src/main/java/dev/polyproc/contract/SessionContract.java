package dev.polyproc.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.util.Durations;
import dev.polyproc.v1.AdminServerInfoRequest;
import dev.polyproc.v1.AdminServiceGrpc;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.QueueCreateRequest;
import dev.polyproc.v1.QueueGetRequest;
import dev.polyproc.v1.QueueGetResponse;
import dev.polyproc.v1.QueuePutRequest;
import dev.polyproc.v1.QueueServiceGrpc;
import dev.polyproc.v1.QueueSizeRequest;
import dev.polyproc.v1.Ref;
import dev.polyproc.v1.ServerInfo;
import dev.polyproc.v1.SessionCancelRequest;
import dev.polyproc.v1.SessionEndRequest;
import dev.polyproc.v1.SessionKeepAliveRequest;
import dev.polyproc.v1.SessionOpenRequest;
import dev.polyproc.v1.SessionOpenResponse;
import dev.polyproc.v1.SessionServiceGrpc;
import io.grpc.Channel;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** SessionService, and what a session and a sequence give to a call. */
public abstract class SessionContract extends ContractSuite {
  @BeforeEach
  void createQueue() {
    var unused =
        QueueServiceGrpc.newBlockingStub(channel())
            .create(QueueCreateRequest.newBuilder().setQueue(name()).build());
  }

  private Channel call(String session, long sequence) {
    return with("polyproc-session", session, "polyproc-sequence", Long.toString(sequence));
  }

  private QueuePutRequest put(long item) {
    return QueuePutRequest.newBuilder().setQueue(name()).setItem(number(item)).build();
  }

  private QueueGetRequest get() {
    return QueueGetRequest.newBuilder().setQueue(name()).build();
  }

  private int size() {
    return QueueServiceGrpc.newBlockingStub(channel())
        .size(QueueSizeRequest.newBuilder().setQueue(name()).build())
        .getSize();
  }

  private int waiting() {
    return QueueServiceGrpc.newBlockingStub(channel())
        .size(QueueSizeRequest.newBuilder().setQueue(name()).build())
        .getWaitingGets();
  }

  private void close(String session) {
    var unused =
        SessionServiceGrpc.newBlockingStub(in(session)).end(SessionEndRequest.getDefaultInstance());
  }

  @Test
  void shouldSayWhichDaemonItIsAndForHowLongItHasBeenRunning() {
    SessionOpenResponse opened =
        SessionServiceGrpc.newBlockingStub(channel()).open(SessionOpenRequest.getDefaultInstance());
    ServerInfo before = opened.getServer();
    close(opened.getSession());

    ServerInfo after =
        AdminServiceGrpc.newBlockingStub(channel())
            .serverInfo(AdminServerInfoRequest.getDefaultInstance())
            .getServer();

    assertThat(before.hasUptime()).isTrue();
    assertThat(after.hasUptime()).isTrue();
    assertThat(Durations.toNanos(after.getUptime()))
        .isGreaterThanOrEqualTo(Durations.toNanos(before.getUptime()));
    assertThat(after.toBuilder().clearUptime().build())
        .isEqualTo(before.toBuilder().clearUptime().build());
  }

  @Test
  void shouldCountARepeatedCommandOnce() {
    String session = openSession();
    for (int i = 0; i < 3; i++) {
      assertThat(QueueServiceGrpc.newBlockingStub(call(session, 1)).put(put(1)).getAccepted())
          .isTrue();
    }
    assertThat(size()).isEqualTo(1);
    assertThat(reasonOf(() -> QueueServiceGrpc.newBlockingStub(call(session, 1)).put(put(2))))
        .isEqualTo(ErrorReason.ERROR_REASON_SEQUENCE_REUSED);
  }

  @Test
  void shouldOpenOneSessionWhichRetainsHoweverOftenACommandOfAnotherIsSent() {
    String parent = openSession();
    Ref queue =
        QueueServiceGrpc.newBlockingStub(in(parent))
            .create(
                QueueCreateRequest.newBuilder().setLifetime(Lifetime.LIFETIME_REFERENCED).build())
            .getRef();
    SessionOpenRequest request = SessionOpenRequest.newBuilder().addRetained(queue).build();

    SessionOpenResponse opened = SessionServiceGrpc.newBlockingStub(call(parent, 1)).open(request);
    SessionOpenResponse again = SessionServiceGrpc.newBlockingStub(call(parent, 1)).open(request);

    assertThat(again.getSession()).isEqualTo(opened.getSession());
    assertThat(again.hasServer()).isTrue();
    close(parent);
    QueueSizeRequest size = QueueSizeRequest.newBuilder().setQueue(queue.getName()).build();
    QueueServiceGrpc.QueueServiceBlockingStub child =
        QueueServiceGrpc.newBlockingStub(in(opened.getSession()));
    assertThat(child.size(size).getSize()).isZero();
    close(opened.getSession());
    assertThat(reasonOf(() -> QueueServiceGrpc.newBlockingStub(channel()).size(size)))
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
    assertThat(reasonOf(() -> SessionServiceGrpc.newBlockingStub(channel()).open(request)))
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED);
  }

  @Test
  void shouldForgetWhatIsConfirmed() {
    String session = openSession();
    var unused = QueueServiceGrpc.newBlockingStub(call(session, 1)).put(put(1));
    Channel confirming =
        with(
            "polyproc-session", session,
            "polyproc-sequence", "2",
            "polyproc-received-below", "2");
    unused = QueueServiceGrpc.newBlockingStub(confirming).put(put(2));

    assertThat(reasonOf(() -> QueueServiceGrpc.newBlockingStub(call(session, 1)).put(put(1))))
        .isEqualTo(ErrorReason.ERROR_REASON_SEQUENCE_FORGOTTEN);
    assertThat(size()).isEqualTo(2);
  }

  @Test
  void shouldTakeAWaitingCallBack() {
    String session = openSession();
    Future<QueueGetResponse> waiting = QueueServiceGrpc.newFutureStub(call(session, 1)).get(get());
    await().until(() -> waiting() == 1);
    SessionCancelRequest cancel = SessionCancelRequest.newBuilder().setSequence(1).build();

    var unused = SessionServiceGrpc.newBlockingStub(in(session)).cancel(cancel);

    assertThat(reasonOf(() -> get(waiting))).isEqualTo(ErrorReason.ERROR_REASON_CANCELLED);
    assertThat(waiting()).isZero();
  }

  @Test
  void shouldGiveBackWhatWasNotConfirmedWhenItEnds() {
    var unused = QueueServiceGrpc.newBlockingStub(channel()).put(put(7));
    String session = openSession();
    assertThat(QueueServiceGrpc.newBlockingStub(call(session, 1)).get(get()).getAttempt())
        .isEqualTo(1);

    close(session);

    QueueGetResponse again = QueueServiceGrpc.newBlockingStub(channel()).get(get());
    assertThat(again.getItem()).isEqualTo(number(7));
    assertThat(again.getAttempt()).isEqualTo(2);
  }

  @Test
  void shouldTellItsWaitingCallsThatItEnded() {
    String session = openSession();
    Future<QueueGetResponse> waiting = QueueServiceGrpc.newFutureStub(in(session)).get(get());
    await().until(() -> waiting() == 1);

    close(session);

    assertThat(reasonOf(() -> get(waiting))).isEqualTo(ErrorReason.ERROR_REASON_SESSION_ENDED);
    assertThat(reasonOf(() -> close(session)))
        .isEqualTo(ErrorReason.ERROR_REASON_SESSION_NOT_FOUND);
  }

  @Test
  void shouldEndWithoutAWordAndLiveWithOne() {
    SessionOpenRequest open =
        SessionOpenRequest.newBuilder().setTimeToLive(Durations.fromMillis(300)).build();
    String silent = SessionServiceGrpc.newBlockingStub(channel()).open(open).getSession();
    String lively = SessionServiceGrpc.newBlockingStub(channel()).open(open).getSession();
    Future<QueueGetResponse> waiting = QueueServiceGrpc.newFutureStub(in(silent)).get(get());

    await()
        .until(
            () -> {
              var unused =
                  SessionServiceGrpc.newBlockingStub(in(lively))
                      .keepAlive(SessionKeepAliveRequest.getDefaultInstance());
              return waiting.isDone();
            });

    assertThat(reasonOf(() -> get(waiting))).isEqualTo(ErrorReason.ERROR_REASON_SESSION_ENDED);
  }
}
