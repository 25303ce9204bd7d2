package dev.polyproc.server.engine.sync;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.server.engine.Client;
import dev.polyproc.server.engine.EngineFixture;
import dev.polyproc.server.engine.Pending;
import dev.polyproc.v1.BarrierBreakCause;
import dev.polyproc.v1.BarrierGetResponse;
import dev.polyproc.v1.BarrierWaitResponse;
import dev.polyproc.v1.ErrorReason;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The action of a barrier: who runs it, and what becomes of the others. */
final class BarrierActionTest {
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final ErrorReason BROKEN = ErrorReason.ERROR_REASON_BARRIER_BROKEN;
  private static final ErrorReason NOT_HELD = ErrorReason.ERROR_REASON_NOT_HELD;

  private final EngineFixture world = new EngineFixture();
  private final Client a = world.session("a");
  private final Client b = world.session("b");
  private final Client c = world.session("c");

  @BeforeEach
  void createBarrier() {
    a.barrier("g").createWithAction(2);
  }

  private static boolean runsAction(Pending<BarrierWaitResponse> party) {
    BarrierWaitResponse response = party.response();
    assertThat(response.getPassed()).isTrue();
    return response.getRunAction();
  }

  @Test
  void shouldTellOnlyTheLastToRunItAndOthersWhenItIsDone() {
    var first = a.barrier("g").await();
    var last = b.barrier("g").await();

    assertThat(runsAction(last)).isTrue();
    assertThat(last.response().getIndex()).isZero();
    assertThat(first.isWaiting()).isTrue();
    BarrierGetResponse seen = c.barrier("g").get();
    assertThat(seen.getWaiting()).isZero();
    assertThat(seen.getWaitersCount()).isEqualTo(1);
    assertThat(seen.getRunner().getParty().getClient()).isEqualTo("b");
    assertThat(seen.getRunner().getDetail()).isEqualTo("the action of round 0");
    assertThat(c.inspect("g").getObject().getSummary()).isEqualTo("0 of 2 wait, an action runs");
    assertThat(c.inspect("g").getHoldersList()).containsExactly(seen.getRunner());

    b.barrier("g").actionDone(0).response();

    assertThat(runsAction(first)).isFalse();
    assertThat(first.response().getIndex()).isEqualTo(1);
    assertThat(c.barrier("g").get())
        .isEqualTo(
            BarrierGetResponse.newBuilder().setParties(2).setAction(true).setRound(1).build());
  }

  @Test
  void shouldNeedSession() {
    assertThat(world.anonymous().barrier("g").await().reason())
        .isEqualTo(ErrorReason.ERROR_REASON_SESSION_REQUIRED);
  }

  @Test
  void shouldBeRunByTheOnlyParty() {
    a.barrier("one").createWithAction(1);

    assertThat(runsAction(a.barrier("one").await())).isTrue();
    var next = b.barrier("one").await();
    assertThat(next.isWaiting()).isTrue();
    a.barrier("one").actionDone(0);
    assertThat(runsAction(next)).isTrue();
    assertThat(next.response().getRound()).isEqualTo(1);
  }

  @Test
  void shouldRefuseReportsOfOthersAndOfOtherRounds() {
    assertThat(b.barrier("g").actionDone(0).reason()).isEqualTo(NOT_HELD);
    a.barrier("g").await();
    b.barrier("g").await();

    assertThat(a.barrier("g").actionDone(0).reason()).isEqualTo(ErrorReason.ERROR_REASON_NOT_OWNER);
    assertThat(world.anonymous().barrier("g").actionDone(0).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_NOT_OWNER);
    assertThat(b.barrier("g").actionDone(1).reason()).isEqualTo(NOT_HELD);
    b.barrier("g").actionDone(0).response();
    assertThat(b.barrier("g").actionDone(0).reason()).isEqualTo(NOT_HELD);
  }

  @Test
  void shouldBreakWhenItFailed() {
    var first = a.barrier("g").await();
    b.barrier("g").await();
    var late = c.barrier("g").await();

    b.barrier("g").actionDone(0, true).response();

    assertThat(first.reason()).isEqualTo(BROKEN);
    assertThat(late.reason()).isEqualTo(BROKEN);
    assertThat(a.barrier("g").await().reason()).isEqualTo(BROKEN);
  }

  @Test
  void shouldBreakWhenItsSessionEnds() {
    var first = a.barrier("g").await();
    var last = b.barrier("g").await();
    b.confirm(last);

    b.dies();

    assertThat(first.metadata()).containsEntry("cause", "PARTY_GONE").containsEntry("round", "0");
    assertThat(first.sentence()).contains("as b (session ", ") left;");
    assertThat(a.barrier("g").get().getBroken()).isTrue();
    assertThat(a.barrier("g").get().hasRunner()).isFalse();
  }

