package dev.polyproc.server.engine.pool;

import static dev.polyproc.server.engine.PoolCalls.outcomes;
import static dev.polyproc.server.engine.PoolCalls.payloads;
import static dev.polyproc.server.engine.PoolCalls.run;
import static dev.polyproc.server.engine.PoolCalls.task;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.polyproc.internal.v1.NodeEvent;
import dev.polyproc.internal.v1.ProcessExited;
import dev.polyproc.server.engine.Client;
import dev.polyproc.server.engine.EngineFixture;
import dev.polyproc.server.engine.ProcessCalls;
import dev.polyproc.server.engine.call.Effect;
import dev.polyproc.server.engine.time.Times;
import dev.polyproc.v1.EnvironmentVariable;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.PoolCall;
import dev.polyproc.v1.PoolCreateRequest;
import dev.polyproc.v1.PoolFailure;
import dev.polyproc.v1.PoolResult;
import dev.polyproc.v1.PoolSubmitRequest;
import dev.polyproc.v1.PoolTask;
import dev.polyproc.v1.SessionOpenRequest;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Workers that the daemon starts. */
final class PoolWorkersTest {
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration GRACE = Duration.ofSeconds(5);
  private static final int SIGKILL = 9;
  private static final int SIGTERM = 15;

  private final EngineFixture world = new EngineFixture();
  private final Client client = world.session("client");

  private static PoolCreateRequest.Builder workers(int number) {
    return PoolCreateRequest.newBuilder().setWorkers(number).setCommand("worker");
  }

  private void create(PoolCreateRequest.Builder shape) {
    client.pool("p").create(shape).response();
    client.pool("p").createJob("j").response();
  }

  /** The processes that the node was asked to start. */
  private List<Effect.StartProcess> starts() {
    return world.effects().stream()
        .filter(Effect.StartProcess.class::isInstance)
        .map(Effect.StartProcess.class::cast)
        .toList();
  }

  private Effect.StartProcess start(int number) {
    return starts().get(number);
  }

  private List<Integer> signals(Effect.StartProcess start) {
    return world.effects().stream()
        .filter(Effect.SignalProcess.class::isInstance)
        .map(Effect.SignalProcess.class::cast)
        .filter(effect -> effect.process() == start.process())
        .map(Effect.SignalProcess::signal)
        .toList();
  }

  /** The session of a process that runs. */
  private Client runs(int number) {
    ProcessCalls.runs(world, start(number).process(), 100 + number);
    return world.session(
        SessionOpenRequest.newBuilder().setProcessCredential(start(number).credential()).build());
  }

  private void exits(int number, int code) {
    ProcessCalls.exits(world, start(number).process(), code);
  }

  private void isKilled(int number, String output) {
    world.observe(
        NodeEvent.newBuilder()
            .setProcessExited(
                ProcessExited.newBuilder()
                    .setProcess(start(number).process())
                    .setSignal(SIGKILL)
                    .setOutOfMemory(true)
                    .setOutput(ByteString.copyFromUtf8(output)))
            .build());
  }

  // Their number.

  @Test
  void shouldStartAsManyWorkersAsItKeeps() {
    create(workers(2));

    assertThat(starts()).hasSize(2);
    assertThat(start(0).credential()).isNotEqualTo(start(1).credential());
    assertThat(start(0).request().getCommand()).isEqualTo("worker");
    assertThat(start(0).request().getEnvironmentList())
        .containsExactly(
            EnvironmentVariable.newBuilder().setName("POLYPROC_POOL").setValue("p").build());
    assertThat(client.pool("p").get().getPresentWorkersList())
        .extracting(worker -> worker.getProcess().getName())
        .containsExactly(start(0).name(), start(1).name());
  }

  @Test
  void shouldKnowAWorkerByItsCredential() {
    create(workers(1));

    Client worker = runs(0);
    var taking = worker.pool("p").take();

    assertThat(client.pool("p").get().getPresentWorkersCount()).isEqualTo(1);
    assertThat(client.pool("p").get().getPresentWorkers(0).getReady()).isTrue();
    client.pool("p").submit("j", 1);
    assertThat(payloads(taking)).containsExactly(1L);
  }

  @Test
  void shouldNotBreakOfWorkersThatItLetGoItself() {
    create(workers(1));
    for (int i = 0; i < 10; i++) {
      var taking = runs(i).pool("p").take();
      client.pool("p").quiet().response();
      assertThat(taking.response().getRetire()).isTrue();
      exits(i, 0);
    }

    assertThat(starts()).hasSize(11);
    assertThat(client.pool("p").get().getBroken()).isEmpty();
  }

