package dev.polyproc.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.polyproc.v1.AdminDeleteRequest;
import dev.polyproc.v1.AdminServiceGrpc;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.PoolCancelRequest;
import dev.polyproc.v1.PoolCreateRequest;
import dev.polyproc.v1.PoolFailRequest;
import dev.polyproc.v1.PoolFailure;
import dev.polyproc.v1.PoolHeartbeatRequest;
import dev.polyproc.v1.PoolHeartbeatResponse;
import dev.polyproc.v1.PoolJoinRequest;
import dev.polyproc.v1.PoolJoinResponse;
import dev.polyproc.v1.PoolOutcome;
import dev.polyproc.v1.PoolResult;
import dev.polyproc.v1.PoolResultsRequest;
import dev.polyproc.v1.PoolResultsResponse;
import dev.polyproc.v1.PoolRun;
import dev.polyproc.v1.PoolServiceGrpc;
import dev.polyproc.v1.PoolShutdownRequest;
import dev.polyproc.v1.PoolSubmitRequest;
import dev.polyproc.v1.PoolSubmitResponse;
import dev.polyproc.v1.PoolTakeRequest;
import dev.polyproc.v1.PoolTakeResponse;
import dev.polyproc.v1.SessionEndRequest;
import dev.polyproc.v1.SessionServiceGrpc;
import io.grpc.Channel;
import java.util.List;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** PoolService, with workers that come by themselves. */
public abstract class PoolContract extends PoolSuite {
  private void end(String session) {
    var unused =
        SessionServiceGrpc.newBlockingStub(in(session)).end(SessionEndRequest.getDefaultInstance());
  }

  private void awaitTakes(int count) {
    await().until(() -> now().getWaitingTakes() == count);
  }

  private Future<PoolResultsResponse> collecting() {
    return PoolServiceGrpc.newFutureStub(channel())
        .results(PoolResultsRequest.newBuilder().setJob(job()).setTake(true).build());
  }

  @Test
  void shouldHandTasksToWorkersAndCollectTheirResults() {
    create(PoolCreateRequest.newBuilder());
    Channel worker = in(openSession());
    submit(1, 2, 3);

    List<PoolRun> runs = take(worker, 2);
    complete(worker, runs);
    complete(worker, take(worker, 2));

    assertThat(runs).extracting(PoolRun::getTask).containsExactly(1L, 2L);
    assertThat(runs).extracting(run -> run.getCall().getFunction()).containsOnly("f");
    assertThat(numbers(results())).containsExactly(1L, 4L, 9L);
  }

  @Test
  void shouldWakeAWorkerAndThenWhoWaitsForTheResult() {
    create(PoolCreateRequest.newBuilder());
    Channel worker = in(openSession());
    Future<PoolTakeResponse> taking = taking(worker);
    awaitTakes(1);

    submit(7);
    Future<PoolResultsResponse> collecting = collecting();
    complete(worker, get(taking).getRunsList());

    assertThat(numbers(get(collecting).getResultsList())).containsExactly(49L);
  }

  @Test
  void shouldLetAnotherClientCollectByTheNameOfTheJob() {
    create(PoolCreateRequest.newBuilder());
    String submitter = openSession();
    var unused =
        pools(in(submitter))
            .submit(PoolSubmitRequest.newBuilder().setJob(job()).addTasks(task(number(3))).build());
    end(submitter);
    Channel worker = in(openSession());

    complete(worker, take(worker, 1));

    assertThat(numbers(results())).containsExactly(9L);
  }

  @Test
  void shouldHandTasksOfAWorkerThatEndsToAnother() {
    create(PoolCreateRequest.newBuilder());
    submit(1, 2);
    String dying = openSession();
    assertThat(take(in(dying), 2)).hasSize(2);
    Channel other = in(openSession());
    Future<PoolTakeResponse> taking = taking(other);
    awaitTakes(1);

    end(dying);

    List<PoolRun> runs = get(taking).getRunsList();
    assertThat(runs).extracting(PoolRun::getAttempt).containsExactly(2);
    complete(other, runs);
    complete(other, take(other, 1));
    assertThat(numbers(results())).containsExactly(1L, 4L);
  }

  @Test
  void shouldSayThatATaskWasLostWithItsWorkers() {
    create(PoolCreateRequest.newBuilder().setAttempts(2));
    submit(13);
    for (int i = 0; i < 2; i++) {
      String dying = openSession();
      assertThat(take(in(dying), 1)).hasSize(1);
      end(dying);
    }

    PoolResult lost = results().get(0);

    assertThat(lost.getOutcome()).isEqualTo(PoolOutcome.POOL_OUTCOME_WORKER_LOST);
    assertThat(lost.getAttempts()).isEqualTo(2);
    assertThat(lost.getCall().getPayload().getInt()).isEqualTo(13);
  }