  @Test
  void shouldBreakWhenItsSessionEndsAndNeverConfirmedTheWord() {
    var first = a.barrier("g").await();
    b.barrier("g").await();

    b.dies();

    assertThat(first.reason()).isEqualTo(BROKEN);
    a.barrier("g").reset();
    assertThat(a.barrier("g").get().getBroken()).isFalse();
  }

  @Test
  void shouldBreakWhenTheWordToRunItIsTakenBack() {
    var first = a.barrier("g").await();
    var last = b.barrier("g").await();

    b.undo(last).response();

    assertThat(first.reason()).isEqualTo(BROKEN);
    assertThat(b.barrier("g").actionDone(0).reason()).isEqualTo(NOT_HELD);
  }

  @Test
  void shouldNotBreakWhenTheWordIsTakenBackAfterItWasDone() {
    a.barrier("g").await();
    var last = b.barrier("g").await();
    b.barrier("g").actionDone(0);
    var next = a.barrier("g").await();
    assertThat(runsAction(c.barrier("g").await())).isTrue();

    b.undo(last);

    assertThat(next.isWaiting()).isTrue();
    assertThat(a.barrier("g").get().getBroken()).isFalse();
  }

  @Test
  void shouldEndTimeoutsOfThoseWhoWaitForIt() {
    var first = a.barrier("g").await(SECOND);
    b.barrier("g").await();

    world.advance(SECOND.multipliedBy(3));

    assertThat(first.isWaiting()).isTrue();
    b.barrier("g").actionDone(0);
    assertThat(first.response().getPassed()).isTrue();
  }

  @Test
  void shouldBreakWhenSomebodyWhoWaitsForItDies() {
    a.barrier("three").createWithAction(3);
    a.barrier("three").await();
    var second = c.barrier("three").await();
    b.barrier("three").await();

    a.dies();

    assertThat(second.reason()).isEqualTo(BROKEN);
    assertThat(b.barrier("three").actionDone(0).reason()).isEqualTo(NOT_HELD);
    assertThat(b.barrier("three").get().getBroken()).isTrue();
  }

  /** Who came for the next round and left it breaks that one, and no other. */
  private void assertOnlyTheNextRoundBreaks(
      Pending<BarrierWaitResponse> first, BarrierBreakCause cause) {
    assertThat(first.isWaiting()).isTrue();
    BarrierGetResponse seen = a.barrier("g").get();
    assertThat(seen.getBrokenBy().getCause()).isEqualTo(cause);
    assertThat(seen.getBrokenBy().getRound()).isEqualTo(1);
    assertThat(seen.hasRunner()).isTrue();
    assertThat(a.inspect("g").getObject().getSummary())
        .startsWith("broken: ")
        .endsWith(", an action runs");
    assertThat(a.barrier("g").await().metadata()).containsEntry("round", "1");

    b.barrier("g").actionDone(0).response();

    assertThat(first.response().getPassed()).isTrue();
    assertThat(first.response().getRound()).isZero();
    assertThat(a.barrier("g").await().reason()).isEqualTo(BROKEN);
    assertThat(a.barrier("g").mend(1).response().getReset()).isTrue();
    var again = a.barrier("g").await();
    assertThat(b.barrier("g").await().response().getRound()).isEqualTo(2);
    assertThat(b.barrier("g").actionDone(2).response()).isNotNull();
    assertThat(again.response().getPassed()).isTrue();
  }

  @Test
  void shouldBreakOnlyTheNextRoundWhenTimeOfLateArrivalIsUp() {
    var first = a.barrier("g").await();
    b.barrier("g").await();
    var late = c.barrier("g").await(SECOND);
    var another = a.barrier("g").await();
    var ofTheRoundAfter = a.barrier("g").await();

    world.advance(SECOND);

    assertThat(late.response().getPassed()).isFalse();
    assertThat(late.response().getRound()).isEqualTo(1);
    assertThat(another.metadata()).containsEntry("cause", "TIMEOUT").containsEntry("round", "1");
    assertThat(ofTheRoundAfter.reason()).isEqualTo(BROKEN);
    assertOnlyTheNextRoundBreaks(first, BarrierBreakCause.BARRIER_BREAK_CAUSE_TIMEOUT);
  }

  @Test
  void shouldBreakOnlyTheNextRoundWhenLateArrivalDoesNotWantToWait() {
    var first = a.barrier("g").await();
    b.barrier("g").await();

    assertThat(c.barrier("g").await(Duration.ZERO).response().getPassed()).isFalse();

    assertOnlyTheNextRoundBreaks(first, BarrierBreakCause.BARRIER_BREAK_CAUSE_TIMEOUT);
  }

