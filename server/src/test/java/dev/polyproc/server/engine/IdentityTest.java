package dev.polyproc.server.engine;

import static dev.polyproc.server.engine.QueueCalls.item;
import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.v1.CancelOutcome;
import dev.polyproc.v1.ErrorReason;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** (session, sequence) is the identity of a command: sent twice, it counts once. */
final class IdentityTest {
  private final EngineFixture world = new EngineFixture();
  private final Client a = world.session("a");
  private final QueueCalls queue = a.queue("jobs");
  private final QueueCalls anyone = world.anonymous().queue("jobs");

  @BeforeEach
  void createQueue() {
    anyone.create(2).response();
  }

  // Repeats.

  @Test
  void shouldCountARepeatedPutOnce() {
    var put = queue.put(1);
    var again = a.repeat(put);
    assertThat(again.response()).isEqualTo(put.response());
    assertThat(anyone.items()).containsExactly(1L);
  }

  @Test
  void shouldAnswerARepeatedGetWithTheSameItem() {
    anyone.putMany(java.util.List.of(1, 2));
    var get = queue.get();
    var again = a.repeat(get);
    assertThat(again.response()).isEqualTo(get.response());
    assertThat(anyone.items()).containsExactly(2L);
  }

  @Test
  void shouldRepeatARefusal() {
    var refused = a.queue("nowhere").put(1);
    a.queue("nowhere").create().response();
    assertThat(a.repeat(refused).reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
    assertThat(a.queue("nowhere").items()).isEmpty();
  }

  @Test
  void shouldRepeatATimeThatRanOut() {
    var get = queue.get(Duration.ofSeconds(1));
    world.advance(Duration.ofSeconds(1));
    anyone.put(1);
    assertThat(a.repeat(get).response().hasItem()).isFalse();
    assertThat(anyone.items()).containsExactly(1L);
  }

  @Test
  void shouldLetARepeatTakeTheParkedCallOver() {
    var get = queue.get();
    var next = anyone.get();

    var again = a.repeat(get);
    assertThat(again.isWaiting()).isTrue();
    anyone.put(1);

    assertThat(item(again)).as("its place in line is the first call's").isEqualTo(1L);
    assertThat(get.reason())
        .as("nobody answers twice, nor leaves anybody waiting")
        .isEqualTo(ErrorReason.ERROR_REASON_CALL_REPLACED);
    assertThat(next.isWaiting()).isTrue();
    assertThat(item(a.repeat(get))).isEqualTo(1L);
  }

  @Test
  void shouldKeepTheDeadlineOfTheFirstCall() {
    var get = queue.get(Duration.ofSeconds(2));
    world.advance(Duration.ofSeconds(1));
    var again = a.repeat(get);
    world.advance(Duration.ofSeconds(1));
    assertThat(again.response().hasItem()).isFalse();
  }

  @Test
  void shouldCountOnceInWhateverOrderTheCallsCome() {
    var late = a.from(7).queue("jobs").put("seventh");
    var early = a.from(3).queue("jobs").put("third");
    a.repeat(early);
    a.repeat(late);
    assertThat(anyone.items()).containsExactly("seventh", "third");
  }

  @Test
  void shouldRefuseAnotherRequestUnderTheSameNumber() {
    var put = queue.put(1);
    var other = a.from(put.sequence()).queue("jobs").put(2);
    assertThat(other.reason()).isEqualTo(ErrorReason.ERROR_REASON_SEQUENCE_REUSED);
    assertThat(other.sentence())
        .isEqualTo(
            "Expected the same request again under sequence 1, but another one came under it"
                + " before; number every new command anew");
    assertThat(a.from(put.sequence()).queue("jobs").get().reason())
        .as("another method")
        .isEqualTo(ErrorReason.ERROR_REASON_SEQUENCE_REUSED);
    assertThat(a.repeat(put).response().getAccepted()).isTrue();
    assertThat(anyone.items()).containsExactly(1L);
  }

  @Test
  void shouldRefuseAnotherRequestUnderTheNumberOfAWaitingCall() {
    var get = queue.get();
    assertThat(a.from(get.sequence()).queue("jobs").put(1).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_SEQUENCE_REUSED);
    assertThat(get.isWaiting()).isTrue();
  }

  @Test
  void shouldNotTellOtherSessionsCallsApartByNumberAlone() {
    queue.put(1);
    world.session("b").queue("jobs").put(2);
    assertThat(anyone.items()).containsExactly(1L, 2L);
  }

  @Test
  void shouldRepeatWhatASessionWithoutNumbersDoes() {
    var put = a.unnumbered().queue("jobs").put(1);
    a.repeat(put);
    assertThat(anyone.items()).containsExactly(1L, 1L);
  }

  @Test
  void shouldTakeACallForNewThatWasAbandoned() {
    var get = queue.get();
    world.abandon(get);

    var again = a.repeat(get);
    anyone.put(1);

    assertThat(item(again)).isEqualTo(1L);
  }

  // Confirmations.

  @Test
  void shouldNeverExecuteWhatWasConfirmedAsReceived() {
    var first = queue.put(1);
    var second = queue.put(2);
    a.confirmBelow(second.sequence());

    assertThat(a.repeat(first).reason()).isEqualTo(ErrorReason.ERROR_REASON_SEQUENCE_FORGOTTEN);
    assertThat(a.repeat(second).response().getAccepted()).isTrue();
    assertThat(anyone.items()).containsExactly(1L, 2L);
  }

  @Test
  void shouldConfirmRangesAboveACallThatWaits() {
    anyone.create().reason();
    var waiting = a.queue("other");
    waiting.create().response();
    var get = waiting.get();
    var first = queue.put(1);
    var second = queue.put(2);

    a.confirm(first, second);
    a.confirmBelow(get.sequence());

    assertThat(a.repeat(first).reason()).isEqualTo(ErrorReason.ERROR_REASON_SEQUENCE_FORGOTTEN);
    assertThat(a.repeat(second).reason()).isEqualTo(ErrorReason.ERROR_REASON_SEQUENCE_FORGOTTEN);
    assertThat(a.repeat(get).isWaiting()).isTrue();
  }

  @Test
  void shouldTakeConfirmationsWithAnyCall() {
    var put = queue.put(1);
    assertThat(a.havingReceivedBelow(put.sequence() + 1).queue("nowhere").put(1).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
    assertThat(a.repeat(put).reason()).isEqualTo(ErrorReason.ERROR_REASON_SEQUENCE_FORGOTTEN);
  }

  @Test
  void shouldIgnoreConfirmationsThatGoBackOrAreEmpty() {
    var put = queue.put(1);
    a.confirmBelow(put.sequence() + 1);
    a.confirmBelow(1);
    a.confirmBelow(0);
    a.confirmRange(9, 3);
    assertThat(a.repeat(put).reason()).isEqualTo(ErrorReason.ERROR_REASON_SEQUENCE_FORGOTTEN);
    assertThat(queue.put(2).response().getAccepted()).isTrue();
  }

  @Test
  void shouldSurviveAConfirmationOfAllThereWillEverBe() {
    var get = queue.get();
    a.confirmRange(1, Long.MAX_VALUE);
    anyone.put(1);
    assertThat(item(get)).isEqualTo(1L);
    assertThat(queue.put(2).reason()).isEqualTo(ErrorReason.ERROR_REASON_SEQUENCE_FORGOTTEN);
  }

  @Test
  @Timeout(value = 10, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void shouldSurviveAConfirmationOfTheLastNumberOfAll() {
    var put = queue.put(1);
    a.confirmRange(Long.MAX_VALUE, Long.MAX_VALUE);
    assertThat(a.repeat(put).response().getAccepted()).isTrue();
    assertThat(a.from(Long.MAX_VALUE).queue("jobs").put(2).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_SEQUENCE_FORGOTTEN);
  }

  // Cancel.

  @Test
  void shouldRemoveAWaitingCall() {
    var get = queue.get();
    var next = anyone.get();

    assertThat(a.cancel(get).response().getOutcome())
        .isEqualTo(CancelOutcome.CANCEL_OUTCOME_REMOVED);

    assertThat(get.reason()).isEqualTo(ErrorReason.ERROR_REASON_CANCELLED);
    assertThat(get.sentence())
        .isEqualTo("Expected QueueService/Get to be done, but it was cancelled; it has no effect");
    anyone.put(1);
    assertThat(item(next)).isEqualTo(1L);
    assertThat(a.repeat(get).reason()).isEqualTo(ErrorReason.ERROR_REASON_CANCELLED);
  }

  @Test
  void shouldLetTheNextPutGoWhenTheFirstIsCancelled() {
    queue.put(1);
    var tooMuch = queue.putMany(java.util.List.of(2, 3));
    var next = anyone.put(4);
    a.cancel(tooMuch).response();
    assertThat(next.response().getAccepted()).isTrue();
    assertThat(anyone.items()).containsExactly(1L, 4L);
  }

  @Test
  void shouldAnswerTheReplyOfACallThatIsDone() throws Exception {
    var put = queue.put(1);
    var cancelled = a.cancel(put).response();
    assertThat(cancelled.getOutcome()).isEqualTo(CancelOutcome.CANCEL_OUTCOME_DONE);
    assertThat(cancelled.getReply().getSequence()).isEqualTo(put.sequence());
    assertThat(put.prototype().getParserForType().parseFrom(cancelled.getReply().getResponse()))
        .isEqualTo(put.response());
    assertThat(anyone.items()).as("a cancel never undoes").containsExactly(1L);
  }

  @Test
  void shouldRefuseACallThatComesAfterItsCancel() {
    assertThat(a.from(100).cancel(50).response().getOutcome())
        .isEqualTo(CancelOutcome.CANCEL_OUTCOME_MARKED);
    assertThat(a.from(101).cancel(50).response().getOutcome())
        .isEqualTo(CancelOutcome.CANCEL_OUTCOME_MARKED);

    var late = a.from(50).queue("jobs").put(1);
    assertThat(late.reason()).isEqualTo(ErrorReason.ERROR_REASON_CANCELLED);
    assertThat(a.repeat(late).reason()).isEqualTo(ErrorReason.ERROR_REASON_CANCELLED);
    assertThat(a.from(102).cancel(50).response().getOutcome())
        .isEqualTo(CancelOutcome.CANCEL_OUTCOME_REMOVED);
    assertThat(anyone.items()).isEmpty();
  }

  @Test
  void shouldNotCancelWhatWasForgotten() {
    var put = queue.put(1);
    a.confirm(put);
    assertThat(a.cancel(put).reason()).isEqualTo(ErrorReason.ERROR_REASON_SEQUENCE_FORGOTTEN);
  }

  @Test
  void shouldCancelOnlyOnesOwnOtherCalls() {
    assertThat(a.cancel(0).reason()).isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    assertThat(a.from(5).cancel(5).reason()).isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    assertThat(world.anonymous().cancel(1).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_SESSION_REQUIRED);
    var get = queue.get();
    assertThat(world.session("b").from(50).cancel(get).response().getOutcome())
        .isEqualTo(CancelOutcome.CANCEL_OUTCOME_MARKED);
    assertThat(get.isWaiting()).isTrue();
  }

  @Test
  void shouldRepeatACancel() {
    var get = queue.get();
    var cancel = a.cancel(get);
    assertThat(a.repeat(cancel).response()).isEqualTo(cancel.response());
    assertThat(a.cancel(get).response()).isEqualTo(cancel.response());
  }

  @Test
  void shouldUndoWhatACancelFoundDone() {
    anyone.put(1);
    var get = queue.get();
    a.cancel(get).response();
    a.dies();
    assertThat(anyone.items()).as("the get's own reply was never confirmed").containsExactly(1L);
  }

  // Attachments.

  @Test
  void shouldFenceOlderAttachments() {
    assertThat(a.attach(1).response().getAttached()).isTrue();
    var put = a.over(1).queue("jobs").put(1);
    assertThat(a.attach(2).response().getAttached()).isTrue();

    var late = a.over(1).queue("jobs").put(2);
    assertThat(late.reason()).isEqualTo(ErrorReason.ERROR_REASON_ATTACHMENT_REPLACED);
    assertThat(a.over(1).queue("jobs").peek().reason())
        .isEqualTo(ErrorReason.ERROR_REASON_ATTACHMENT_REPLACED);

    assertThat(a.over(2).repeat(put).response().getAccepted()).isTrue();
    assertThat(a.over(2).repeat(late).response().getAccepted())
        .as("a call that was fenced was never executed")
        .isTrue();
    assertThat(anyone.items()).containsExactly(1L, 2L);
  }

  @Test
  void shouldRefuseAnAttachmentThatIsNotNewer() {
    a.attach(5);
    assertThat(a.attach(5).reason()).isEqualTo(ErrorReason.ERROR_REASON_INVALID_ATTACHMENT);
    assertThat(a.attach(4).sentence())
        .isEqualTo("Expected an attachment above 5, but it is 4; count up with every stream");
    assertThat(a.attach(-1).response().getAttached()).as("unsigned").isTrue();
    assertThat(a.attach(6).reason()).isEqualTo(ErrorReason.ERROR_REASON_INVALID_ATTACHMENT);
  }

  @Test
  void shouldReattachAWaitingCall() {
    a.attach(1);
    var get = a.over(1).queue("jobs").get();
    a.attach(2);
    var again = a.over(2).repeat(get);
    anyone.put(1);
    assertThat(item(again)).isEqualTo(1L);
  }
}
