package dev.polyproc.server.engine.sync;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.server.engine.Client;
import dev.polyproc.server.engine.EngineFixture;
import dev.polyproc.server.engine.Pending;
import dev.polyproc.v1.BarrierCreateRequest;
import dev.polyproc.v1.BarrierGetResponse;
import dev.polyproc.v1.BarrierWaitResponse;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Lifetime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class BarrierTest {
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final ErrorReason BROKEN = ErrorReason.ERROR_REASON_BARRIER_BROKEN;

  private final EngineFixture world = new EngineFixture();
  private final Client a = world.session("a");
  private final Client b = world.session("b");
  private final Client c = world.session("c");

  private static void assertPassed(Pending<BarrierWaitResponse> party, int index, long round) {
    assertThat(party.response())
        .isEqualTo(
            BarrierWaitResponse.newBuilder()
                .setPassed(true)
                .setIndex(index)
                .setRound(round)
                .build());
  }

  private void assertBroken(String barrier) {
    BarrierGetResponse seen = a.barrier(barrier).get();
    assertThat(seen.getBroken()).isTrue();
    assertThat(seen.getWaiting()).isZero();
    assertThat(seen.hasRunner()).isFalse();
    assertThat(a.inspect(barrier).getObject().getSummary()).isEqualTo("broken");
    assertThat(b.barrier(barrier).await().reason()).isEqualTo(BROKEN);
  }

  @Test
  void shouldAnswerSameBarrierForSameShape() {
    var first = a.barrier("g").create(3).response();
    var again = b.barrier("g").create(3).response();

    assertThat(first.getCreated()).isTrue();
    assertThat(again.getCreated()).isFalse();
    assertThat(again.getRef()).isEqualTo(first.getRef());
    assertThat(b.barrier("g").create(2).reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_EXISTS);
    assertThat(b.barrier("g").createWithAction(3).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_EXISTS);
  }

  @Test
  void shouldRefuseNumbersOfPartiesThatCannotWait() {
    assertThat(a.barrier("g").create(0).metadata()).containsEntry("field", "parties");
    assertThat(a.barrier("g").create(-1).metadata()).containsEntry("field", "parties");
    assertThat(a.barrier("g").create(EngineFixture.LIMITS.getWaiters() + 1).sentence())
        .contains("no more may wait");
  }

  @Test
  void shouldTellAllPartiesWhenLastComesAndBeginAgain() {
    a.barrier("g").create(3);
    for (int round = 0; round < 3; round++) {
      var first = a.barrier("g").await();
      var second = a.barrier("g").await(SECOND);
      assertThat(first.isWaiting()).isTrue();
      assertThat(a.barrier("g").get().getWaiting()).isEqualTo(2);

      var last = world.anonymous().barrier("g").await(Duration.ZERO);

      assertPassed(first, 2, round);
      assertPassed(second, 1, round);
      assertPassed(last, 0, round);
    }
    assertThat(a.barrier("g").get())
        .isEqualTo(BarrierGetResponse.newBuilder().setParties(3).setRound(3).build());
  }

  @Test
  void shouldNotLetOnePartyWait() {
    a.barrier("g").create(1);

    assertPassed(a.barrier("g").await(), 0, 0);
    assertPassed(a.barrier("g").await(), 0, 1);
  }

  @Test
  void shouldCountRepeatAsSameParty() {
    a.barrier("g").create(3);
    var first = a.barrier("g").await();

    var repeat = world.repeat(first);

    assertThat(first.reason()).isEqualTo(ErrorReason.ERROR_REASON_CALL_REPLACED);
    assertThat(a.barrier("g").get().getWaiting()).isEqualTo(1);
    b.barrier("g").await();
    c.barrier("g").await();
    assertPassed(repeat, 2, 0);
    assertPassed(world.repeat(first), 2, 0);
  }

  @Test
  void shouldBreakWhenTimeOfOnePartyIsUp() {
    a.barrier("g").create(3);
    var late = a.barrier("g").await(SECOND);
    var alsoLate = b.barrier("g").await(SECOND);

    world.advance(SECOND);

    assertThat(late.response()).isEqualTo(BarrierWaitResponse.newBuilder().setIndex(2).build());
    assertThat(alsoLate.reason()).isEqualTo(BROKEN);
    assertBroken("g");
  }

  @Test
  void shouldBreakWhenSomebodyDoesNotWantToWait() {
    a.barrier("g").create(3);
    var waiting = a.barrier("g").await();

    assertThat(b.barrier("g").await(Duration.ZERO).response().getPassed()).isFalse();

    assertThat(waiting.reason()).isEqualTo(BROKEN);
    assertBroken("g");
  }

  @Test
  void shouldBreakWhenPartyDies() {
    a.barrier("g").create(3);
    var dead = a.barrier("g").await();
    var alsoDead = a.barrier("g").await();
    b.dies();
    assertThat(a.barrier("g").get().getBroken()).isFalse();

    c.barrier("other").create(2);
    a.dies();

    assertThat(dead.reason()).isEqualTo(ErrorReason.ERROR_REASON_SESSION_ENDED);
    assertThat(alsoDead.reason()).isEqualTo(ErrorReason.ERROR_REASON_SESSION_ENDED);
    assertThat(c.barrier("g").get().getBroken()).isTrue();
    assertThat(c.barrier("g").await().reason()).isEqualTo(BROKEN);
    assertThat(c.barrier("other").get().getBroken()).isFalse();
  }

  @Test
  void shouldTellOthersWhenPartyDiesOrIsCancelledOrItsRpcEnds() {
    a.barrier("g").create(3);
    List<Runnable> ends = new ArrayList<>();
    Client dying = world.session("dying");
    var rpc = new ArrayList<Pending<BarrierWaitResponse>>();
    ends.add(
        () -> {
          dying.barrier("g").await();
          dying.dies();
        });
    ends.add(() -> c.cancel(c.barrier("g").await()));
    ends.add(() -> c.undo(c.barrier("g").await()));
    ends.add(
        () -> {
          rpc.add(world.anonymous().barrier("g").await());
          world.abandon(rpc.get(0));
        });
    ends.add(
        () -> {
          rpc.add(c.unnumbered().barrier("g").await());
          world.giveUp(rpc.get(1));
        });
    ends.add(
        () -> {
          c.within(SECOND).barrier("g").await();
          world.advance(SECOND);
        });
    for (Runnable end : ends) {
      var waiting = a.barrier("g").await();
      end.run();
      assertThat(waiting.reason()).isEqualTo(BROKEN);
      assertBroken("g");
      assertThat(a.barrier("g").reset().response().getWasBroken()).isTrue();
    }
    assertThat(a.barrier("g").get().getRound()).isEqualTo(ends.size());
  }

  @Test
  void shouldStayBrokenUntilReset() {
    a.barrier("g").create(2);
    var waiting = a.barrier("g").await();

    assertThat(b.barrier("g").abort().response().getWasBroken()).isFalse();

    assertThat(waiting.reason()).isEqualTo(BROKEN);
    assertThat(waiting.metadata()).containsEntry("object", "g");
    assertBroken("g");
    assertThat(b.barrier("g").abort().response().getWasBroken()).isTrue();
    assertThat(b.barrier("g").reset().response().getWasBroken()).isTrue();
    var first = a.barrier("g").await();
    assertPassed(b.barrier("g").await(), 0, 1);
    assertPassed(first, 1, 1);
  }

  @Test
  void shouldSendAwayWhoWaitsAtReset() {
    a.barrier("g").create(2);
    var waiting = a.barrier("g").await();

    assertThat(b.barrier("g").reset().response().getWasBroken()).isFalse();

    assertThat(waiting.reason()).isEqualTo(BROKEN);
    var first = a.barrier("g").await();
    assertPassed(b.barrier("g").await(), 0, 1);
    assertPassed(first, 1, 1);
  }

  @Test
  void shouldTellWaitersOfItsEndAndNotBreakThen() {
    b.barrier("own")
        .create(
            BarrierCreateRequest.newBuilder().setParties(4).setLifetime(Lifetime.LIFETIME_SESSION));
    a.barrier("g").create(4);
    var waiting = a.barrier("own").await();
    var other = a.barrier("g").await();
    var another = c.barrier("g").await();

    b.dies();
    a.unnumbered().delete("g");

    ErrorReason deleted = ErrorReason.ERROR_REASON_OBJECT_DELETED;
    assertThat(waiting.reason()).isEqualTo(deleted);
    assertThat(other.reason()).isEqualTo(deleted);
    assertThat(another.reason()).isEqualTo(deleted);
  }

  @Test
  void shouldShowWhoWaits() {
    a.barrier("g").create(3);
    a.as("t1").barrier("g").await();

    BarrierGetResponse seen = b.barrier("g").get();

    assertThat(seen.getWaiters(0).getParty().getClient()).isEqualTo("a");
    assertThat(seen.getWaiters(0).getParty().getOwner()).isEqualTo("t1");
    assertThat(b.inspect("g").getObject().getSummary()).isEqualTo("1 of 3 wait");
    assertThat(b.inspect("g").getObject().getShapeList())
        .extracting(field -> field.getField() + " " + field.getValue())
        .containsExactly("parties 3", "action false");
  }

  @Test
  void shouldGoOnAfterRestart() {
    a.barrier("g").create(2);
    var first = a.barrier("g").await();

    world.restart();
    b.barrier("g").await();

    assertPassed(world.repeat(first), 1, 0);
  }

  @Test
  void shouldBreakAtRestartWhenPartyCannotComeBack() {
    a.barrier("g").create(3);
    var first = a.barrier("g").await();
    world.anonymous().barrier("g").await();

    world.restart();

    assertThat(world.repeat(first).reason()).isEqualTo(BROKEN);
    assertBroken("g");
  }

  @Test
  void shouldKeepNothing() {
    a.barrier("g").create(2);
    a.barrier("g").await();
    b.barrier("g").await();
    a.barrier("g").await();
    b.barrier("g").abort();
    a.confirmBelow(100);
    b.confirmBelow(100);

    assertThat(world.isEmpty()).isTrue();
  }
}