  @Test
  void shouldBreakByTheNumberOfWorkersThatItKeepsNow() {
    create(workers(0));
    client.pool("p").resize(10).response();
    for (int i = 0; i < 20; i++) {
      exits(i, 1);
      world.advance(SECOND);
    }

    assertThat(client.pool("p").get().getBroken()).isEmpty();
  }

  @Test
  void shouldReplaceAWorkerThatEnds() {
    create(workers(1));
    runs(0).pool("p").take();
    world.advance(SECOND);

    exits(0, 0);

    assertThat(starts()).hasSize(2);
    assertThat(start(1).credential()).isNotEqualTo(start(0).credential());
    assertThat(client.pool("p").get().getBroken()).isEmpty();
    assertThat(client.pool("p").get().getTotals().getWorkersStarted()).isEqualTo(2);
  }

  @Test
  void shouldReplaceAWorkerAfterItsTasksWhenItHasEnded() {
    create(workers(1).setTasksPerWorker(1));
    Client worker = runs(0);
    client.pool("p").submit("j", 1, 2);
    worker.pool("p").complete(run(worker.pool("p").take()), "one");

    assertThat(worker.pool("p").take().response().getRetire()).isTrue();
    assertThat(starts()).hasSize(1);
    exits(0, 0);

    assertThat(payloads(runs(1).pool("p").take())).containsExactly(2L);
  }

  @Test
  void shouldEndAWorkerThatDoesNotRetire() {
    create(workers(1).setTasksPerWorker(1));
    Client worker = runs(0);
    client.pool("p").submit("j", 1);
    var run = run(worker.pool("p").take());
    world.advance(GRACE.multipliedBy(2));
    assertThat(signals(start(0))).isEmpty();
    worker.pool("p").complete(run, "one");

    world.advance(GRACE);
    assertThat(signals(start(0))).containsExactly(SIGTERM);
    world.advance(GRACE);
    assertThat(signals(start(0))).containsExactly(SIGTERM, SIGKILL);
  }

  @Test
  void shouldEndAWorkerWhoseSessionEndsBeforeIt() {
    create(workers(1));
    Client worker = runs(0);
    worker.pool("p").take();

    worker.dies();
    world.advance(GRACE);

    assertThat(signals(start(0))).containsExactly(SIGTERM);
    exits(0, 0);
    assertThat(starts()).hasSize(2);
  }

