package dev.polyproc.integration;

import static dev.polyproc.integration.Requests.createQueue;
import static dev.polyproc.integration.Requests.get;
import static dev.polyproc.integration.Requests.getNow;
import static dev.polyproc.integration.Requests.put;
import static dev.polyproc.integration.Requests.size;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_SEQUENCE_FORGOTTEN;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_SEQUENCE_REUSED;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_WINDOW_FULL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.polyproc.v1.QueueGetResponse;
import dev.polyproc.v1.QueueServiceGrpc;
import dev.polyproc.v1.SessionAttachRequest;
import dev.polyproc.v1.SessionEndRequest;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a session remembers of its calls, and what it may forget. */
final class SequenceIT {
  private static final int WINDOW = 100;

  @RegisterExtension
  static final SharedDaemon daemon = SharedDaemon.with("--limit", "window_calls=" + WINDOW);

  private final Client client = daemon.client();
  private final String session = client.openSession();
  private final Client own = client.with(Envelope.of(session));
  private final String queue = client.queues().create(createQueue("")).getRef().getName();

  @BeforeEach
  void fill() {
    for (int i = 1; i <= 5; i++) {
      client.queues().put(put(queue, i));
    }
  }

  @AfterEach
  void end() {
    client.close();
  }

  private Client numbered(long sequence) {
    return own.with(Envelope.none().sequence(sequence));
  }

  private long items() {
    return client.queues().size(size(queue)).getSize();
  }

  @Test
  void shouldTellCallsThatComeOutOfOrderApart() {
    QueueGetResponse fifth = numbered(5).queues().get(get(queue));
    QueueGetResponse third = numbered(3).queues().get(get(queue));

    assertThat(numbered(3).queues().get(get(queue))).isEqualTo(third);
    assertThat(numbered(5).queues().get(get(queue))).isEqualTo(fifth);
    assertThat(fifth.getItem().getInt()).isEqualTo(1);
    assertThat(third.getItem().getInt()).isEqualTo(2);
    assertThat(items()).isEqualTo(3);
  }

  @Test
  void shouldRefuseAnotherRequestUnderTheSameSequence() {
    numbered(1).queues().get(get(queue));

    assertThat(Refusal.reasonOf(() -> numbered(1).queues().get(getNow(queue))))
        .isEqualTo(ERROR_REASON_SEQUENCE_REUSED);
    assertThat(Refusal.reasonOf(() -> numbered(1).queues().put(put(queue, 1))))
        .isEqualTo(ERROR_REASON_SEQUENCE_REUSED);
    try (Attachment attachment = client.attach(session, 1)) {
      assertThat(
              Refusal.reasonOf(
                  () -> attachment.ask(1, QueueServiceGrpc.getPutMethod(), put(queue, 9))))
          .isEqualTo(ERROR_REASON_SEQUENCE_REUSED);
    }
    assertThat(items()).isEqualTo(4);
  }

  @Test
  void shouldNotDoAgainWhatWasConfirmedBelow() {
    numbered(1).queues().get(get(queue));
    numbered(2).with(Envelope.none().receivedBelow(2)).queues().get(get(queue));

    assertThat(Refusal.reasonOf(() -> numbered(1).queues().get(get(queue))))
        .isEqualTo(ERROR_REASON_SEQUENCE_FORGOTTEN);
    assertThat(numbered(2).queues().get(get(queue)).getItem().getInt()).isEqualTo(2);
    assertThat(items()).isEqualTo(3);
  }

  @Test
  void shouldNotDoAgainWhatWasConfirmedInRanges() {
    for (int sequence = 1; sequence <= 4; sequence++) {
      numbered(sequence).queues().get(get(queue));
    }
    own.with(Envelope.none().received("2-3,9").sequence(5)).queues().get(get(queue));

    for (int sequence : new int[] {2, 3, 9}) {
      assertThat(Refusal.reasonOf(() -> numbered(sequence).queues().get(get(queue))))
          .isEqualTo(ERROR_REASON_SEQUENCE_FORGOTTEN);
    }
    assertThat(numbered(1).queues().get(get(queue)).getItem().getInt()).isEqualTo(1);
    assertThat(numbered(4).queues().get(get(queue)).getItem().getInt()).isEqualTo(4);
    assertThat(items()).isZero();
  }

  @Test
  void shouldServeFarMoreCallsThanItsWindowWhileOneWaits() {
    String empty = client.queues().create(createQueue("")).getRef().getName();
    try (Attachment attachment = client.attach(session, 1)) {
      CompletableFuture<QueueGetResponse> early =
          attachment.send(1, QueueServiceGrpc.getGetMethod(), get(empty));
      for (int sequence = 2; sequence <= 20 * WINDOW; sequence++) {
        attachment.ask(sequence, QueueServiceGrpc.getPutMethod(), put(queue, sequence));
        if (sequence % (WINDOW / 4) == 0) {
          attachment.received(2, sequence);
        }
      }
      assertThat(early).isNotDone();
      attachment.send(30L * WINDOW, QueueServiceGrpc.getPutMethod(), put(empty, 42));

      assertThat(Later.get(early).getItem().getInt()).isEqualTo(42);
      assertThat(items()).isEqualTo(5 + 20 * WINDOW - 1);
    }
  }