  @Test
  void shouldTellHowATaskFailed() {
    create(PoolCreateRequest.newBuilder());
    Channel worker = in(openSession());
    submit(1);
    PoolFailure failure =
        PoolFailure.newBuilder()
            .setType("builtins.ValueError")
            .setMessage("no such thing")
            .setStack("line 1")
            .setPayload(text("pickled"))
            .build();

    var unused =
        pools(worker)
            .fail(
                PoolFailRequest.newBuilder()
                    .setPool(name())
                    .setRun(take(worker, 1).get(0).getRun())
                    .setFailure(failure)
                    .build());

    PoolResult failed = results().get(0);
    assertThat(failed.getOutcome()).isEqualTo(PoolOutcome.POOL_OUTCOME_FAILED);
    assertThat(failed.getFailure()).isEqualTo(failure);
  }

  @Test
  void shouldTellAWorkerThatItsRunIsCancelled() {
    create(PoolCreateRequest.newBuilder().setGrace(SHORT));
    Channel worker = in(openSession());
    submit(1, 2);
    PoolRun run = take(worker, 1).get(0);
    Future<PoolHeartbeatResponse> beat =
        PoolServiceGrpc.newFutureStub(worker)
            .heartbeat(PoolHeartbeatRequest.newBuilder().setPool(name()).build());

    var cancelled = client().cancel(PoolCancelRequest.newBuilder().setJob(job()).build());

    assertThat(cancelled.getRunning()).isEqualTo(1);
    assertThat(cancelled.getCancelled()).isEqualTo(1);
    // It may have come before the Heartbeat, which then tells of it all the same.
    assertThat(get(beat).getRunsList()).containsExactly(run.getRun());
    assertThat(results())
        .extracting(PoolResult::getOutcome)
        .containsExactly(PoolOutcome.POOL_OUTCOME_CANCELLED, PoolOutcome.POOL_OUTCOME_CANCELLED);
    assertThat(complete(worker, List.of(run)).getEndedList()).containsExactly(run.getRun());
  }

  @Test
  void shouldServeWhoHasNoSessionForALease() {
    create(PoolCreateRequest.newBuilder());
    submit(4);
    PoolTakeRequest brief = PoolTakeRequest.newBuilder().setPool(name()).setLease(SHORT).build();

    PoolRun first = client().take(brief).getRuns(0);
    PoolRun again = take(in(openSession()), 1).get(0);

    assertThat(again.getTask()).isEqualTo(first.getTask());
    assertThat(again.getAttempt()).isEqualTo(2);
    assertThat(complete(channel(), List.of(first)).getEndedCount()).isEqualTo(1);
    assertThat(reasonOf(() -> client().take(take(1))))
        .isEqualTo(ErrorReason.ERROR_REASON_SESSION_REQUIRED);
  }

  @Test
  void shouldLetSubmitsWaitForRoom() {
    create(PoolCreateRequest.newBuilder().setMaxTasks(1));
    submit(1);
    Future<PoolSubmitResponse> waiting =
        PoolServiceGrpc.newFutureStub(channel())
            .submit(PoolSubmitRequest.newBuilder().setJob(job()).addTasks(task(number(2))).build());
    await().until(() -> now().getWaitingSubmits() == 1);
    Channel worker = in(openSession());

    complete(worker, take(worker, 1));

    assertThat(get(waiting).getFirst()).isEqualTo(2);
    complete(worker, take(worker, 1));
    assertThat(numbers(results())).containsExactly(1L, 4L);
  }

  @Test
  void shouldDoWhatIsThereAndThenRetireWhenItIsShutDown() {
    create(PoolCreateRequest.newBuilder());
    submit(5);
    Channel worker = in(openSession());
    List<PoolRun> runs = take(worker, 1);
    var unused = client().shutdown(PoolShutdownRequest.newBuilder().setPool(name()).build());
    Future<PoolJoinResponse> joining =
        PoolServiceGrpc.newFutureStub(channel())
            .join(PoolJoinRequest.newBuilder().setPool(name()).build());
    assertThat(reasonOf(() -> submit(6))).isEqualTo(ErrorReason.ERROR_REASON_CLOSED);

    complete(worker, runs);

    assertThat(get(joining).getJoined()).isTrue();
    assertThat(get(taking(worker)).getRetire()).isTrue();
    assertThat(numbers(results())).containsExactly(25L);
  }

  @Test
  void shouldLeaveResultsWhenItIsDeleted() {
    create(PoolCreateRequest.newBuilder());
    submit(1);
    Future<PoolResultsResponse> collecting = collecting();

    var unused =
        AdminServiceGrpc.newBlockingStub(channel())
            .delete(AdminDeleteRequest.newBuilder().setObject(name()).build());

    assertThat(get(collecting).getResultsList())
        .extracting(PoolResult::getOutcome)
        .containsExactly(PoolOutcome.POOL_OUTCOME_POOL_ENDED);
  }

  @Test
  void shouldSubmitOnceWhatIsRepeated() {
    create(PoolCreateRequest.newBuilder());
    Channel numbered = with("polyproc-session", openSession(), "polyproc-sequence", "1");
    PoolSubmitRequest request =
        PoolSubmitRequest.newBuilder().setJob(job()).addTasks(task(number(1))).build();

    long first = pools(numbered).submit(request).getFirst();

    assertThat(pools(numbered).submit(request).getFirst()).isEqualTo(first);
    assertThat(now().getWaiting()).isEqualTo(1);
  }
}
