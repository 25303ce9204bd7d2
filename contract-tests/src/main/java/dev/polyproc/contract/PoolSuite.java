package dev.polyproc.contract;

import dev.polyproc.v1.PoolCall;
import dev.polyproc.v1.PoolCompleteRequest;
import dev.polyproc.v1.PoolCompleteResponse;
import dev.polyproc.v1.PoolCompletion;
import dev.polyproc.v1.PoolCreateJobRequest;
import dev.polyproc.v1.PoolCreateRequest;
import dev.polyproc.v1.PoolGetRequest;
import dev.polyproc.v1.PoolGetResponse;
import dev.polyproc.v1.PoolOutcome;
import dev.polyproc.v1.PoolResult;
import dev.polyproc.v1.PoolResultsRequest;
import dev.polyproc.v1.PoolRun;
import dev.polyproc.v1.PoolServiceGrpc;
import dev.polyproc.v1.PoolServiceGrpc.PoolServiceBlockingStub;
import dev.polyproc.v1.PoolSubmitRequest;
import dev.polyproc.v1.PoolTakeRequest;
import dev.polyproc.v1.PoolTakeResponse;
import dev.polyproc.v1.PoolTask;
import dev.polyproc.v1.Value;
import io.grpc.Channel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;

/** What the suites of pools have in common: one pool with one job, of a test's own name. */
abstract class PoolSuite extends ContractSuite {
  private PoolServiceBlockingStub client;

  @BeforeEach
  final void call() {
    client = pools(channel());
  }

  static PoolServiceBlockingStub pools(Channel channel) {
    return PoolServiceGrpc.newBlockingStub(channel);
  }

  /** A client without a session. */
  final PoolServiceBlockingStub client() {
    return client;
  }

  final String job() {
    return name() + "/job";
  }

  final void create(PoolCreateRequest.Builder shape) {
    var unused = client.create(shape.setPool(name()).build());
    var unusedJob =
        client.createJob(PoolCreateJobRequest.newBuilder().setPool(name()).setJob(job()).build());
  }

  static PoolTask task(Value payload) {
    return PoolTask.newBuilder()
        .setCall(PoolCall.newBuilder().setFunction("f").setPayload(payload))
        .build();
  }

  final void submit(long... numbers) {
    PoolSubmitRequest.Builder request = PoolSubmitRequest.newBuilder().setJob(job());
    for (long number : numbers) {
      request.addTasks(task(number(number)));
    }
    var unused = client.submit(request.build());
  }

  final PoolTakeRequest take(int max) {
    return PoolTakeRequest.newBuilder().setPool(name()).setMax(max).build();
  }

  /** What a worker takes, waiting for it. */
  final List<PoolRun> take(Channel worker, int max) {
    return pools(worker).take(take(max)).getRunsList();
  }

  final Future<PoolTakeResponse> taking(Channel worker) {
    return PoolServiceGrpc.newFutureStub(worker).take(take(1));
  }

  /** Says that runs return the squares of their payloads. */
  final PoolCompleteResponse complete(Channel worker, List<PoolRun> runs) {
    PoolCompleteRequest.Builder request = PoolCompleteRequest.newBuilder().setPool(name());
    for (PoolRun run : runs) {
      long number = run.getCall().getPayload().getInt();
      request.addCompletions(
          PoolCompletion.newBuilder().setRun(run.getRun()).setValue(number(number * number)));
    }
    return pools(worker).complete(request.build());
  }

  /** All results that will come, taken away and waited for. */
  final List<PoolResult> results() {
    List<PoolResult> all = new ArrayList<>();
    PoolResultsRequest request =
        PoolResultsRequest.newBuilder().setJob(job()).setTake(true).setOrdered(true).build();
    boolean finished = false;
    while (!finished) {
      var response = client.results(request);
      all.addAll(response.getResultsList());
      finished = response.getFinished();
    }
    return all;
  }

  /** The numbers that tasks returned, each of which has succeeded. */
  static List<Long> numbers(List<PoolResult> results) {
    return results.stream()
        .peek(
            result -> {
              if (result.getOutcome() != PoolOutcome.POOL_OUTCOME_SUCCEEDED) {
                throw new AssertionError("Expected a task that succeeded, but got " + result);
              }
            })
        .map(result -> result.getValue().getInt())
        .toList();
  }

  final PoolGetResponse now() {
    return client.get(PoolGetRequest.newBuilder().setPool(name()).build());
  }
}