  @Test
  void shouldBreakOnlyTheNextRoundWhenLateArrivalDiesOrIsCancelled() {
    var first = a.barrier("g").await();
    b.barrier("g").await();
    var late = c.barrier("g").await();

    c.cancel(late);

    assertOnlyTheNextRoundBreaks(first, BarrierBreakCause.BARRIER_BREAK_CAUSE_PARTY_GONE);
  }

  @Test
  void shouldMendTheNextRoundWhileTheActionRuns() {
    var first = a.barrier("g").await();
    b.barrier("g").await();
    c.barrier("g").await(Duration.ZERO);

    assertThat(c.barrier("g").mend(1).response().getReset()).isTrue();

    var next = c.barrier("g").await();
    world.restart();
    first = world.repeat(first);
    next = world.repeat(next);
    b.barrier("g").actionDone(0).response();
    assertThat(first.response().getPassed()).isTrue();
    assertThat(next.isWaiting()).isTrue();
    assertThat(runsAction(a.barrier("g").await())).isTrue();
    a.barrier("g").actionDone(2).response();
    assertThat(next.response().getRound()).isEqualTo(2);
  }

  @Test
  void shouldTellWhoWaitsForTheActionThatItFailedThoughTheNextRoundIsBroken() {
    var first = a.barrier("g").await();
    b.barrier("g").await();
    c.barrier("g").await(Duration.ZERO);

    b.barrier("g").actionDone(0, true).response();

    assertThat(first.metadata())
        .containsEntry("cause", "ACTION_FAILED")
        .containsEntry("round", "0");
    assertThat(first.sentence()).contains("as the action of b (session ", ") failed;");
    assertThat(a.barrier("g").get().getBrokenBy().getRound()).isZero();
    assertThat(a.barrier("g").mend(0).response().getReset()).isTrue();
    assertThat(a.barrier("g").get().getBroken()).isFalse();
  }

  @Test
  void shouldLetLateArrivalsBeOfTheNextRounds() {
    var first = a.barrier("g").await();
    b.barrier("g").await();
    var third = c.barrier("g").await();
    var fourth = b.barrier("g").await();
    var fifth = a.barrier("g").await();
    assertThat(a.barrier("g").get().getWaiting()).isEqualTo(2);
    assertThat(fourth.isWaiting()).isTrue();

    b.barrier("g").actionDone(0);

    assertThat(first.response().getPassed()).isTrue();
    assertThat(runsAction(fourth)).isTrue();
    assertThat(fourth.response().getRound()).isEqualTo(1);
    assertThat(third.isWaiting()).isTrue();
    assertThat(fifth.isWaiting()).isTrue();
    assertThat(a.barrier("g").get().getWaiting()).isEqualTo(1);

    b.barrier("g").actionDone(1);

    assertThat(runsAction(third)).isFalse();
    assertThat(third.response().getIndex()).isEqualTo(1);
    assertThat(fifth.isWaiting()).isTrue();
    var sixth = c.barrier("g").await();
    assertThat(runsAction(sixth)).isTrue();
    assertThat(sixth.response().getRound()).isEqualTo(2);
  }

  @Test
  void shouldRefuseReportOfActionThatWasAbortedOrReset() {
    var first = a.barrier("g").await();
    b.barrier("g").await();

    assertThat(c.barrier("g").abort().response().getWasBroken()).isFalse();

    assertThat(first.reason()).isEqualTo(BROKEN);
    assertThat(b.barrier("g").actionDone(0).reason()).isEqualTo(NOT_HELD);
    assertThat(a.barrier("g").get().getBroken()).isTrue();
    c.barrier("g").reset();
    var again = a.barrier("g").await();
    b.barrier("g").await();

    assertThat(c.barrier("g").reset().response().getWasBroken()).isFalse();

    assertThat(again.reason()).isEqualTo(BROKEN);
    assertThat(b.barrier("g").actionDone(2).reason()).isEqualTo(NOT_HELD);
    assertThat(a.barrier("g").get().getBroken()).isFalse();
  }

  @Test
  void shouldBeReportedOnceByRepeat() {
    a.barrier("g").await();
    b.barrier("g").await();
    var done = b.barrier("g").actionDone(0);

    assertThat(world.repeat(done).response()).isEqualTo(done.response());
  }

  @Test
  void shouldEndWithTheBarrier() {
    var first = a.barrier("g").await();
    var last = b.barrier("g").await();

    c.delete("g");

    assertThat(first.reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED);
    assertThat(b.barrier("g").actionDone(0).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
    b.undo(last);
    List.of(a, b, c).forEach(client -> client.confirmBelow(100));
    assertThat(world.isEmpty()).isTrue();
  }

  @Test
  void shouldGoOnAfterRestart() {
    var first = a.barrier("g").await();
    b.barrier("g").await();

    world.restart();
    b.barrier("g").actionDone(0).response();

    assertThat(world.repeat(first).response().getPassed()).isTrue();
  }
}