  @Test
  void shouldStartMoreWorkersAndLetIdleOnesGo() {
    create(workers(1));
    Client first = runs(0);
    client.pool("p").resize(3).response();
    assertThat(starts()).hasSize(3);
    Client second = runs(1);
    Client third = runs(2);
    client.pool("p").submit("j", 1, 2);
    first.pool("p").take();
    third.pool("p").take();
    var idle = second.pool("p").take();

    client.pool("p").resize(2).response();

    assertThat(idle.response().getRetire()).isTrue();
    assertThat(client.pool("p").get().getWorkers()).isEqualTo(2);
    exits(1, 0);
    assertThat(starts()).hasSize(3);
    assertThat(client.pool("q").create().response().getCreated()).isTrue();
    assertThat(client.pool("q").resize(1).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
  }

  @Test
  void shouldStartWorkersAtNeedAndRetireThoseThatIdle() {
    create(workers(2).setIdleTimeout(Times.duration(SECOND.toNanos())));
    assertThat(starts()).isEmpty();

    client.pool("p").submit("j", 1);
    assertThat(starts()).hasSize(1);
    Client worker = runs(0);
    worker.pool("p").complete(run(worker.pool("p").take()), "one");
    var idle = worker.pool("p").take();
    world.advance(SECOND);

    assertThat(idle.response().getRetire()).isTrue();
    exits(0, 0);
    assertThat(starts()).hasSize(1);
    client.pool("p").submit("j", 2);
    assertThat(starts()).hasSize(2);
  }

  @Test
  void shouldRetireAllThatAreThereAndReplaceThem() {
    create(workers(1));
    Client dialledIn = world.session("dialled in");
    var waiting = dialledIn.pool("p").take();
    Client worker = runs(0);
    client.pool("p").submit("j", 1, 2);
    assertThat(payloads(waiting)).containsExactly(1L);
    var run = run(worker.pool("p").take());

    assertThat(client.pool("p").quiet().response().getWorkers()).isEqualTo(2);

    worker.pool("p").complete(run, "still counts");
    assertThat(worker.pool("p").take().response().getRetire()).isTrue();
    assertThat(dialledIn.pool("p").take().response().getRetire()).isTrue();
    exits(0, 0);
    assertThat(starts()).hasSize(2);
    var next = runs(1).pool("p").take();
    client.pool("p").submit("j", 3);
    assertThat(payloads(next)).containsExactly(3L);
  }

  @Test
  void shouldGiveATaskToNoThreadOfAWorkerThatIsOneTooMany() {
    create(workers(2));
    Client stays = runs(0);
    var waiting = stays.pool("p").take();
    Client leaves = runs(1);
    var takes = List.of(leaves.pool("p").take(), leaves.pool("p").take(), leaves.pool("p").take());

    client.pool("p").resize(1).response();
    client.pool("p").submit("j", 1, 2);

    assertThat(takes).allMatch(take -> take.response().getRetire());
    assertThat(payloads(waiting)).containsExactly(1L);
    assertThat(payloads(stays.pool("p").take())).containsExactly(2L);
  }

  @Test
  void shouldGiveATaskToNoThreadOfAWorkerThatWasIdleTooLong() {
    create(workers(1).setIdleTimeout(Times.duration(SECOND.toNanos())));
    client.pool("p").submit("j", 1);
    Client worker = runs(0);
    worker.pool("p").complete(run(worker.pool("p").take()), "one");
    var takes = List.of(worker.pool("p").take(), worker.pool("p").take(), worker.pool("p").take());

    world.advance(SECOND);
    client.pool("p").submit("j", 2);

    assertThat(takes).allMatch(take -> take.response().getRetire());
    exits(0, 0);
    assertThat(payloads(runs(1).pool("p").take())).containsExactly(2L);
  }

  @Test
  void shouldGiveNothingToAWorkerThatWasLetGoBeforeItFirstAsked() {
    create(workers(1).setStartTimeout(Times.duration(SECOND.toNanos())));
    Client late = runs(0);
    client.pool("p").submit("j", 1);

    world.advance(SECOND);

    assertThat(late.pool("p").take().response().getRetire()).isTrue();
    assertThat(client.pool("p").get().getWaiting()).isEqualTo(1);
  }

  // Starts that fail.

  @Test
  void shouldBreakWhereItsCommandCannotBeStarted() {
    create(workers(1).setMaxFailedStarts(2));
    client.pool("p").submit("j", 1, 2);
    var results = client.pool("p").results("j");
    Client other = world.session("other");
    var waiting = other.pool("p").take();
    assertThat(payloads(waiting)).containsExactly(1L);

    for (int i = 0; i < 3; i++) {
      ProcessCalls.fails(world, start(i).process(), "Expected a program, but there is none");
      world.advance(SECOND);
    }

    assertThat(starts()).hasSize(3);
    assertThat(client.pool("p").get().getBroken())
        .isEqualTo(
            "3 starts of workers failed one after the other, the last so: Expected a program, but"
                + " there is none");
    assertThat(outcomes(results)).containsExactly("2 POOL_ENDED");
    assertThat(results.response().getResults(0).getFailure().getMessage())
        .contains("there is none");
    assertThat(client.pool("p").submit("j", 3).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_POOL_BROKEN);
    assertThat(client.pool("p").createJob("k").reason())
        .isEqualTo(ErrorReason.ERROR_REASON_POOL_BROKEN);
    other.pool("p").complete(run(waiting), "still counts");
    assertThat(outcomes(client.pool("p").results("j"))).containsExactly("1 still counts");
    assertThat(other.pool("p").take().response().getRetire()).isTrue();
  }

  @Test
  void shouldBreakWhereWorkersEndBeforeTheyBegin() {
    create(workers(1).setMaxFailedStarts(1));
    runs(0);
    isKilled(0, "no such module");
    world.advance(SECOND);
    exits(1, 1);

    assertThat(client.pool("p").get().getBroken())
        .endsWith("its process exited with code 1 before its first Take");
    assertThat(client.pool("p").get().getFailure().getMessage())
        .isEqualTo("its process exited with code 1 before its first Take");
    world.advance(SECOND);
    assertThat(starts()).hasSize(2);
  }

  @Test
  void shouldEndAWorkerThatDoesNotBeginInTime() {
    create(workers(1).setStartTimeout(Times.duration(SECOND.toNanos())).setMaxFailedStarts(1));
    runs(0).pool("p").register();

    world.advance(SECOND);
    assertThat(signals(start(0))).containsExactly(SIGTERM);
    exits(0, 0);
    world.advance(SECOND);
    world.advance(SECOND);

    assertThat(starts()).hasSize(2);
    assertThat(client.pool("p").get().getBroken())
        .endsWith("it did not ask for a task within start_timeout");
  }

  @Test
  void shouldBreakByTheFailureOfAnInitializer() {
    create(workers(1).setMaxFailedStarts(1));
    for (int i = 0; i < 2; i++) {
      Client worker = runs(i);
      worker.pool("p").failStart("no licence");
      assertThat(worker.pool("p").take().response().getRetire()).isTrue();
      exits(i, 1);
      world.advance(SECOND);
    }

    assertThat(client.pool("p").get().getBroken()).endsWith("no licence");
    assertThat(client.pool("p").get().getFailure().getType()).isEqualTo("Error");
  }

  @Test
  void shouldCountOnlyFailedStartsThatFollowEachOther() {
    create(workers(1).setMaxFailedStarts(1));
    client.pool("p").submit("j", 1, 2);
    for (int i = 0; i < 4; i += 2) {
      exits(i, 1);
      world.advance(SECOND);
      Client worker = runs(i + 1);
      worker.pool("p").complete(run(worker.pool("p").take()), "done");
      exits(i + 1, 1);
    }

    assertThat(client.pool("p").get().getBroken()).isEmpty();
    assertThat(starts()).hasSize(5);
  }

  @Test
  void shouldCountNoFailedStartOfAWorkerThatItDidNotStart() {
    create(workers(1).setMaxFailedStarts(1));
    for (int i = 0; i < 5; i++) {
      Client foreign = world.session("foreign");
      foreign.pool("p").failStart("no licence").response();
      assertThat(foreign.pool("p").take().response().getRetire()).isTrue();
    }

    assertThat(client.pool("p").get().getBroken()).isEmpty();
    assertThat(client.pool("p").get().getFailure().getMessage()).isEqualTo("no licence");
    client.pool("p").submit("j", 1);
    assertThat(payloads(runs(0).pool("p").take())).containsExactly(1L);
  }

  @Test
  void shouldCountAFailedStartOnceHoweverOftenItIsSaid() {
    create(workers(1).setMaxFailedStarts(1));
    Client worker = runs(0);
    for (int i = 0; i < 5; i++) {
      worker.pool("p").failStart("no licence " + i).response();
    }
    exits(0, 1);
    world.advance(SECOND);

    assertThat(client.pool("p").get().getBroken()).isEmpty();
    assertThat(client.pool("p").get().getFailure().getMessage()).isEqualTo("no licence 0");
    assertThat(starts()).hasSize(2);
  }

  @Test
  void shouldNotBreakWhileOthersOfItsWorkersRunTasksInBetween() {
    create(workers(2).setMaxFailedStarts(1));
    Client works = runs(0);
    for (int i = 1; i <= 5; i++) {
      client.pool("p").submit("j", i);
      works.pool("p").complete(run(works.pool("p").take()), "done");
      runs(i).pool("p").failStart("no licence").response();
      exits(i, 1);
      world.advance(SECOND);
    }

    assertThat(client.pool("p").get().getBroken()).isEmpty();
  }

  @Test
  void shouldChargeNoTaskForWhyItsPoolIsBroken() {
    create(workers(2).setMaxFailedStarts(1));
    PoolSubmitRequest.Builder tasks = PoolSubmitRequest.newBuilder();
    for (int i = 0; i < 100; i++) {
      tasks.addTasks(PoolTask.newBuilder().setCall(PoolCall.newBuilder().setFunction("f")));
    }
    for (int i = 0; i < 10; i++) {
      client.pool("p").submit("j", tasks).response();
    }
    Client first = runs(0);
    Client second = runs(1);
    PoolFailure large =
        PoolFailure.newBuilder()
            .setType("Error")
            .setMessage("no licence ".repeat(1_000))
            .setStack("line ".repeat(1_000))
            .build();
    first.pool("p").failStart(large).response();
    long before = world.usedBytes();

    second.pool("p").failStart(large).response();
    world.settle();

    assertThat(world.usedBytes()).isLessThanOrEqualTo(before + 10_000);
    var why = client.pool("p").get();
    assertThat(why.getBroken()).contains("no licence");
    assertThat(why.getFailure().getStack()).hasSizeGreaterThan(3_000);
    List<PoolResult> results = client.pool("p").results("j").response().getResultsList();
    assertThat(results).hasSize(100);
    assertThat(results)
        .allSatisfy(
            result -> {
              PoolFailure failure = result.getFailure();
              assertThat(failure.getMessage()).startsWith("2 starts of workers failed one after");
              assertThat(failure.getSerializedSize()).isLessThan(310);
              assertThat(failure.getStack()).isEmpty();
            });
  }

  @Test
  void shouldSayThatAWorkerGaveNoReason() {
    create(workers(2).setMaxFailedStarts(1));

    runs(0).pool("p").failStart(PoolFailure.getDefaultInstance()).response();
    assertThat(client.pool("p").get().getFailure().getMessage())
        .isEqualTo("it said that it cannot begin, but not why");
    runs(1).pool("p").failStart(PoolFailure.newBuilder().setType("OSError").build()).response();

    assertThat(client.pool("p").get().getBroken())
        .endsWith("the last so: it failed with OSError, without a message");
  }

  @Test
  void shouldWaitBeforeItStartsAgainWhatFailed() {
    create(workers(1));

    exits(0, 1);

    assertThat(starts()).hasSize(1);
    world.advance(Duration.ofMillis(50));
    assertThat(starts()).hasSize(2);
  }

  @Test
  void shouldWaitLongerBetweenStartsThatFailThoughOthersOfItsWorkersRunTasks() {
    create(workers(2));
    Client works = runs(0);
    client.pool("p").submit("j", 0);
    works.pool("p").complete(run(works.pool("p").take()), "done");
    for (int i = 1; i <= 3; i++) {
      exits(i, 1);
      client.pool("p").submit("j", i);
      works.pool("p").complete(run(works.pool("p").take()), "done");
      world.advance(Duration.ofMillis(50L << (i - 1)).minusNanos(1));
      assertThat(starts()).hasSize(i + 1);
      world.advance(Duration.ofNanos(1));
      assertThat(starts()).hasSize(i + 2);
    }
  }

  @Test
  void shouldBreakWhereThereIsNoRoomForProcesses() {
    EngineFixture small =
        new EngineFixture(EngineFixture.LIMITS.toBuilder().setProcesses(1).build());
    Client only = small.session("only");
    only.process("x").start();

    only.pool("p").create(workers(1).setMaxFailedStarts(1)).response();
    small.advance(SECOND);

    assertThat(only.pool("p").get().getBroken()).contains("processes that run");
    assertThat(only.pool("q").create(workers(2)).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
  }

  // Tasks that their workers do not survive.

  @Test
  void shouldSayHowTheLastWorkerEnded() {
    create(workers(1).setAttempts(1));
    client.pool("p").submit("j", "poison");
    runs(0).pool("p").take();

    isKilled(0, "out of memory");

    PoolResult lost = client.pool("p").results("j").response().getResults(0);
    assertThat(lost.getWorkerEnd().getSignal()).isEqualTo(SIGKILL);
    assertThat(lost.getWorkerEnd().getOutOfMemory()).isTrue();
    assertThat(lost.getWorkerEnd().getOutput().toStringUtf8()).isEqualTo("out of memory");
    assertThat(lost.getWorkerEnd().getProcess()).isEqualTo(start(0).name());
    assertThat(client.pool("p").get().getTotals().getWorkersLost()).isEqualTo(1);
    assertThat(client.pool("p").get().getPresentWorkersCount()).isEqualTo(1);
    assertThat(starts()).hasSize(2);
  }

  @Test
  void shouldEndTheWorkerOfACancelledRunAndNoAttemptOfItsOthers() {
    create(workers(1).setAttempts(1));
    client.pool("p").submit("j", "hangs", "ahead");
    Client worker = runs(0);
    worker.pool("p").take(2);
    var told = worker.pool("p").heartbeat();

    client.pool("p").cancel("j", 1L).response();
    assertThat(told.response().getRunsCount()).isEqualTo(1);
    world.advance(GRACE);
    assertThat(outcomes(client.pool("p").results("j"))).containsExactly("1 CANCELLED");
    assertThat(signals(start(0))).containsExactly(SIGTERM);
    isKilled(0, "");

    Client next = runs(1);
    assertThat(payloads(next.pool("p").take(2))).containsExactly("ahead");
  }

  @Test
  void shouldEndTheWorkerOfARunThatTakesTooLong() {
    create(workers(1).setTaskTimeout(Times.duration(SECOND.toNanos())).setAttempts(1));
    client.pool("p").submit("j", "hangs");
    runs(0).pool("p").take();

    world.advance(SECOND);

    assertThat(outcomes(client.pool("p").results("j"))).containsExactly("1 TIMED_OUT");
    assertThat(signals(start(0))).containsExactly(SIGTERM);
  }

  @Test
  void shouldGiveATaskToNoOtherThreadOfAWorkerThatIsEndedForIt() {
    create(workers(1).setTaskTimeout(Times.duration(SECOND.toNanos())).setAttempts(2));
    client.pool("p").submit("j", "hangs");
    Client worker = runs(0);
    worker.pool("p").take();
    var takes = List.of(worker.pool("p").take(), worker.pool("p").take());

    world.advance(SECOND);

    assertThat(signals(start(0))).containsExactly(SIGTERM);
    assertThat(takes).allMatch(take -> take.response().getRetire());
    isKilled(0, "");
    assertThat(run(runs(1).pool("p").take()).getAttempt()).isEqualTo(2);
  }

  @Test
  void shouldGiveATaskToNoOtherThreadOfAWorkerThatIsEndedForACancelledOne() {
    create(workers(1).setMaxRunsPerKey(1).setAttempts(1));
    client.pool("p").submit("j", task("hangs").setKey("k"), task("next").setKey("k"));
    Client worker = runs(0);
    worker.pool("p").take();
    var waiting = worker.pool("p").take();
    client.pool("p").cancel("j", 1L);

    world.advance(GRACE);

    assertThat(waiting.response().getRetire()).isTrue();
    isKilled(0, "");
    assertThat(payloads(runs(1).pool("p").take())).containsExactly("next");
  }

  @Test
  void shouldTakeOtherValuesOfTheEnvironmentForAnotherShapeAndShowNone() {
    create(workers(1).addEnvironment(variable("secret one")));
    assertThat(client.pool("p").create(workers(1).addEnvironment(variable("secret one"))))
        .matches(same -> !same.response().getCreated());

    var other = client.pool("p").create(workers(1).addEnvironment(variable("secret two")));

    assertThat(other.reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_EXISTS);
    assertThat(other.sentence())
        .contains("environment 'TOKEN', not 'TOKEN' with other values")
        .doesNotContain("secret");
    assertThat(client.inspect("p").toString()).contains("TOKEN").doesNotContain("secret");
  }

  private static EnvironmentVariable variable(String value) {
    return EnvironmentVariable.newBuilder().setName("TOKEN").setValue(value).build();
  }

  // The end.

  @Test
  void shouldJoinWhenTheWorkersOfAPoolThatWasShutDownHaveEnded() {
    create(workers(2));
    Client worker = runs(0);
    var idle = worker.pool("p").take();
    var joining = client.pool("p").join();
    assertThat(joining.response().getJoined()).isTrue();

    client.pool("p").shutdown(false);
    joining = client.pool("p").join();

    assertThat(idle.response().getRetire()).isTrue();
    assertThat(signals(start(1))).containsExactly(SIGTERM);
    exits(0, 0);
    assertThat(joining.isWaiting()).isTrue();
    exits(1, 0);
    assertThat(joining.response().getJoined()).isTrue();
    assertThat(starts()).hasSize(2);
    assertThat(client.pool("p").get().getBroken()).isEmpty();
  }

  @Test
  void shouldEndItsWorkersWhenItIsDeleted() {
    create(workers(2));
    runs(0).pool("p").take();

    client.delete("p");

    assertThat(world.effects())
        .contains(
            new Effect.ForgetProcess(start(0).process()),
            new Effect.ForgetProcess(start(1).process()));
    exits(0, 0);
    exits(1, 0);
    assertThat(starts()).hasSize(2);
  }

  @Test
  void shouldReplaceAWorkerWhoseProcessIsDeleted() {
    create(workers(1));
    runs(0).pool("p").take();
    world.advance(SECOND);

    client.delete(start(0).name());
    exits(0, 0);

    assertThat(starts()).hasSize(2);
  }

  @Test
  void shouldStartItsWorkersAnewAfterARestart() {
    create(workers(1));
    Client worker = runs(0);
    client.pool("p").submit("j", 1);
    worker.pool("p").take();

    world.restart();

    assertThat(starts()).hasSize(2);
    assertThat(payloads(runs(1).pool("p").take())).containsExactly(1L);
  }
}
