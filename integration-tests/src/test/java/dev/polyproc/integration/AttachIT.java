package dev.polyproc.integration;

import static dev.polyproc.integration.Requests.createQueue;
import static dev.polyproc.integration.Requests.get;
import static dev.polyproc.integration.Requests.put;
import static dev.polyproc.integration.Requests.size;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_ATTACHMENT_REPLACED;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_DEADLINE_EXCEEDED;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_INVALID_ATTACHMENT;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_SESSION_ENDED;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_SESSION_NOT_FOUND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.util.Durations;
import dev.polyproc.v1.QueueGetResponse;
import dev.polyproc.v1.QueueServiceGrpc;
import dev.polyproc.v1.SessionAttachRequest;
import dev.polyproc.v1.SessionEndRequest;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** One stream for the calls of a session, and another one after it broke. */
final class AttachIT {
  @RegisterExtension static final SharedDaemon daemon = SharedDaemon.with();

  private final Client client = daemon.client();
  private final String session = client.openSession();
  private final String queue = client.queues().create(createQueue("")).getRef().getName();

  @AfterEach
  void end() {
    client.close();
  }

  private int waitingGets() {
    return client.queues().size(size(queue)).getWaitingGets();
  }

  @Test
  void shouldDoTheCallsOfAFrameInTheirOrder() {
    SessionAttachRequest.Builder frame = SessionAttachRequest.newBuilder();
    for (int sequence = 1; sequence <= 500; sequence++) {
      frame.addCalls(
          Attachment.call(sequence, QueueServiceGrpc.getPutMethod(), put(queue, sequence)));
    }
    try (Attachment attachment = client.attach(session, 1)) {
      attachment.frame(frame.build());
      List<Long> items = new ArrayList<>();
      for (int sequence = 501; sequence <= 1000; sequence++) {
        items.add(
            attachment
                .ask(sequence, QueueServiceGrpc.getGetMethod(), get(queue))
                .getItem()
                .getInt());
      }
      assertThat(items).hasSize(500).isSorted();
    }
  }

  @Test
  void shouldAnswerABadCallAloneAndDoTheOthers() {
    try (Attachment attachment = client.attach(session, 1)) {
      attachment.frame(
          SessionAttachRequest.newBuilder()
              .addCalls(Attachment.call(1, QueueServiceGrpc.getPutMethod(), put(queue, 1)))
              .addCalls(Attachment.call(2, QueueServiceGrpc.getPutMethod(), put("none", 1)))
              .addCalls(Attachment.call(3, QueueServiceGrpc.getGetMethod(), get(queue)))
              .build());

      assertThat(
              Refusal.reasonOf(
                  () -> Later.get(attachment.response(2, QueueServiceGrpc.getPutMethod()))))
          .isEqualTo(ERROR_REASON_OBJECT_NOT_FOUND);
      assertThat(
              Later.get(attachment.response(3, QueueServiceGrpc.getGetMethod())).getItem().getInt())
          .isEqualTo(1);
    }
  }

  @Test
  void shouldReplaceAnOlderAttachment() {
    Attachment older = client.attach(session, 1).awaitAttached();

    Attachment newer = client.attach(session, 7).awaitAttached();

    assertThat(older.awaitRefusal().reason()).isEqualTo(ERROR_REASON_ATTACHMENT_REPLACED);
    assertThat(newer.ask(1, QueueServiceGrpc.getPutMethod(), put(queue, 1)).getAccepted()).isTrue();
    newer.close();
  }

  @Test
  void shouldRefuseAnAttachmentThatIsNotTheLatest() {
    client.attach(session, 5).awaitAttached();

    for (long number : new long[] {0, 1, 5}) {
      assertThat(client.attach(session, number).awaitRefusal().reason())
          .isEqualTo(ERROR_REASON_INVALID_ATTACHMENT);
    }
    assertThat(client.attach("", 9).awaitRefusal().reason())
        .isEqualTo(ERROR_REASON_INVALID_ATTACHMENT);
    assertThat(client.attach("nobody", 9).awaitRefusal().reason())
        .isEqualTo(ERROR_REASON_SESSION_NOT_FOUND);
  }

  @Test
  void shouldLetARepeatTakeThePlaceOfACallThatWaits() {
    try (CuttingProxy proxy = new CuttingProxy(daemon.get().socket());
        Client cut = Client.over(proxy.socket())) {
      Attachment first = cut.attach(session, 1).awaitAttached();
      first.send(1, QueueServiceGrpc.getGetMethod(), get(queue));
      await().until(() -> waitingGets() == 1);
      CompletableFuture<QueueGetResponse> behind =
          client
              .attach(client.openSession(), 1)
              .send(1, QueueServiceGrpc.getGetMethod(), get(queue));
      await().until(() -> waitingGets() == 2);
      proxy.cut();
      Later.get(first.ended());

      Attachment second = client.attach(session, 2);
      CompletableFuture<QueueGetResponse> repeated =
          second.send(1, QueueServiceGrpc.getGetMethod(), get(queue));
      second.ask(2, QueueServiceGrpc.getSizeMethod(), size(queue));
      assertThat(waitingGets()).isEqualTo(2);
      client.queues().put(put(queue, 1));
      client.queues().put(put(queue, 2));

      assertThat(Later.get(repeated).getItem().getInt()).as("it kept its place").isEqualTo(1);
      assertThat(Later.get(behind).getItem().getInt()).isEqualTo(2);
    }
  }

  @Test
  void shouldKeepTheSessionWhenAStreamEnds() {
    Attachment attachment = client.attach(session, 1).awaitAttached();

    attachment.halfClose();

    assertThat(Status.fromThrowable(Later.get(attachment.ended())).isOk()).isTrue();
    client.with(Envelope.of(session)).queues().put(put(queue, 1));
  }

  @Test
  void shouldEndTheStreamAndItsWaitingCallsWithTheSession() {
    Attachment attachment = client.attach(session, 1);
    var waiting = attachment.send(1, QueueServiceGrpc.getGetMethod(), get(queue));
    await().until(() -> waitingGets() == 1);

    client.with(Envelope.of(session)).sessions().end(SessionEndRequest.getDefaultInstance());

    assertThat(Refusal.reasonOf(() -> Later.get(waiting))).isEqualTo(ERROR_REASON_SESSION_ENDED);
    assertThat(attachment.awaitRefusal().reason()).isEqualTo(ERROR_REASON_SESSION_ENDED);
    assertThat(waitingGets()).isZero();
  }

  @Test
  void shouldEndTheStreamOfASessionThatFellSilent() {
    String brief = client.openSession(Durations.fromMillis(300));
    Attachment attachment = client.attach(brief, 1).awaitAttached();

    assertThat(attachment.awaitRefusal().reason()).isEqualTo(ERROR_REASON_SESSION_ENDED);
    assertThat(Refusal.reasonOf(() -> client.with(Envelope.of(brief)).queues().put(put(queue, 1))))
        .isEqualTo(ERROR_REASON_SESSION_NOT_FOUND);
  }

  @Test
  void shouldKeepTheDeadlineOfACall() {
    try (Attachment attachment = client.attach(session, 1)) {
      var call =
          Attachment.call(1, QueueServiceGrpc.getGetMethod(), get(queue))
              .setDeadline(Durations.fromMillis(50))
              .build();

      assertThat(
              Refusal.reasonOf(
                  () -> Later.get(attachment.send(call, QueueServiceGrpc.getGetMethod()))))
          .isEqualTo(ERROR_REASON_DEADLINE_EXCEEDED);
      assertThat(waitingGets()).isZero();
    }
  }
}