  @Test
  void shouldRefuseUnaryCallsOfASessionThatNeverConfirms() {
    for (int sequence = 1; sequence <= WINDOW; sequence++) {
      numbered(sequence).queues().put(put(queue, sequence));
    }

    Refusal refusal = Refusal.of(() -> numbered(WINDOW + 1).queues().put(put(queue, 1)));

    assertThat(refusal.reason()).isEqualTo(ERROR_REASON_WINDOW_FULL);
    assertThat(items()).isEqualTo(5 + WINDOW);
    numbered(1).queues().put(put(queue, 1)); // a repeat needs no room
    numbered(WINDOW + 1).with(Envelope.none().receivedBelow(WINDOW)).queues().put(put(queue, 1));
    assertThat(items()).isEqualTo(5 + WINDOW + 1);
  }

  @Test
  void shouldEndTheStreamOfASessionThatNeverConfirms() {
    try (Attachment attachment = client.attach(session, 1)) {
      for (int first = 1; first <= 3 * WINDOW; first += WINDOW) {
        SessionAttachRequest.Builder frame = SessionAttachRequest.newBuilder();
        for (int sequence = first; sequence < first + WINDOW; sequence++) {
          frame.addCalls(
              Attachment.call(sequence, QueueServiceGrpc.getPutMethod(), put(queue, sequence)));
        }
        attachment.frame(frame.build());
      }

      assertThat(attachment.awaitRefusal().reason()).isEqualTo(ERROR_REASON_WINDOW_FULL);
      assertThat(Later.get(attachment.response(WINDOW, QueueServiceGrpc.getPutMethod())))
          .isNotNull();
    }
    assertThat(items()).isEqualTo(5 + WINDOW);
    own.queues().put(put(queue, 1)); // the session lives
  }

  @Test
  void shouldHoldCallsUntilTheSessionHasConfirmed() {
    try (Attachment attachment = client.attach(session, 1)) {
      for (int sequence = 1; sequence <= WINDOW; sequence++) {
        attachment.ask(sequence, QueueServiceGrpc.getPutMethod(), put(queue, sequence));
      }
      var held = attachment.send(WINDOW + 1, QueueServiceGrpc.getPutMethod(), put(queue, 1));
      var alsoHeld = attachment.send(WINDOW + 2, QueueServiceGrpc.getPutMethod(), put(queue, 2));
      attachment.receivedBelow(WINDOW + 1);

      assertThat(Later.get(held).getAccepted()).isTrue();
      assertThat(Later.get(alsoHeld).getAccepted()).isTrue();
    }
    assertThat(items()).isEqualTo(5 + WINDOW + 2);
  }

  @Test
  void shouldGoOnWithHeldCallsWhenTheSessionHasConfirmedElsewhere() {
    try (Attachment attachment = client.attach(session, 1)) {
      for (int sequence = 1; sequence <= WINDOW; sequence++) {
        attachment.ask(sequence, QueueServiceGrpc.getPutMethod(), put(queue, sequence));
      }
      var held = attachment.send(WINDOW + 1, QueueServiceGrpc.getPutMethod(), put(queue, 1));
      numbered(WINDOW + 2)
          .with(Envelope.none().receivedBelow(WINDOW + 1))
          .queues()
          .put(put(queue, 2));

      assertThat(Later.get(held).getAccepted()).isTrue();
    }
  }

  @Test
  void shouldGoOnWithHeldCallsWhenOthersWereGivenUp() {
    String empty = client.queues().create(createQueue("")).getRef().getName();
    try (Attachment attachment = client.attach(session, 1)) {
      for (int sequence = 2; sequence <= WINDOW; sequence++) {
        attachment.ask(sequence, QueueServiceGrpc.getPutMethod(), put(queue, sequence));
      }
      var waiting = numbered(1).queuesLater().get(get(empty));
      await().until(() -> client.queues().size(size(empty)).getWaitingGets() == 1);
      var held = attachment.send(WINDOW + 1, QueueServiceGrpc.getPutMethod(), put(queue, 1));
      assertThat(items()).isEqualTo(5 + WINDOW - 1);

      waiting.cancel(true);

      assertThat(Later.get(held).getAccepted()).isTrue();
    }
  }

  @Test
  void shouldTakeBackOnlyWhatWasNotConfirmedWhenTheSessionEnds() {
    assertThat(numbered(1).queues().get(get(queue)).getItem().getInt()).isEqualTo(1);
    assertThat(numbered(2).queues().get(get(queue)).getItem().getInt()).isEqualTo(2);
    numbered(3).with(Envelope.none().receivedBelow(2)).queues().put(put(queue, 6));

    own.sessions().end(SessionEndRequest.getDefaultInstance());

    QueueGetResponse first = client.queues().get(get(queue));
    assertThat(first.getItem().getInt()).as("the one that was not confirmed").isEqualTo(2);
    assertThat(first.getAttempt()).isEqualTo(2);
    assertThat(client.queues().get(get(queue)).getAttempt()).isEqualTo(1);
    assertThat(items()).as("4, 5, and the put, which stands").isEqualTo(3);
  }
}
