package dev.polyproc.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.polyproc.v1.PoolCall;
import dev.polyproc.v1.PoolCancelRequest;
import dev.polyproc.v1.PoolCompleteRequest;
import dev.polyproc.v1.PoolCompletion;
import dev.polyproc.v1.PoolCreateJobRequest;
import dev.polyproc.v1.PoolCreateRequest;
import dev.polyproc.v1.PoolGetRequest;
import dev.polyproc.v1.PoolHeartbeatRequest;
import dev.polyproc.v1.PoolHeartbeatResponse;
import dev.polyproc.v1.PoolResult;
import dev.polyproc.v1.PoolResultsRequest;
import dev.polyproc.v1.PoolResultsResponse;
import dev.polyproc.v1.PoolRun;
import dev.polyproc.v1.PoolServiceGrpc;
import dev.polyproc.v1.PoolServiceGrpc.PoolServiceBlockingStub;
import dev.polyproc.v1.PoolSubmitRequest;
import dev.polyproc.v1.PoolTakeRequest;
import dev.polyproc.v1.PoolTakeResponse;
import dev.polyproc.v1.PoolTask;
import dev.polyproc.v1.Value;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Workers and clients of a pool over streams that break: nothing is lost, and nothing done twice.
 */
final class PoolAttachIT {
  private static final Value THREE = Value.newBuilder().setInt(3).build();

  @RegisterExtension static final SharedDaemon daemon = SharedDaemon.with();

  private final Client client = daemon.client();
  private final CuttingProxy proxy = new CuttingProxy(daemon.get().socket());
  private final Client cut = Client.over(proxy.socket());
  private final PoolServiceBlockingStub pools = PoolServiceGrpc.newBlockingStub(client.channel());
  private final String pool =
      pools.create(PoolCreateRequest.getDefaultInstance()).getRef().getName();
  private final String worker = client.openSession();
  private String job = "";

  @BeforeEach
  void createJob() {
    job =
        pools.createJob(PoolCreateJobRequest.newBuilder().setPool(pool).build()).getRef().getName();
  }

  @AfterEach
  void end() {
    cut.close();
    proxy.close();
    client.close();
  }

  private PoolSubmitRequest submit() {
    return PoolSubmitRequest.newBuilder()
        .setJob(job)
        .addTasks(PoolTask.newBuilder().setCall(PoolCall.newBuilder().setFunction("f")))
        .build();
  }

  private PoolTakeRequest take() {
    return PoolTakeRequest.newBuilder().setPool(pool).build();
  }

  private PoolCompleteRequest complete(PoolRun run) {
    return PoolCompleteRequest.newBuilder()
        .setPool(pool)
        .addCompletions(PoolCompletion.newBuilder().setRun(run.getRun()).setValue(THREE))
        .build();
  }

  private PoolResultsRequest results() {
    return PoolResultsRequest.newBuilder().setJob(job).setTake(true).build();
  }

  private int waitingTakes() {
    return pools.get(PoolGetRequest.newBuilder().setPool(pool).build()).getWaitingTakes();
  }

  @Test
  void shouldHandATaskOverOnceThoughItsStreamBreaks() {
    Attachment first = cut.attach(worker, 1).awaitAttached();
    first.send(1, PoolServiceGrpc.getTakeMethod(), take());
    await().until(() -> waitingTakes() == 1);
    proxy.cut();
    Later.get(first.ended());
    var unused = pools.submit(submit());

    Attachment second = client.attach(worker, 2);
    PoolTakeResponse taken = second.ask(1, PoolServiceGrpc.getTakeMethod(), take());
    PoolRun run = taken.getRuns(0);
    second.ask(2, PoolServiceGrpc.getCompleteMethod(), complete(run));
    var again = second.ask(2, PoolServiceGrpc.getCompleteMethod(), complete(run));
    var anew = second.ask(3, PoolServiceGrpc.getCompleteMethod(), complete(run));

    assertThat(run.getAttempt()).isEqualTo(1);
    assertThat(again.getEndedList()).as("the answer of the first").isEmpty();
    assertThat(anew.getEndedList()).containsExactly(run.getRun());
    assertThat(pools.results(results()).getResultsList())
        .extracting(PoolResult::getValue)
        .containsExactly(THREE);
    second.close();
  }

  @Test
  void shouldSubmitAndCollectOnceThoughTheStreamBreaks() {
    String caller = client.openSession();
    Attachment first = cut.attach(caller, 1).awaitAttached();
    first.ask(1, PoolServiceGrpc.getSubmitMethod(), submit());
    first.send(2, PoolServiceGrpc.getResultsMethod(), results());
    Attachment working = client.attach(worker, 1);
    PoolRun run = working.ask(1, PoolServiceGrpc.getTakeMethod(), take()).getRuns(0);
    proxy.cut();
    Later.get(first.ended());
    working.ask(2, PoolServiceGrpc.getCompleteMethod(), complete(run));

    Attachment second = client.attach(caller, 2);
    var submitted = second.ask(1, PoolServiceGrpc.getSubmitMethod(), submit());
    PoolResultsResponse collected = second.ask(2, PoolServiceGrpc.getResultsMethod(), results());

    assertThat(submitted.getFirst()).isEqualTo(1);
    assertThat(collected.getResultsList()).extracting(PoolResult::getTask).containsExactly(1L);
    assertThat(collected.getFinished()).isTrue();
    working.close();
    second.close();
  }

  @Test
  void shouldTellOverAStreamWhichRunIsCancelled() {
    var unused = pools.submit(submit());
    Attachment working = client.attach(worker, 1);
    PoolRun run = working.ask(1, PoolServiceGrpc.getTakeMethod(), take()).getRuns(0);
    CompletableFuture<PoolHeartbeatResponse> beat =
        working.send(
            2,
            PoolServiceGrpc.getHeartbeatMethod(),
            PoolHeartbeatRequest.newBuilder().setPool(pool).build());

    var unusedCancel = pools.cancel(PoolCancelRequest.newBuilder().setJob(job).build());

    assertThat(Later.get(beat).getRunsList()).containsExactly(run.getRun());
    working.close();
  }
}
