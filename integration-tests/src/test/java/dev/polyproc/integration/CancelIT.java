package dev.polyproc.integration;

import static dev.polyproc.integration.Requests.createQueue;
import static dev.polyproc.integration.Requests.get;
import static dev.polyproc.integration.Requests.put;
import static dev.polyproc.integration.Requests.size;
import static dev.polyproc.v1.CancelOutcome.CANCEL_OUTCOME_DONE;
import static dev.polyproc.v1.CancelOutcome.CANCEL_OUTCOME_MARKED;
import static dev.polyproc.v1.CancelOutcome.CANCEL_OUTCOME_REMOVED;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_CANCELLED;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_SEQUENCE_FORGOTTEN;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_SESSION_REQUIRED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.common.util.concurrent.ListenableFuture;
import dev.polyproc.v1.QueueGetResponse;
import dev.polyproc.v1.QueueServiceGrpc;
import dev.polyproc.v1.SessionCancelRequest;
import dev.polyproc.v1.SessionCancelResponse;
import dev.polyproc.v1.SessionServiceGrpc;
import java.util.concurrent.CancellationException;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Taking a call back: removed, done already, or marked before it came. */
final class CancelIT {
  @RegisterExtension static final SharedDaemon daemon = SharedDaemon.with();

  private final Client client = daemon.client();
  private final String session = client.openSession();
  private final Client own = client.with(Envelope.of(session));
  private final String queue = client.queues().create(createQueue("")).getRef().getName();

  @AfterEach
  void end() {
    client.close();
  }

  private Client numbered(long sequence) {
    return own.with(Envelope.none().sequence(sequence));
  }

  private static SessionCancelRequest request(long sequence) {
    return SessionCancelRequest.newBuilder().setSequence(sequence).build();
  }

  private int waitingGets() {
    return client.queues().size(size(queue)).getWaitingGets();
  }

  @Test
  void shouldRemoveAUnaryCallThatWaits() {
    ListenableFuture<QueueGetResponse> waiting = numbered(1).queuesLater().get(get(queue));
    await().until(() -> waitingGets() == 1);

    SessionCancelResponse cancelled = own.sessions().cancel(request(1));

    assertThat(cancelled.getOutcome()).isEqualTo(CANCEL_OUTCOME_REMOVED);
    assertThat(Refusal.reasonOf(() -> Later.get(waiting))).isEqualTo(ERROR_REASON_CANCELLED);
    assertThat(waitingGets()).isZero();
    client.queues().put(put(queue, 1));
    assertThat(Refusal.reasonOf(() -> numbered(1).queues().get(get(queue))))
        .as("a repeat is told the same")
        .isEqualTo(ERROR_REASON_CANCELLED);
    assertThat(client.queues().size(size(queue)).getSize()).isEqualTo(1);
  }

  @Test
  void shouldRemoveAFramedCallThatWaits() {
    try (Attachment attachment = client.attach(session, 1)) {
      var waiting = attachment.send(1, QueueServiceGrpc.getGetMethod(), get(queue));

      SessionCancelResponse cancelled =
          attachment.ask(2, SessionServiceGrpc.getCancelMethod(), request(1));

      assertThat(cancelled.getOutcome()).isEqualTo(CANCEL_OUTCOME_REMOVED);
      assertThat(Refusal.reasonOf(() -> Later.get(waiting))).isEqualTo(ERROR_REASON_CANCELLED);
    }
  }

  @Test
  void shouldRepeatTheReplyOfACallThatIsDone() throws Exception {
    client.queues().put(put(queue, 5));
    QueueGetResponse got = numbered(1).queues().get(get(queue));

    SessionCancelResponse cancelled = own.sessions().cancel(request(1));

    assertThat(cancelled.getOutcome()).isEqualTo(CANCEL_OUTCOME_DONE);
    assertThat(QueueGetResponse.parseFrom(cancelled.getReply().getResponse())).isEqualTo(got);
  }

  @Test
  void shouldRefuseACallThatComesAfterItsCancel() {
    client.queues().put(put(queue, 5));
    SessionCancelResponse cancelled = own.sessions().cancel(request(3));

    assertThat(cancelled.getOutcome()).isEqualTo(CANCEL_OUTCOME_MARKED);
    assertThat(Refusal.reasonOf(() -> numbered(3).queues().get(get(queue))))
        .isEqualTo(ERROR_REASON_CANCELLED);
    assertThat(client.queues().size(size(queue)).getSize()).isEqualTo(1);
  }

  @Test
  void shouldRefuseToCancelWhatNobodyCanName() {
    numbered(1).with(Envelope.none().receivedBelow(1)).queues().put(put(queue, 1));
    numbered(2).with(Envelope.none().receivedBelow(2)).queues().put(put(queue, 1));

    assertThat(Refusal.reasonOf(() -> own.sessions().cancel(request(1))))
        .isEqualTo(ERROR_REASON_SEQUENCE_FORGOTTEN);
    assertThat(Refusal.reasonOf(() -> client.sessions().cancel(request(1))))
        .isEqualTo(ERROR_REASON_SESSION_REQUIRED);
  }

  @Test
  void shouldLeaveNothingBehindWhenAnUnnumberedRpcIsCancelled() {
    ListenableFuture<QueueGetResponse> waiting = client.queuesLater().get(get(queue));
    await().until(() -> waitingGets() == 1);

    waiting.cancel(true);

    Assertions.assertThatThrownBy(waiting::get).isInstanceOf(CancellationException.class);
    await().until(() -> waitingGets() == 0);
    client.queues().put(put(queue, 1));
    assertThat(client.queues().get(get(queue)).getAttempt()).isEqualTo(1);
  }
}
