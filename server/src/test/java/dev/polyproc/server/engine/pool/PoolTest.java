package dev.polyproc.server.engine.pool;

import static dev.polyproc.server.engine.PoolCalls.completion;
import static dev.polyproc.server.engine.PoolCalls.outcomes;
import static dev.polyproc.server.engine.PoolCalls.payloads;
import static dev.polyproc.server.engine.PoolCalls.run;
import static dev.polyproc.server.engine.PoolCalls.task;
import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.server.engine.Client;
import dev.polyproc.server.engine.EngineFixture;
import dev.polyproc.server.engine.Pending;
import dev.polyproc.server.engine.Plain;
import dev.polyproc.server.engine.time.Times;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.PoolCall;
import dev.polyproc.v1.PoolCreateJobRequest;
import dev.polyproc.v1.PoolCreateRequest;
import dev.polyproc.v1.PoolFailure;
import dev.polyproc.v1.PoolOutcome;
import dev.polyproc.v1.PoolResult;
import dev.polyproc.v1.PoolResultsRequest;
import dev.polyproc.v1.PoolRun;
import dev.polyproc.v1.PoolSubmitRequest;
import dev.polyproc.v1.PoolTakeRequest;
import dev.polyproc.v1.PoolTakeResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class PoolTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final EngineFixture world = new EngineFixture();
  private final Client client = world.session("client");
  private final Client a = world.session("a");
  private final Client b = world.session("b");

  private void create(PoolCreateRequest.Builder shape) {
    client.pool("p").create(shape).response();
    client.pool("p").createJob("j").response();
  }

  private void create() {
    create(PoolCreateRequest.newBuilder());
  }

  // Tasks and their results.

  @Test
  void shouldHandEachTaskOutOnceAndKeepItsResultUntilItIsTaken() {
    create();
    assertThat(client.pool("p").submit("j", 1, 2).response().getFirst()).isEqualTo(1);
    PoolRun first = run(a.pool("p").take());
    PoolRun second = run(b.pool("p").take());
    assertThat(a.pool("p").takeNow().response().getRunsCount()).isZero();

    b.pool("p").complete(second, "two");
    a.pool("p").complete(first, "one");

    assertThat(first.getJob()).isEqualTo("j");
    assertThat(first.getAttempt()).isEqualTo(1);
    assertThat(outcomes(client.pool("p").results("j"))).containsExactly("2 two", "1 one");
    assertThat(client.pool("p").resultsNow("j").response().getFinished()).isTrue();
    assertThat(client.pool("p").getJob("j").getSucceeded()).isEqualTo(2);
  }

  @Test
  void shouldServeTheTakeThatWaitsLongestFirst() {
    create();
    var first = a.pool("p").take();
    var second = b.pool("p").take();

    client.pool("p").submit("j", "x");
    assertThat(payloads(first)).containsExactly("x");
    assertThat(second.isWaiting()).isTrue();
    client.pool("p").submit("j", "y");
    assertThat(payloads(second)).containsExactly("y");
  }

  @Test
  void shouldHandOutByPriorityAndThenByTheirOrder() {
    create();
    client
        .pool("p")
        .submit(
            "j",
            task("late").setPriority(1),
            task("first"),
            task("second"),
            task("soon").setPriority(-1));

    assertThat(payloads(a.pool("p").take(10))).containsExactly("soon", "first", "second", "late");
  }

  @Test
  void shouldWaitForResultsAsTheyComeAndInOrder() {
    create();
    client.pool("p").submit("j", 1, 2, 3);
    var taken = a.pool("p").take(3).response().getRunsList();
    var any = client.pool("p").results("j");
    var ordered = b.pool("p").results("j", PoolResultsRequest.newBuilder().setOrdered(true));

    a.pool("p").complete(taken.get(1), "two");
    assertThat(outcomes(any)).containsExactly("2 two");
    assertThat(any.response().getFinished()).isFalse();
    assertThat(ordered.isWaiting()).isTrue();

    a.pool("p").complete(taken.get(0), "one");
    assertThat(outcomes(ordered)).containsExactly("1 one");
    a.pool("p").complete(taken.get(2), "three");
    var rest =
        client.pool("p").results("j", PoolResultsRequest.newBuilder().setOrdered(true).setAfter(1));
    assertThat(outcomes(rest)).containsExactly("3 three");
    assertThat(rest.response().getFinished()).isTrue();
  }

  @Test
  void shouldEndWaitsForResultsWhenNoneCanCome() {
    create();
    client.pool("p").submit("j", 1);
    PoolRun run = run(a.pool("p").take());
    var first = client.pool("p").results("j");
    var second = b.pool("p").results("j");

    a.pool("p").complete(run, "done");

    assertThat(outcomes(first)).containsExactly("1 done");
    assertThat(second.response().getFinished()).isTrue();
    assertThat(second.response().getResultsCount()).isZero();
  }

  @Test
  void shouldGiveResultsBackWhoseReplyNobodyHas() {
    create();
    client.pool("p").submit("j", 1);
    a.pool("p").complete(run(a.pool("p").take()), "done");
    assertThat(outcomes(b.pool("p").results("j"))).containsExactly("1 done");

    b.dies();

    assertThat(outcomes(client.pool("p").results("j"))).containsExactly("1 done");
  }

  @Test
  void shouldTellTheTypeAndMessageOfAFailure() {
    create();
    client.pool("p").submit("j", 1);

    a.pool("p").fail(run(a.pool("p").take()), "no luck", false);

    var result = client.pool("p").results("j").response().getResults(0);
    assertThat(result.getFailure().getType()).isEqualTo("Error");
    assertThat(result.getFailure().getMessage()).isEqualTo("no luck");
    assertThat(result.getAttempts()).isEqualTo(1);
  }

  @Test
  void shouldRunATaskAgainThatAsksForItAsLongAsItHasAttempts() {
    create(PoolCreateRequest.newBuilder().setAttempts(2));
    client.pool("p").submit("j", 1);
    assertThat(a.pool("p").fail(run(a.pool("p").take()), "once", true).response().getRetried())
        .isTrue();
    PoolRun again = run(b.pool("p").take());
    assertThat(again.getAttempt()).isEqualTo(2);

    assertThat(b.pool("p").fail(again, "twice", true).response().getRetried()).isFalse();

    assertThat(outcomes(client.pool("p").results("j"))).containsExactly("1 FAILED");
  }

  // Workers that end.

  @Test
  void shouldHandATaskOnWhoseWorkerDiesAndTellWhenItsAttemptsAreUsedUp() {
    create(PoolCreateRequest.newBuilder().setAttempts(2));
    client.pool("p").submit("j", "poison", "fine");
    var taken = a.pool("p").take();
    a.confirm(taken);
    var waiting = b.pool("p").take(2);

    a.dies();

    assertThat(payloads(waiting)).containsExactly("fine");
    var second = world.session("c");
    var again = second.pool("p").take();
    second.confirm(again);
    assertThat(run(again).getAttempt()).isEqualTo(2);
    second.dies();
    assertThat(outcomes(client.pool("p").results("j"))).containsExactly("1 WORKER_LOST");
    assertThat(client.pool("p").get().getRunning()).isEqualTo(1);
  }

  @Test
  void shouldNotCountATakeThatIsUndone() {
    create(PoolCreateRequest.newBuilder().setAttempts(1));
    client.pool("p").submit("j", 1);
    var taken = a.pool("p").take();

    a.undo(taken);

    assertThat(run(b.pool("p").take()).getAttempt()).isEqualTo(1);
  }

  @Test
  void shouldCountATakeWhoseWorkerDiesWithoutAWord() {
    create(PoolCreateRequest.newBuilder().setAttempts(1));
    client.pool("p").submit("j", 1);
    a.pool("p").take();

    a.dies();

    assertThat(outcomes(client.pool("p").results("j"))).containsExactly("1 WORKER_LOST");
  }

  @Test
  void shouldRunAloneAtTheLastAttemptWhatAWorkerWasLostWith() {
    create(PoolCreateRequest.newBuilder().setAttempts(2));
    client.pool("p").submit("j", "poison", "fine", "other");
    a.pool("p").take(2);
    a.dies();

    var alone = b.pool("p").take(3);
    var further = b.pool("p").take(3);

    assertThat(payloads(alone)).containsExactly("poison");
    assertThat(further.isWaiting()).isTrue();
    b.dies();
    Client c = world.session("c");
    assertThat(payloads(c.pool("p").take(3))).containsExactly("fine");
    Client d = world.session("d");
    assertThat(payloads(d.pool("p").take(3))).containsExactly("other");
    assertThat(outcomes(client.pool("p").results("j"))).containsExactly("1 WORKER_LOST");
  }

  /** A task that was lost with its worker, and has one attempt left. */
  private void loseOne(PoolCreateRequest.Builder shape) {
    Client loser = world.session("loser");
    create(shape.setAttempts(2));
    client.pool("p").submit("j", task("poison").setKey("k"));
    loser.pool("p").take();
    loser.dies();
  }

  @Test
  void shouldComeToRunAloneAlsoWhereNoWorkerIsEverIdle() {
    create(PoolCreateRequest.newBuilder().setAttempts(2));
    client.pool("p").submit("j", "poison", "1", "2", "3", "4", "5", "6", "7", "8", "9");
    Client c = world.session("c");
    assertThat(payloads(c.pool("p").take())).containsExactly("poison");
    var ofA = new ArrayList<>(a.pool("p").take(2).response().getRunsList());
    var ofB = new ArrayList<>(b.pool("p").take(2).response().getRunsList());
    c.dies();

    var held = takeFor(a, ofA.remove(0)); // is not handed 5
    assertThat(held.isWaiting()).isTrue();
    assertThat(payloads(takeFor(b, ofB.remove(0)))).containsExactly("5");
    assertThat(payloads(takeFor(b, ofB.remove(0)))).containsExactly("6");
    assertThat(held.isWaiting()).isTrue();
    a.pool("p").complete(ofA.remove(0), "done");

    assertThat(payloads(held)).containsExactly("poison");
    assertThat(a.pool("p").take().isWaiting()).isTrue();
    assertThat(payloads(b.pool("p").take())).containsExactly("7");
  }

  private static Pending<PoolTakeResponse> takeFor(Client worker, PoolRun done) {
    return worker
        .pool("p")
        .take(
            PoolTakeRequest.newBuilder()
                .addCompletions(completion(done).setValue(Plain.value("done"))));
  }

  @Test
  void shouldLetAWorkerGoForAWhileWhoseTasksDoNotEnd() {
    loseOne(PoolCreateRequest.newBuilder());
    client.pool("p").submit("j", task("1").setPriority(-1), task("2"), task("3"));
    assertThat(payloads(a.pool("p").take())).containsExactly("1");
    var held = a.pool("p").take();
    assertThat(held.isWaiting()).isTrue();

    world.advance(SECOND.multipliedBy(10));
    assertThat(payloads(held)).containsExactly("2");
    world.advance(SECOND.multipliedBy(10));
    var again = a.pool("p").take();
    world.advance(SECOND.multipliedBy(19));
    assertThat(again.isWaiting()).isTrue();
    world.advance(SECOND);
    assertThat(payloads(again)).containsExactly("3");
    assertThat(payloads(b.pool("p").take())).containsExactly("poison");
  }

  @Test
  void shouldHandAWorkerFurtherTasksWhereTheOneToRunAloneIsCancelled() {
    loseOne(PoolCreateRequest.newBuilder());
    client.pool("p").submit("j", task("1").setPriority(-1), "2");
    a.pool("p").take();
    var held = a.pool("p").take();
    assertThat(held.isWaiting()).isTrue();

    client.pool("p").cancel("j", 1L);

    assertThat(payloads(held)).containsExactly("2");
  }

  @Test
  void shouldHaveAnotherWorkerRunAloneWhereTheOneThatWasToDies() {
    loseOne(PoolCreateRequest.newBuilder());
    client.pool("p").submit("j", task("1").setPriority(-1), task("2").setPriority(-1), "3", "4");
    assertThat(payloads(a.pool("p").take())).containsExactly("1");
    PoolRun two = run(b.pool("p").take());
    a.pool("p").take();
    PoolRun three = run(b.pool("p").take());
    assertThat(Plain.object(three.getCall().getPayload())).isEqualTo("3");

    a.dies();

    var held = b.pool("p").take();
    assertThat(held.isWaiting()).isTrue();
    b.pool("p").complete(two, "done");
    b.pool("p").complete(three, "done");
    assertThat(payloads(held)).containsExactly("1");
  }

  @Test
  void shouldKeepThePlaceOfAKeyForATaskThatIsToRunAlone() {
    loseOne(PoolCreateRequest.newBuilder().setMaxRunsPerKey(1));
    client.pool("p").submit("j", task("1").setPriority(-1), task("2").setKey("k"));
    a.pool("p").take();
    var behind = a.pool("p").take();
    assertThat(behind.isWaiting()).isTrue();

    PoolRun alone = run(b.pool("p").take());
    assertThat(Plain.object(alone.getCall().getPayload())).isEqualTo("poison");
    b.pool("p").complete(alone, "done");

    assertThat(payloads(behind)).containsExactly("2");
  }

  @Test
  void shouldCountWhatCameOfRunsBeforeAndTakeInOneCall() {
    create();
    client.pool("p").submit("j", "one", "two", "three");
    PoolRun one = run(a.pool("p").take());
    PoolRun foreign = run(b.pool("p").take());

    var next =
        a.pool("p")
            .take(
                PoolTakeRequest.newBuilder()
                    .addCompletions(completion(one).setValue(Plain.value(1)))
                    .addCompletions(completion(foreign).setValue(Plain.value(2))));
    assertThat(payloads(next)).containsExactly("three");
    assertThat(next.response().getEndedList()).containsExactly(foreign.getRun());
    var waiting =
        a.pool("p")
            .take(
                PoolTakeRequest.newBuilder()
                    .addCompletions(
                        completion(run(next))
                            .setFailure(PoolFailure.newBuilder().setType("E").setMessage("no"))));

    assertThat(waiting.isWaiting()).isTrue();
    assertThat(outcomes(client.pool("p").results("j"))).containsExactly("1 1", "3 FAILED");
  }

  @Test
  void shouldHandOnAtItsPlaceWhatWasTakenAheadAndNotBegun() {
    create();
    client.pool("p").submit("j", "one", "two", "three", "four", "five", "six");
    var taken = a.pool("p").take(PoolTakeRequest.newBuilder().setMax(3).setAhead(2));
    assertThat(payloads(taken)).containsExactly("one", "two", "three");

    a.pool("p")
        .complete(
            completion(taken.response().getRuns(0)).setValue(Plain.value(1)),
            completion(taken.response().getRuns(1)).setReturned(true),
            completion(taken.response().getRuns(2)).setReturned(true));

    var handedOn = b.pool("p").take(4);
    assertThat(payloads(handedOn)).containsExactly("two", "three", "four", "five");
    assertThat(handedOn.response().getRuns(0).getAttempt()).isEqualTo(1);
  }

  @Test
  void shouldLeaveOthersTheirShareOfWhatIsTakenAhead() {
    create();
    assertThat(a.pool("p").takeNow().response().getRunsCount()).isZero();
    assertThat(b.pool("p").takeNow().response().getRunsCount()).isZero();
    client.pool("p").submit("j", "1", "2", "3", "4", "5", "6", "7", "8");

    var ahead = PoolTakeRequest.newBuilder().setMax(8).setAhead(7);
    assertThat(payloads(a.pool("p").take(ahead))).containsExactly("1", "2", "3", "4");
    assertThat(payloads(b.pool("p").take(ahead))).containsExactly("5", "6");
    assertThat(payloads(b.pool("p").take(8))).containsExactly("7", "8");
  }

  @Test
  void shouldGiveNothingAheadWhereTimeCountsFromTheTake() {
    create(PoolCreateRequest.newBuilder().setTaskTimeout(Times.duration(SECOND.toNanos())));
    client.pool("p").submit("j", 1, 2, 3);

    assertThat(payloads(a.pool("p").take(PoolTakeRequest.newBuilder().setMax(3).setAhead(2))))
        .containsExactly(1L);
    assertThat(a.pool("p").take(PoolTakeRequest.newBuilder().setMax(2).setAhead(2)).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
  }

  @Test
  void shouldTakeNumbersThatHaveNoSign() {
    create(
        PoolCreateRequest.newBuilder()
            .setAttempts(-1)
            .setMaxRunsPerKey(-1)
            .setMaxFailedStarts(-1)
            .setTasksPerWorker(-1));
    client.pool("p").submit("j", task("t").setKey("k"));
    assertThat(payloads(a.pool("p").take())).containsExactly("t");
    a.dies();
    world.settle();

    assertThat(payloads(b.pool("p").take())).containsExactly("t");
  }

  @Test
  void shouldShowATaskThatKilledItsWorkersToWhoeverLooks() {
    create(PoolCreateRequest.newBuilder().setAttempts(1));
    client.pool("p").submit("j", "poison");
    a.pool("p").take();
    a.dies();

    var result = client.pool("p").results("j").response().getResults(0);

    assertThat(result.getCall().getFunction()).isEqualTo("f");
    assertThat(Plain.object(result.getCall().getPayload())).isEqualTo("poison");
  }

  @Test
  void shouldTakeALeaseForAWord() {
    create();
    client.pool("p").submit("j", 1);
    Client shell = world.anonymous();
    assertThat(shell.pool("p").take().reason())
        .isEqualTo(ErrorReason.ERROR_REASON_SESSION_REQUIRED);
    PoolRun run =
        run(
            shell
                .pool("p")
                .take(PoolTakeRequest.newBuilder().setLease(Times.duration(SECOND.toNanos()))));

    world.advance(Duration.ofMillis(900));
    shell.pool("p").heartbeat(run, "half");
    assertThat(client.inspect("p").getHoldersList())
        .singleElement()
        .satisfies(holder -> assertThat(holder.getDetail()).endsWith(" of task 1 of 'j': half"));
    world.advance(Duration.ofMillis(900));
    assertThat(client.pool("p").get().getRunning()).isEqualTo(1);
    world.advance(Duration.ofMillis(200));

    PoolRun again = run(a.pool("p").take());
    assertThat(again.getAttempt()).isEqualTo(2);
    assertThat(Plain.object(again.getDetails())).isEqualTo("half");
    assertThat(shell.pool("p").complete(run, "late").response().getEndedList())
        .containsExactly(run.getRun());
    assertThat(shell.pool("p").heartbeat(run).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_RUN_ENDED);
  }

  @Test
  void shouldNotLetAnotherSessionEndARun() {
    create();
    client.pool("p").submit("j", 1);
    PoolRun run = run(a.pool("p").take());

    assertThat(b.pool("p").complete(run, "mine").response().getEndedCount()).isEqualTo(1);
    assertThat(b.pool("p").fail(run, "mine", false).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_RUN_ENDED);
    assertThat(a.pool("p").complete(run, "own").response().getEndedCount()).isZero();
  }

  @Test
  void shouldReplaceAWorkerAfterSoManyTasks() {
    create(PoolCreateRequest.newBuilder().setTasksPerWorker(2));
    client.pool("p").submit("j", 1, 2, 3);

    var taken = a.pool("p").take(5);

    assertThat(payloads(taken)).containsExactly(1L, 2L);
    assertThat(a.pool("p").take().response().getRetire()).isTrue();
    assertThat(payloads(b.pool("p").take())).containsExactly(3L);
  }

  @Test
  void shouldTellAllTakesOfAWorkerThatItIsToRetire() {
    create(PoolCreateRequest.newBuilder().setTasksPerWorker(1));
    var first = a.pool("p").take();
    var second = a.pool("p").take();

    client.pool("p").submit("j", 1, 2);

    assertThat(payloads(first)).containsExactly(1L);
    assertThat(second.response().getRetire()).isTrue();
    assertThat(payloads(b.pool("p").take())).containsExactly(2L);
  }

  @Test
  void shouldGiveATaskToNoneOfTheTakesOfAWorkerThatIsToRetire() {
    create();
    var takes = List.of(a.pool("p").take(), a.pool("p").take(), a.pool("p").take());

    client.pool("p").quiet().response();
    client.pool("p").submit("j", 1);

    assertThat(takes).allMatch(take -> take.response().getRetire());
    assertThat(payloads(b.pool("p").take())).containsExactly(1L);
  }

  @Test
  void shouldCountNoFurtherAttemptWhereATaskWasGivenBack() {
    create();
    client.pool("p").submit("j", 1);
    a.pool("p").fail(run(a.pool("p").take()), "no", true);
    PoolRun again = run(a.pool("p").take());

    a.pool("p").complete(completion(again).setReturned(true));

    assertThat(client.pool("p").get().getTotals().getRuns()).isEqualTo(1);
    assertThat(client.pool("p").get().getTotals().getRetries()).isZero();
    run(b.pool("p").take());
    assertThat(client.pool("p").get().getTotals().getRuns()).isEqualTo(2);
    assertThat(client.pool("p").get().getTotals().getRetries()).isEqualTo(1);
  }

  @Test
  void shouldTellAWorkerWhatToCallFirst() {
    create(
        PoolCreateRequest.newBuilder()
            .setInitializer(
                PoolCall.newBuilder().setFunction("init").setPayload(Plain.value("x"))));

    assertThat(a.pool("p").register().response().getInitializer().getFunction()).isEqualTo("init");
    assertThat(world.anonymous().pool("p").register().reason())
        .isEqualTo(ErrorReason.ERROR_REASON_SESSION_REQUIRED);
    assertThat(client.pool("p").get().getPresentWorkers(0).getReady()).isFalse();
    a.pool("p").take();
    assertThat(client.pool("p").get().getPresentWorkers(0).getReady()).isTrue();
    a.dies();
    assertThat(client.pool("p").get().getPresentWorkersCount()).isZero();
  }

  // Time.

  @Test
  void shouldEndATaskWhoseTimeToLiveIsOver() {
    create();
    var brief = task("brief").setTimeToLive(Times.duration(SECOND.toNanos()));
    client.pool("p").submit("j", brief.clone(), brief.clone());
    PoolRun run = run(a.pool("p").take());

    world.advance(SECOND);

    assertThat(outcomes(client.pool("p").results("j")))
        .containsExactlyInAnyOrder("1 EXPIRED", "2 EXPIRED");
    assertThat(a.pool("p").complete(run, "late").response().getEndedCount()).isEqualTo(1);
  }

  @Test
  void shouldEndARunThatTakesTooLong() {
    create(
        PoolCreateRequest.newBuilder()
            .setAttempts(2)
            .setTaskTimeout(Times.duration(SECOND.toNanos())));
    client.pool("p").submit("j", "hangs");
    a.pool("p").take();
    world.advance(SECOND);
    assertThat(run(b.pool("p").take()).getAttempt()).isEqualTo(2);

    world.advance(SECOND);

    assertThat(outcomes(client.pool("p").results("j"))).containsExactly("1 TIMED_OUT");
  }

  @Test
  void shouldTellAWorkerWhichOfItsRunsTookTooLongOrExpired() {
    create(PoolCreateRequest.newBuilder().setTaskTimeout(Times.duration(2 * SECOND.toNanos())));
    client
        .pool("p")
        .submit("j", "hangs", task("expires").setTimeToLive(Times.duration(SECOND.toNanos())));
    var runs = a.pool("p").take(2).response().getRunsList();
    var told = a.pool("p").heartbeat();

    world.advance(SECOND);
    assertThat(told.response().getCancelled()).isTrue();
    assertThat(told.response().getRunsList()).containsExactly(runs.get(1).getRun());
    world.advance(SECOND);

    assertThat(a.pool("p").heartbeat().response().getRunsList())
        .containsExactly(runs.get(0).getRun());
    assertThat(a.pool("p").heartbeat().isWaiting()).isTrue();
  }

  @Test
  void shouldTellAWorkerOfALeaseThatEndedUnlessItKnows() {
    create();
    client.pool("p").submit("j", 1, 2);
    var runs =
        a.pool("p")
            .take(PoolTakeRequest.newBuilder().setMax(2).setLease(Times.duration(SECOND.toNanos())))
            .response()
            .getRunsList();
    world.advance(SECOND);

    assertThat(a.pool("p").complete(runs.get(0), "late").response().getEndedCount()).isEqualTo(1);

    assertThat(a.pool("p").heartbeat().response().getRunsList())
        .containsExactly(runs.get(1).getRun());
  }

  @Test
  void shouldTellAWorkerOfACancelledRunOnceThoughItIsOver() {
    create();
    client.pool("p").submit("j", 1, 2);
    var runs = a.pool("p").take(2).response().getRunsList();
    client.pool("p").cancel("j", 1L);
    assertThat(a.pool("p").heartbeat().response().getRunsList())
        .containsExactly(runs.get(0).getRun());
    client.pool("p").cancel("j", 2L);
    world.advance(SECOND.multipliedBy(5));
    world.settle();

    assertThat(a.pool("p").heartbeat().response().getRunsList())
        .containsExactly(runs.get(1).getRun());
  }

  // Cancelling.

  @Test
  void shouldCancelWhatWaitsAtOnceAndTellWhoRuns() {
    create();
    client.pool("p").submit("j", 1, 2, 3);
    PoolRun run = run(a.pool("p").take());
    var beat = a.pool("p").heartbeat(run);

    var cancelled = client.pool("p").cancel("j", 1L, 3L).response();

    assertThat(cancelled.getCancelled()).isEqualTo(1);
    assertThat(cancelled.getRunning()).isEqualTo(1);
    assertThat(beat.response().getCancelled()).isTrue();
    assertThat(outcomes(client.pool("p").results("j"))).containsExactly("3 CANCELLED");
    a.pool("p").fail(run, "interrupted", true);
    assertThat(outcomes(client.pool("p").results("j"))).containsExactly("1 CANCELLED");
    assertThat(payloads(b.pool("p").take())).containsExactly(2L);
  }

  @Test
  void shouldEndACancelledRunWhenTheGraceIsOver() {
    create(PoolCreateRequest.newBuilder().setGrace(Times.duration(SECOND.toNanos())));
    client.pool("p").submit("j", "hangs");
    PoolRun run = run(a.pool("p").take());
    client.pool("p").cancel("j");
    assertThat(client.pool("p").resultsNow("j").response().getResultsCount()).isZero();

    world.advance(SECOND);

    assertThat(outcomes(client.pool("p").results("j"))).containsExactly("1 CANCELLED");
    assertThat(a.pool("p").complete(run, "late").response().getEndedCount()).isEqualTo(1);
  }

  @Test
  void shouldCancelManyInPiecesAndHandNoneOfThemOut() {
    create();
    for (int page = 0; page < 10; page++) {
      PoolSubmitRequest.Builder many = PoolSubmitRequest.newBuilder();
      for (int i = 0; i < 100; i++) {
        many.addTasks(task(i));
      }
      client.pool("p").submit("j", many).response();
    }
    client.pool("p").createJob("other");
    client.pool("p").submit("other", "other");

    client.pool("p").cancel("j");
    assertThat(payloads(a.pool("p").take(5))).containsExactly("other");
    client.pool("p").submit("j", "new");
    world.advance(SECOND);

    assertThat(client.pool("p").getJob("j").getFailed()).isEqualTo(1000);
    assertThat(payloads(a.pool("p").take(5))).containsExactly("new");
  }

  // Many jobs.

  /** So many jobs of so many tasks. */
  private static void createMany(Client client, int jobs, int tasks) {
    client.pool("p").create().response();
    for (int job = 0; job < jobs; job++) {
      client.pool("p").createJob("j" + job).response();
      PoolSubmitRequest.Builder many = PoolSubmitRequest.newBuilder();
      for (int i = 0; i < tasks; i++) {
        many.addTasks(task(i));
      }
      client.pool("p").submit("j" + job, many).response();
    }
  }

  /** How many tasks of those jobs have a result, each of which must be of this outcome. */
  private static int ended(Client client, int jobs, PoolOutcome outcome) {
    int ended = 0;
    for (int job = 0; job < jobs; job++) {
      var results =
          client
              .pool("p")
              .results("j" + job, PoolResultsRequest.newBuilder().setTimeout(Times.duration(0)))
              .response();
      assertThat(results.getResultsList()).extracting(PoolResult::getOutcome).containsOnly(outcome);
      assertThat(results.getFinished())
          .isEqualTo(client.pool("p").getJob("j" + job).getWaiting() == 0);
      ended += results.getResultsCount();
    }
    return ended;
  }

  @Test
  void shouldCancelManyJobsInPiecesAndHandNoneOfTheirTasksOut() {
    createMany(client, 20, 20);
    PoolRun run = run(b.pool("p").take());
    long before = world.engine().work();

    client.pool("p").shutdown(true).response();

    assertThat(world.engine().work() - before).isLessThan(200);
    assertThat(client.pool("p").get().getWaiting()).isGreaterThan(300);
    var taking = a.pool("p").take(5);
    var joining = client.pool("p").join();
    assertThat(b.pool("p").complete(completion(run).setReturned(true)).response().getEndedCount())
        .isZero();
    world.settle();
    assertThat(ended(client, 20, PoolOutcome.POOL_OUTCOME_CANCELLED)).isEqualTo(400);
    assertThat(taking.response().getRunsCount()).isZero();
    assertThat(taking.response().getRetire()).isTrue();
    assertThat(joining.response().getJoined()).isTrue();
  }

  @Test
  void shouldCancelInPiecesAlsoWhatIsCancelledBefore() {
    createMany(client, 2, 100);
    client.pool("p").cancel("j1").response();

    client.pool("p").shutdown(true).response();
    assertThat(client.pool("p").get().getWaiting()).isPositive();
    world.settle();

    assertThat(ended(client, 2, PoolOutcome.POOL_OUTCOME_CANCELLED)).isEqualTo(200);
    assertThat(client.pool("p").results("j1").response().getResultsList())
        .allMatch(result -> result.getFailure().getMessage().equals("it was cancelled"));
  }

  @Test
  void shouldEndManyJobsInPiecesWhenTheirPoolIsDeleted() {
    EngineFixture pieces = EngineFixture.inPieces(40);
    Client any = pieces.session("any");
    createMany(any, 20, 20);
    var ordered = PoolResultsRequest.newBuilder().setOrdered(true);
    var waiting = any.pool("p").results("j19", ordered);
    long before = pieces.engine().work();

    any.delete("p").response();

    assertThat(pieces.engine().work() - before).isLessThan(200);
    assertThat(any.pool("p").getJob("j19").getWaiting()).isEqualTo(20);
    assertThat(waiting.isWaiting()).isTrue();
    pieces.settle();
    assertThat(waiting.response().getResultsCount()).isPositive();
    assertThat(ended(any, 20, PoolOutcome.POOL_OUTCOME_POOL_ENDED)).isEqualTo(400);
  }

  @Test
  void shouldEndJobsOfADeletedPoolThoughOneOfThemIsDeletedMeanwhile() {
    EngineFixture pieces = EngineFixture.inPieces(40);
    Client any = pieces.session("any");
    any.pool("p").create().response();
    for (String job : List.of("first", "second", "third")) {
      any.pool("p").createJob(job).response();
      for (int i = 0; i < 60; i++) {
        any.pool("p").submit(job, i).response();
      }
    }
    any.delete("p").response();
    assertThat(any.pool("p").getJob("second").getWaiting()).isPositive();
    any.delete("second").response();
    assertThat(any.pool("p").getJob("third").getWaiting()).isPositive();
    pieces.settle();

    assertThat(any.pool("p").getJob("first").getResults()).isEqualTo(60);
    assertThat(any.pool("p").getJob("third").getResults()).isEqualTo(60);
    any.delete("first").response();
    any.delete("third").response();
    any.end();
    pieces.settle();
    assertThat(pieces.isEmpty()).isTrue();
  }

  @Test
  void shouldTellManyWorkersInOnePassToRetire() {
    EngineFixture crowded =
        new EngineFixture(
            EngineFixture.LIMITS.toBuilder().setSessions(500).build(),
            EngineFixture.Care.INVARIANTS);
    crowded.anonymous().pool("p").create().response();
    List<Pending<PoolTakeResponse>> takes = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      takes.add(crowded.session("worker").pool("p").take());
    }
    long before = crowded.engine().work();

    assertThat(crowded.anonymous().pool("p").quiet().response().getWorkers()).isEqualTo(400);

    assertThat(crowded.engine().work() - before).isLessThan(2 * 400);
    assertThat(takes).allMatch(take -> take.response().getRetire());
  }

  @Test
  void shouldAnswerNoResultBehindTheHighestNumber() {
    create();
    client.pool("p").submit("j", 1, 2);
    client.pool("p").cancel("j").response();
    PoolResultsRequest.Builder request = PoolResultsRequest.newBuilder();

    for (long after : List.of(Long.MIN_VALUE, -1L, Long.MAX_VALUE)) {
      for (boolean ordered : List.of(false, true)) {
        request.setAfter(after).setOrdered(ordered).setTimeout(Times.duration(0));
        assertThat(client.pool("p").results("j", request).response().getResultsList()).isEmpty();
      }
    }
  }

  // Keys and room.

  @Test
  void shouldLimitHowManyTasksOfAKeyRun() {
    create(PoolCreateRequest.newBuilder().setMaxRunsPerKey(1));
    client
        .pool("p")
        .submit("j", task(1).setKey("k"), task(2).setKey("k"), task(3), task(4).setKey("l"));

    var taken = a.pool("p").take(10);

    assertThat(payloads(taken)).containsExactly(1L, 3L, 4L);
    var waiting = b.pool("p").take();
    assertThat(waiting.isWaiting()).isTrue();
    a.pool("p").complete(taken.response().getRuns(0), "done");
    assertThat(payloads(waiting)).containsExactly(2L);
  }

  @Test
  void shouldHoldSubmitsBackWhileThereIsNoRoom() {
    create(PoolCreateRequest.newBuilder().setMaxTasks(2));
    client.pool("p").submit("j", 1, 2);
    var waiting = client.pool("p").submit("j", 3);
    assertThat(waiting.isWaiting()).isTrue();
    assertThat(client.pool("p").submit("j", 3, 4, 5).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);

    a.pool("p").take();

    assertThat(waiting.response().getFirst()).isEqualTo(3);
    assertThat(client.pool("p").get().getWaiting()).isEqualTo(2);
  }

  // The pool as a whole.

  @Test
  void shouldWaitForResumeWhereItIsPausedAndShutDown() {
    create();
    client.pool("p").submit("j", 1);
    client.pool("p").pause();
    client.pool("p").shutdown(false);
    var waiting = a.pool("p").take();
    var joined = client.pool("p").join();
    assertThat(waiting.isWaiting()).isTrue();
    assertThat(joined.isWaiting()).isTrue();

    client.pool("p").resume();

    a.pool("p").complete(run(waiting), "done");
    assertThat(joined.response().getJoined()).isTrue();
  }

  @Test
  void shouldHandNothingOutWhileItIsPaused() {
    create();
    client.pool("p").pause();
    client.pool("p").submit("j", 1);
    var waiting = a.pool("p").take();
    assertThat(waiting.isWaiting()).isTrue();

    client.pool("p").resume();

    assertThat(payloads(waiting)).containsExactly(1L);
  }

  @Test
  void shouldRunWhatIsThereAndThenLetWorkersGo() {
    create();
    client.pool("p").submit("j", 1);
    PoolRun run = run(a.pool("p").take());
    var waiting = b.pool("p").take();
    var joined = client.pool("p").join();

    client.pool("p").shutdown(false);

    assertThat(client.pool("p").submit("j", 2).reason()).isEqualTo(ErrorReason.ERROR_REASON_CLOSED);
    assertThat(waiting.isWaiting()).isTrue();
    assertThat(joined.isWaiting()).isTrue();
    a.pool("p").complete(run, "done");
    assertThat(waiting.response().getRetire()).isTrue();
    assertThat(joined.response().getJoined()).isTrue();
    assertThat(outcomes(client.pool("p").results("j"))).containsExactly("1 done");
  }

  @Test
  void shouldCancelAllAtOnceWhenItIsToEndNow() {
    create();
    client.pool("p").submit("j", 1, 2);
    PoolRun run = run(a.pool("p").take());
    var beat = a.pool("p").heartbeat(run);

    client.pool("p").shutdown(true);

    assertThat(beat.response().getCancelled()).isTrue();
    assertThat(outcomes(client.pool("p").results("j"))).containsExactly("2 CANCELLED");
  }

  @Test
  void shouldEndAJoinInTime() {
    create();
    client.pool("p").submit("j", 1);
    var joined = client.pool("p").join(SECOND);

    world.advance(SECOND);

    assertThat(joined.response().getJoined()).isFalse();
  }

  // Ends of pools, jobs and clients.

  @Test
  void shouldKeepAJobWhoseClientDiesForTheNext() {
    create();
    client.pool("p").submit("j", 1, 2);
    var taken = a.pool("p").take(2).response().getRunsList();
    a.pool("p").complete(taken.get(0), "one");

    client.dies();
    a.pool("p").complete(taken.get(1), "two");

    assertThat(outcomes(b.pool("p").results("j"))).containsExactly("1 one", "2 two");
  }

  @Test
  void shouldEndASessionsJobWithIt() {
    create();
    b.pool("p")
        .createJob(
            PoolCreateJobRequest.newBuilder().setJob("own").setLifetime(Lifetime.LIFETIME_SESSION));
    b.pool("p").submit("own", 1, 2);
    PoolRun run = run(a.pool("p").take());
    var beat = a.pool("p").heartbeat(run);

    b.dies();

    assertThat(beat.response().getCancelled()).isTrue();
    assertThat(a.pool("p").complete(run, "nobody's").response().getEndedCount()).isZero();
    assertThat(client.pool("p").get().getWaiting()).isZero();
    assertThat(client.pool("p").get().getRunning()).isZero();
  }

  @Test
  void shouldLeaveJobsWithResultsWhenAPoolIsDeleted() {
    create();
    client.pool("p").submit("j", 1, 2);
    PoolRun run = run(a.pool("p").take());
    var beat = a.pool("p").heartbeat(run);
    var taking = b.pool("p").take(2);
    assertThat(taking.response().getRunsCount()).isEqualTo(1);

    client.delete("p");

    assertThat(beat.isRefused()).isTrue();
    assertThat(outcomes(client.pool("p").results("j")))
        .containsExactlyInAnyOrder("1 POOL_ENDED", "2 POOL_ENDED");
    assertThat(client.pool("p").submit("j", 3).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED);
  }

  @Test
  void shouldAnswerTheSamePoolAndJobForTheSameShape() {
    create();

    assertThat(a.pool("p").create().response().getCreated()).isFalse();
    assertThat(a.pool("p").create(PoolCreateRequest.newBuilder().setAttempts(7)).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_EXISTS);
    assertThat(a.pool("p").createJob("j").response().getCreated()).isFalse();
    a.pool("q").create();
    assertThat(a.pool("q").createJob("j").reason())
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_EXISTS);
  }
}
