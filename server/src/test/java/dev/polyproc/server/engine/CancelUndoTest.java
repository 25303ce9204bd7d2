package dev.polyproc.server.engine;

import static dev.polyproc.server.engine.QueueCalls.item;
import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.v1.CancelOutcome;
import dev.polyproc.v1.DictCreateRequest;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Lifetime;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A Cancel that asks for what the command was granted: as at the end of the session. */
final class CancelUndoTest {
  private final EngineFixture world = new EngineFixture();
  private final Client a = world.session("a");
  private final QueueCalls queue = a.queue("jobs");
  private final QueueCalls anyone = world.anonymous().queue("jobs");

  @BeforeEach
  void createQueue() {
    anyone.create().response();
  }

  private CancelOutcome undo(Pending<?> call) {
    return a.undo(call).response().getOutcome();
  }

  @Test
  void shouldPutAnItemBackAtTheHead() {
    anyone.putMany(List.of(1, 2));
    var get = queue.get();

    assertThat(undo(get)).isEqualTo(CancelOutcome.CANCEL_OUTCOME_UNDONE);

    assertThat(anyone.items()).containsExactly(1L, 2L);
    assertThat(anyone.get().response().getAttempt()).as("nobody saw it").isEqualTo(1);
    assertThat(a.repeat(get).reason()).isEqualTo(ErrorReason.ERROR_REASON_CANCELLED);
  }

  @Test
  void shouldHandAnUndoneItemToWhoWaits() {
    anyone.put(1);
    var get = queue.get();
    var next = anyone.get();
    undo(get);
    assertThat(item(next)).isEqualTo(1L);
  }

  @Test
  void shouldPutManyItemsBack() {
    anyone.putMany(List.of(1, 2, 3));
    var get = queue.getMany(2);
    assertThat(undo(get)).isEqualTo(CancelOutcome.CANCEL_OUTCOME_UNDONE);
    assertThat(anyone.items()).containsExactly(1L, 2L, 3L);
  }

  @Test
  void shouldPutAReservedItemBack() {
    anyone.put(1);
    var get = queue.reserve();
    assertThat(undo(get)).isEqualTo(CancelOutcome.CANCEL_OUTCOME_UNDONE);
    assertThat(anyone.size().getReserved()).isZero();
    assertThat(anyone.get().response().getAttempt()).as("nobody saw it").isEqualTo(1);
  }

  @Test
  void shouldLeaveAReservedItemThatWasAcknowledged() {
    anyone.put(1);
    var get = queue.reserve();
    queue.acknowledge(get.response().getReservation()).response();
    assertThat(undo(get)).isEqualTo(CancelOutcome.CANCEL_OUTCOME_DONE);
    assertThat(anyone.items()).isEmpty();
  }

  @Test
  void shouldReleaseALockForWhoIsNext() {
    a.lock("l").create().response();
    var acquire = a.lock("l").acquire();
    var next = world.session("b").lock("l").acquire();

    assertThat(undo(acquire)).isEqualTo(CancelOutcome.CANCEL_OUTCOME_UNDONE);

    assertThat(next.response().getAcquired()).isTrue();
    assertThat(next.response().getPreviousOwnerDied())
        .as("whether the client knew of its hold is unknown")
        .isTrue();
  }

  @Test
  void shouldLeaveALockThatWasReleased() {
    a.lock("l").create().response();
    var acquire = a.lock("l").acquire();
    a.lock("l").release().response();
    world.session("b").lock("l").acquire().response();
    assertThat(undo(acquire)).isEqualTo(CancelOutcome.CANCEL_OUTCOME_DONE);
    assertThat(world.session("c").lock("l").acquire().isWaiting()).isTrue();
  }

  @Test
  void shouldLeaveAPutAsItIs() {
    var put = queue.put(1);
    var cancelled = a.undo(put).response();
    assertThat(cancelled.getOutcome()).isEqualTo(CancelOutcome.CANCEL_OUTCOME_DONE);
    assertThat(cancelled.hasReply()).isTrue();
    assertThat(anyone.items()).containsExactly(1L);
  }

