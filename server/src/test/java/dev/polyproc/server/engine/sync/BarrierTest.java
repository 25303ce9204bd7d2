package dev.polyproc.server.engine.sync;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.server.engine.Client;
import dev.polyproc.server.engine.EngineFixture;
import dev.polyproc.server.engine.Pending;
import dev.polyproc.v1.BarrierBreak;
import dev.polyproc.v1.BarrierBreakCause;
import dev.polyproc.v1.BarrierCreateRequest;
import dev.polyproc.v1.BarrierGetResponse;
import dev.polyproc.v1.BarrierResetResponse;
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
    assertThat(a.inspect(barrier).getObject().getSummary()).startsWith("broken: ");
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

  /** What is told of a break by whom, in which round, in all places where it is. */
  private void assertBreak(
      Pending<BarrierWaitResponse> told, BarrierBreakCause cause, long round, String by) {
    String name = cause.name().replace("BARRIER_BREAK_CAUSE_", "");
    assertThat(told.metadata())
        .containsEntry("cause", name)
        .containsEntry("round", Long.toString(round))
        .extractingByKey("party")
        .asString()
        .startsWith(by + " (session ");
    if (cause != BarrierBreakCause.BARRIER_BREAK_CAUSE_RESET) {
      BarrierBreak seen = a.barrier("g").get().getBrokenBy();
      assertThat(seen.getCause()).isEqualTo(cause);
      assertThat(seen.getRound()).isEqualTo(round);
      assertThat(seen.getParty().getClient()).isEqualTo(by);
      assertThat(b.barrier("g").await().metadata()).isEqualTo(told.metadata());
      assertThat(b.barrier("g").mend(round).response().getReset()).isTrue();
    }
  }

  @Test
  void shouldTellWhatBrokeItAndWhoAndInWhichRound() {
    a.barrier("g").create(3);
    var first = a.barrier("g").await();
    b.barrier("g").await(SECOND);
    world.advance(SECOND);
    assertThat(first.sentence()).contains("in round 0, as the time of b (session ", "Reset");
    assertBreak(first, BarrierBreakCause.BARRIER_BREAK_CAUSE_TIMEOUT, 0, "b");

    var second = a.barrier("g").await();
    c.barrier("g").await();
    c.dies();
    assertThat(second.sentence()).contains("as c (session ", ") left;");
    assertBreak(second, BarrierBreakCause.BARRIER_BREAK_CAUSE_PARTY_GONE, 1, "c");

    var third = a.barrier("g").await();
    b.barrier("g").abort();
    a.barrier("g").abort();
    assertThat(third.sentence()).contains("as b (session ", ") aborted it;");
    assertBreak(third, BarrierBreakCause.BARRIER_BREAK_CAUSE_ABORTED, 2, "b");

    var fourth = a.barrier("g").await();
    b.barrier("g").reset();
    assertThat(fourth.sentence()).endsWith(" reset it in round 3; call again");
    assertBreak(fourth, BarrierBreakCause.BARRIER_BREAK_CAUSE_RESET, 3, "b");
    assertThat(a.barrier("g").get().hasBrokenBy()).isFalse();
  }

  @Test
  void shouldTellWhatBrokeItInSoManyBytesAtMost() {
    Client wordy = world.session("\u00fc".repeat(255));
    String name = "g".repeat(255);
    wordy.barrier(name).create(2);
    wordy.as("\u001b".repeat(255)).barrier(name).abort();

    var refused = a.barrier(name).await();

    assertThat(refused.sentence())
        .endsWith(" aborted it; begin again by BarrierService/Reset of that round");
    assertThat(refused.metadata().get("object")).isEqualTo(name);
    assertThat(refused.metadata()).containsEntry("round", "0");
    assertThat(a.inspect(name).getObject().getSummary())
        .hasSizeLessThan(1_000)
        .doesNotContain("\u001b");
  }

  @Test
  void shouldResetOnlyTheRoundThatIsNamedAndOnlyOnce() {
    a.barrier("g").create(2);
    assertThat(a.barrier("g").mend(0).response())
        .isEqualTo(BarrierResetResponse.getDefaultInstance());
    a.barrier("g").abort();
    assertThat(a.barrier("g").mend(1).response())
        .isEqualTo(BarrierResetResponse.newBuilder().setWasBroken(true).build());
    assertThat(a.barrier("g").get().getBroken()).isTrue();

    assertThat(a.barrier("g").mend(0).response())
        .isEqualTo(BarrierResetResponse.newBuilder().setWasBroken(true).setReset(true).build());

    var waiting = a.barrier("g").await();
    assertThat(b.barrier("g").mend(0).response().getReset()).isFalse();
    assertThat(waiting.isWaiting()).isTrue();
    a.barrier("g").abort();
    assertThat(b.barrier("g").mend(0).response().getReset()).isFalse();
    assertThat(b.barrier("g").get().getBroken()).isTrue();
  }

  @Test
  void shouldStayBrokenForTheSameReasonAfterRestart() {
    a.barrier("g").create(2);
    a.barrier("g").await(Duration.ZERO);
    var before = a.barrier("g").get();

    world.restart();

    assertThat(a.barrier("g").get()).isEqualTo(before);
    assertThat(before.getBrokenBy().getParty().getClient()).isEqualTo("a");
  }

  @Test
  void shouldLetPartiesGoOnThatEachMendIt() {
    a.barrier("g").create(12);
    List<Client> parties = new ArrayList<>();
    List<Pending<BarrierWaitResponse>> told = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      parties.add(world.session("party " + i));
    }
    for (Client party : parties.subList(0, 11)) {
      told.add(party.barrier("g").await());
    }
    a.barrier("g").abort();
    told.add(parties.get(11).barrier("g").await());

    List<Pending<BarrierWaitResponse>> again = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      long round = Long.parseLong(told.get(i).metadata().get("round"));
      parties.get(i).barrier("g").mend(round);
      again.add(parties.get(i).barrier("g").await());
    }

    assertThat(again).allMatch(party -> party.response().getPassed());
  }

  @Test
  void shouldKeepNothing() {
    a.barrier("g").create(2);
    a.barrier("g").await();
    b.barrier("g").await();
    a.barrier("g").await();
    b.barrier("g").abort();
    b.barrier("g").reset();
    b.barrier("g").abort();
    b.barrier("g").mend(2);
    a.confirmBelow(100);
    b.confirmBelow(100);

    assertThat(world.isEmpty()).isTrue();
  }
}
