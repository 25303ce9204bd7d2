package dev.polyproc.server.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Message;
import dev.polyproc.internal.v1.Confirm;
import dev.polyproc.internal.v1.Envelope;
import dev.polyproc.internal.v1.NodeEvent;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Operation;
import dev.polyproc.server.engine.call.Recipient;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.server.engine.session.Window;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.QueuePutRequest;
import dev.polyproc.v1.SequenceRange;
import dev.polyproc.v1.SessionCancelRequest;
import dev.polyproc.v1.SessionOpenRequest;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How much a session may leave unconfirmed. */
final class WindowTest {
  private final EngineFixture world =
      new EngineFixture(
          EngineFixture.LIMITS.toBuilder().setWindowCalls(3).setWindowBytes(2_000).build());
  private final Client a = world.session("a");
  private final QueueCalls queue = a.queue("jobs");

  WindowTest() {
    world.anonymous().queue("jobs").create().response();
  }

  private boolean mustWait(Pending<?> call) {
    Operation put = world.engine().operations().byName("QueueService/Put");
    return world
        .engine()
        .mustWait(
            new Invocation(
                put,
                QueuePutRequest.getDefaultInstance(),
                call.envelope().toBuilder().setAttachment(1).build(),
                Recipient.NOBODY));
  }

  @Test
  void shouldRefuseMoreCallsThanTheWindowHolds() {
    var first = queue.put(1);
    queue.put(2);
    queue.put(3);

    var tooMany = queue.put(4);

    assertThat(tooMany.reason()).isEqualTo(ErrorReason.ERROR_REASON_WINDOW_FULL);
    assertThat(tooMany.sentence()).startsWith("Expected the session to confirm the replies");
    assertThat(queue.size().getSize()).as("reads are not recorded").isEqualTo(3);
    assertThat(a.repeat(first).response().getAccepted()).as("what is known has room").isTrue();
    assertThat(mustWait(tooMany)).isTrue();
    assertThat(mustWait(first)).isFalse();

    a.confirm(first);
    assertThat(mustWait(tooMany)).isFalse();
    assertThat(a.repeat(tooMany).response().getAccepted()).isTrue();
    assertThat(queue.items()).containsExactly(1L, 2L, 3L, 4L);
  }

  @Test
  void shouldCountWaitingCalls() {
    queue.get();
    queue.get();
    queue.get();
    assertThat(queue.get().reason()).isEqualTo(ErrorReason.ERROR_REASON_WINDOW_FULL);
    assertThat(a.unnumbered().queue("jobs").put(1).response().getAccepted()).isTrue();
  }

  @Test
  void shouldTakeACallTogetherWithTheConfirmationThatMakesRoom() {
    queue.put(1);
    queue.put(2);
    var third = queue.put(3);
    assertThat(
            a.havingReceivedBelow(third.sequence()).queue("jobs").put(4).response().getAccepted())
        .isTrue();
  }

  @Test
  void shouldBoundTheBytesOfUnconfirmedReplies() {
    QueueCalls anyone = world.anonymous().queue("jobs");
    anyone.put("x".repeat(3_000));
    assertThat(queue.get().response().hasItem()).as("the last reply may go over").isTrue();
    assertThat(queue.put(1).reason()).isEqualTo(ErrorReason.ERROR_REASON_WINDOW_FULL);
    a.confirmBelow(2);
    assertThat(queue.put(1).response().getAccepted()).isTrue();
  }

  @Test
  void shouldBoundTheMarksOfCancel() {
    Client unnumbered = a.unnumbered();
    for (int sequence = 10; sequence < 13; sequence++) {
      unnumbered.cancel(sequence).response();
    }
    assertThat(unnumbered.cancel(13).reason()).isEqualTo(ErrorReason.ERROR_REASON_WINDOW_FULL);
    assertThat(unnumbered.cancel(12).response()).as("a mark that is there").isNotNull();
    a.confirmRange(10, 12);
    assertThat(a.cancel(13).response()).isNotNull();
    assertThat(a.cancel(14).reason())
        .as("there is room for the mark or the cancel's reply, not for both")
        .isEqualTo(ErrorReason.ERROR_REASON_WINDOW_FULL);
  }

  @Test
  void shouldRefuseToCancelNumbersThatNoCallCanHave() {
    for (long sequence : new long[] {0, Long.MIN_VALUE, -1}) {
      var refused = a.cancel(sequence);
      assertThat(refused.reason()).isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
      assertThat(refused.sentence())
          .isEqualTo(
              "Expected a sequence from 1 to 9223372036854775807, but it is "
                  + Long.toUnsignedString(sequence));
      a.confirm(refused);
    }
    assertThat(a.unnumbered().cancel(Long.MAX_VALUE).response()).isNotNull();
  }

  /** A session of the most calls, and as many ranges as it may name, all of them long. */
  @Test
  @Timeout(20)
  void shouldConfirmManyLongRangesInOneStep() {
    int calls = 16_384;
    Engine engine =
        new Engine(
            EngineFixture.boot(EngineFixture.LIMITS.toBuilder().setWindowCalls(calls).build()));
    apply(
        engine,
        "SessionService/Open",
        SessionOpenRequest.getDefaultInstance(),
        Envelope.newBuilder().setSecret("busy"));
    for (int i = 0; i < calls; i++) {
      apply(
          engine,
          "SessionService/Cancel",
          SessionCancelRequest.newBuilder().setSequence((1L << 50) + i).build(),
          Envelope.newBuilder().setSession("busy"));
    }
    Confirm.Builder confirm = Confirm.newBuilder().setSession("busy");
    for (int i = 1; i < calls; i++) {
      long first = 10 + 100_000L * i;
      confirm.addReceived(SequenceRange.newBuilder().setFirst(first).setLast(first + 32_000));
    }
    NodeEvent event = NodeEvent.newBuilder().setConfirm(confirm).build();
    for (int i = 0; i < 10; i++) {
      engine.apply(EngineFixture.STARTED, event);
    }
    Window window = engine.sessions().find("busy").window();
    assertThat(window.find((1L << 50) + 1)).isNotNull();

    window.confirm(
        1,
        List.of(
            SequenceRange.newBuilder().setFirst(1L << 49).setLast((1L << 50) + calls - 2).build()));

    assertThat(window.find((1L << 50) + calls - 1)).isNotNull();
    assertThatThrownBy(() -> window.find(1L << 50))
        .isInstanceOfSatisfying(
            Refusal.class,
            refusal ->
                assertThat(refusal.reason())
                    .isEqualTo(ErrorReason.ERROR_REASON_SEQUENCE_FORGOTTEN));
    engine.checkInvariants();
  }

  private static void apply(
      Engine engine, String operation, Message request, Envelope.Builder around) {
    Operation method = engine.operations().byName(operation);
    engine.apply(
        EngineFixture.STARTED, new Invocation(method, request, around.build(), Recipient.NOBODY));
    engine.takeTouched();
    engine.takeEffects();
  }

  @Test
  void shouldForgetOnlyWhatTheClientConfirmed() {
    var get = queue.get();
    var put = a.queue("other").create();
    a.confirm(put);
    a.confirmBelow(get.sequence());
    world.anonymous().queue("jobs").put(1);
    assertThat(a.repeat(get).response().getItem().getInt()).isEqualTo(1);
  }
}