  @Test
  void shouldLeaveATimeThatRanOut() {
    var nothing = queue.get(java.time.Duration.ZERO);
    assertThat(undo(nothing)).isEqualTo(CancelOutcome.CANCEL_OUTCOME_DONE);
  }

  @Test
  void shouldRemoveACallThatStillWaits() {
    var get = queue.get();
    assertThat(undo(get)).isEqualTo(CancelOutcome.CANCEL_OUTCOME_REMOVED);
    assertThat(get.reason()).isEqualTo(ErrorReason.ERROR_REASON_CANCELLED);
  }

  @Test
  void shouldNotUndoWhatWasConfirmed() {
    anyone.put(1);
    var get = queue.get();
    a.confirm(get);
    assertThat(a.undo(get).reason()).isEqualTo(ErrorReason.ERROR_REASON_SEQUENCE_FORGOTTEN);
    assertThat(anyone.items()).isEmpty();
  }

  @Test
  void shouldNotUndoWithoutBeingAsked() {
    anyone.put(1);
    var get = queue.get();
    assertThat(a.cancel(get).response().getOutcome()).isEqualTo(CancelOutcome.CANCEL_OUTCOME_DONE);
    assertThat(anyone.items()).isEmpty();
    assertThat(undo(get)).isEqualTo(CancelOutcome.CANCEL_OUTCOME_UNDONE);
    assertThat(anyone.items()).containsExactly(1L);
  }

  @Test
  void shouldUndoOnce() {
    anyone.put(1);
    var get = queue.get();
    var cancel = a.undo(get);
    assertThat(item(anyone.get())).isEqualTo(1L);
    assertThat(a.repeat(cancel).response()).isEqualTo(cancel.response());
    assertThat(undo(get))
        .as("it has no effect, as a cancel has seen to before")
        .isEqualTo(CancelOutcome.CANCEL_OUTCOME_REMOVED);
    a.dies();
    assertThat(anyone.items()).isEmpty();
  }

  @Test
  void shouldGiveBackWhatTheReplyTook() {
    anyone.put("x".repeat(1_000));
    long before = world.usedBytes();
    var get = a.queue("jobs").get();
    a.unnumbered().undo(get.sequence()).response();
    a.confirm(get);
    assertThat(world.usedBytes() - before).isBetween(0L, 200L); // A range that is confirmed.
  }

  @Test
  void shouldDropWhatTheReplyMadeTheSessionRetain() {
    var b = world.session("b");
    var ref =
        b.dict("d")
            .create(DictCreateRequest.newBuilder().setLifetime(Lifetime.LIFETIME_REFERENCED))
            .response()
            .getRef();
    anyone.put(ref);
    b.drop(ref, 0);
    var get = queue.get();
    assertThat(a.inspect(ref.getName()).getObject().getRetainingSessions()).isEqualTo(1);

    undo(get);

    assertThat(a.inspect(ref.getName()).getObject().getRetainingSessions()).isZero();
    anyone.get().response();
    assertThat(a.delete(ref.getName()).reason())
        .as("its last ref went with the item")
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
  }

  @Test
  void shouldFindNothingToUndoInADeletedQueue() {
    anyone.put(1);
    var get = queue.get();
    a.delete("jobs").response();
    assertThat(undo(get)).isEqualTo(CancelOutcome.CANCEL_OUTCOME_DONE);
  }

  @Test
  void shouldPutAMessageBackIntoItsPipe() {
    var b = world.session("b");
    b.pipe("p").create().response();
    a.retain(b.inspect("p/1").getObject().getRef()).response();
    b.pipe("p/2").send(1).response();
    b.pipe("p/2").send(2).response();
    var receive = a.pipe("p/1").receive();

    assertThat(undo(receive)).isEqualTo(CancelOutcome.CANCEL_OUTCOME_UNDONE);

    var again = a.pipe("p/1").receive().response();
    assertThat(again.getMessage().getInt()).isEqualTo(1);
    assertThat(again.getAttempt()).isEqualTo(2);
  }
}
