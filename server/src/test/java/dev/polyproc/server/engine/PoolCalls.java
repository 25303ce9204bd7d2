package dev.polyproc.server.engine;

import com.google.protobuf.Message;
import dev.polyproc.server.engine.time.Times;
import dev.polyproc.v1.PoolCall;
import dev.polyproc.v1.PoolCancelRequest;
import dev.polyproc.v1.PoolCancelResponse;
import dev.polyproc.v1.PoolCompleteRequest;
import dev.polyproc.v1.PoolCompleteResponse;
import dev.polyproc.v1.PoolCompletion;
import dev.polyproc.v1.PoolCreateJobRequest;
import dev.polyproc.v1.PoolCreateJobResponse;
import dev.polyproc.v1.PoolCreateRequest;
import dev.polyproc.v1.PoolCreateResponse;
import dev.polyproc.v1.PoolFailRequest;
import dev.polyproc.v1.PoolFailResponse;
import dev.polyproc.v1.PoolFailStartRequest;
import dev.polyproc.v1.PoolFailStartResponse;
import dev.polyproc.v1.PoolFailure;
import dev.polyproc.v1.PoolGetJobRequest;
import dev.polyproc.v1.PoolGetJobResponse;
import dev.polyproc.v1.PoolGetRequest;
import dev.polyproc.v1.PoolGetResponse;
import dev.polyproc.v1.PoolHeartbeatRequest;
import dev.polyproc.v1.PoolHeartbeatResponse;
import dev.polyproc.v1.PoolJoinRequest;
import dev.polyproc.v1.PoolJoinResponse;
import dev.polyproc.v1.PoolOutcome;
import dev.polyproc.v1.PoolPauseRequest;
import dev.polyproc.v1.PoolPauseResponse;
import dev.polyproc.v1.PoolQuietRequest;
import dev.polyproc.v1.PoolQuietResponse;
import dev.polyproc.v1.PoolRegisterRequest;
import dev.polyproc.v1.PoolRegisterResponse;
import dev.polyproc.v1.PoolResizeRequest;
import dev.polyproc.v1.PoolResizeResponse;
import dev.polyproc.v1.PoolResult;
import dev.polyproc.v1.PoolResultsRequest;
import dev.polyproc.v1.PoolResultsResponse;
import dev.polyproc.v1.PoolResumeRequest;
import dev.polyproc.v1.PoolResumeResponse;
import dev.polyproc.v1.PoolRun;
import dev.polyproc.v1.PoolShutdownRequest;
import dev.polyproc.v1.PoolShutdownResponse;
import dev.polyproc.v1.PoolSubmitRequest;
import dev.polyproc.v1.PoolSubmitResponse;
import dev.polyproc.v1.PoolTakeRequest;
import dev.polyproc.v1.PoolTakeResponse;
import dev.polyproc.v1.PoolTask;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The calls of a client to one pool, and to its jobs. */
public final class PoolCalls {
  private final Client client;
  private final String pool;

  PoolCalls(Client client, String pool) {
    this.client = client;
    this.pool = pool;
  }

  /** A task that calls a function with a plain object. */
  public static PoolTask.Builder task(@Nullable Object payload) {
    return PoolTask.newBuilder()
        .setCall(PoolCall.newBuilder().setFunction("f").setPayload(Plain.value(payload)));
  }

  /** The payloads of the tasks that a Take took. */
  public static List<@Nullable Object> payloads(Pending<PoolTakeResponse> take) {
    List<@Nullable Object> payloads = new ArrayList<>();
    take.response()
        .getRunsList()
        .forEach(run -> payloads.add(Plain.object(run.getCall().getPayload())));
    return payloads;
  }

  /** The one task that a Take took. */
  public static PoolRun run(Pending<PoolTakeResponse> take) {
    if (take.response().getRunsCount() != 1) {
      throw new AssertionError("Expected one task, but got " + take.response());
    }
    return take.response().getRuns(0);
  }

  /** What is said of a run. */
  public static PoolCompletion.Builder completion(PoolRun run) {
    return PoolCompletion.newBuilder().setRun(run.getRun());
  }

  /** The tasks and outcomes of results. */
  public static List<String> outcomes(Pending<PoolResultsResponse> results) {
    return results.response().getResultsList().stream().map(PoolCalls::outcome).toList();
  }

  private static String outcome(PoolResult result) {
    return result.getTask()
        + " "
        + (result.getOutcome() == PoolOutcome.POOL_OUTCOME_SUCCEEDED
            ? Plain.object(result.getValue())
            : result.getOutcome().name().substring("POOL_OUTCOME_".length()));
  }

  private <R extends Message> Pending<R> call(String method, Message request, R prototype) {
    return client.call("PoolService/" + method, request, prototype);
  }

  public Pending<PoolCreateResponse> create() {
    return create(PoolCreateRequest.newBuilder());
  }

  public Pending<PoolCreateResponse> create(PoolCreateRequest.Builder shape) {
    return call("Create", shape.setPool(pool).build(), PoolCreateResponse.getDefaultInstance());
  }

  public Pending<PoolCreateJobResponse> createJob(String job) {
    return createJob(PoolCreateJobRequest.newBuilder().setJob(job));
  }

  public Pending<PoolCreateJobResponse> createJob(PoolCreateJobRequest.Builder how) {
    return call("CreateJob", how.setPool(pool).build(), PoolCreateJobResponse.getDefaultInstance());
  }

  /** Submits tasks of plain objects. */
  public Pending<PoolSubmitResponse> submit(String job, Object... payloads) {
    PoolSubmitRequest.Builder request = PoolSubmitRequest.newBuilder();
    for (Object payload : payloads) {
      request.addTasks(payload instanceof PoolTask.Builder task ? task : task(payload));
    }
    return submit(job, request);
  }

  public Pending<PoolSubmitResponse> submit(String job, PoolSubmitRequest.Builder request) {
    return call("Submit", request.setJob(job).build(), PoolSubmitResponse.getDefaultInstance());
  }

  /** Waits for one task. */
  public Pending<PoolTakeResponse> take() {
    return take(PoolTakeRequest.newBuilder());
  }

  public Pending<PoolTakeResponse> take(int max) {
    return take(PoolTakeRequest.newBuilder().setMax(max));
  }

  public Pending<PoolTakeResponse> take(PoolTakeRequest.Builder how) {
    return call("Take", how.setPool(pool).build(), PoolTakeResponse.getDefaultInstance());
  }

  public Pending<PoolTakeResponse> takeNow() {
    return take(PoolTakeRequest.newBuilder().setTimeout(Times.duration(0)));
  }

  public Pending<PoolCompleteResponse> complete(PoolRun run, @Nullable Object value) {
    return complete(run.getRun(), value);
  }

  public Pending<PoolCompleteResponse> complete(PoolCompletion.Builder... completions) {
    PoolCompleteRequest.Builder request = PoolCompleteRequest.newBuilder().setPool(pool);
    List.of(completions).forEach(request::addCompletions);
    return call("Complete", request.build(), PoolCompleteResponse.getDefaultInstance());
  }

  public Pending<PoolCompleteResponse> complete(long run, @Nullable Object value) {
    return call(
        "Complete",
        PoolCompleteRequest.newBuilder()
            .setPool(pool)
            .addCompletions(PoolCompletion.newBuilder().setRun(run).setValue(Plain.value(value)))
            .build(),
        PoolCompleteResponse.getDefaultInstance());
  }

  public Pending<PoolFailResponse> fail(PoolRun run, String message, boolean retry) {
    return call(
        "Fail",
        PoolFailRequest.newBuilder()
            .setPool(pool)
            .setRun(run.getRun())
            .setFailure(PoolFailure.newBuilder().setType("Error").setMessage(message))
            .setRetry(retry)
            .build(),
        PoolFailResponse.getDefaultInstance());
  }

  /** Waits until a run is cancelled. */
  public Pending<PoolHeartbeatResponse> heartbeat(PoolRun run) {
    return heartbeat(run, PoolHeartbeatRequest.newBuilder());
  }

  /** Says how far a run is, and waits for nothing. */
  public Pending<PoolHeartbeatResponse> heartbeat(PoolRun run, Object details) {
    return heartbeat(
        run,
        PoolHeartbeatRequest.newBuilder()
            .setDetails(Plain.value(details))
            .setTimeout(Times.duration(0)));
  }

  public Pending<PoolHeartbeatResponse> heartbeat(PoolRun run, PoolHeartbeatRequest.Builder how) {
    return call(
        "Heartbeat",
        how.setPool(pool).setRun(run.getRun()).build(),
        PoolHeartbeatResponse.getDefaultInstance());
  }

  /** Waits for results, and takes them away. */
  public Pending<PoolResultsResponse> results(String job) {
    return results(job, PoolResultsRequest.newBuilder().setTake(true));
  }

  public Pending<PoolResultsResponse> results(String job, PoolResultsRequest.Builder how) {
    return call("Results", how.setJob(job).build(), PoolResultsResponse.getDefaultInstance());
  }

  /** Takes those that are there. */
  public Pending<PoolResultsResponse> resultsNow(String job) {
    return results(
        job, PoolResultsRequest.newBuilder().setTake(true).setTimeout(Times.duration(0)));
  }

  public Pending<PoolCancelResponse> cancel(String job, Long... tasks) {
    return call(
        "Cancel",
        PoolCancelRequest.newBuilder().setJob(job).addAllTasks(List.of(tasks)).build(),
        PoolCancelResponse.getDefaultInstance());
  }

  public PoolGetResponse get() {
    return call(
            "Get",
            PoolGetRequest.newBuilder().setPool(pool).build(),
            PoolGetResponse.getDefaultInstance())
        .response();
  }

  public PoolGetJobResponse getJob(String job) {
    return call(
            "GetJob",
            PoolGetJobRequest.newBuilder().setJob(job).build(),
            PoolGetJobResponse.getDefaultInstance())
        .response();
  }

  public Pending<PoolRegisterResponse> register() {
    return call(
        "Register",
        PoolRegisterRequest.newBuilder().setPool(pool).build(),
        PoolRegisterResponse.getDefaultInstance());
  }

  /** Says that the caller cannot begin. */
  public Pending<PoolFailStartResponse> failStart(String message) {
    return failStart(PoolFailure.newBuilder().setType("Error").setMessage(message).build());
  }

  public Pending<PoolFailStartResponse> failStart(PoolFailure why) {
    return call(
        "FailStart",
        PoolFailStartRequest.newBuilder().setPool(pool).setFailure(why).build(),
        PoolFailStartResponse.getDefaultInstance());
  }

  public Pending<PoolQuietResponse> quiet() {
    return call(
        "Quiet",
        PoolQuietRequest.newBuilder().setPool(pool).build(),
        PoolQuietResponse.getDefaultInstance());
  }

  public Pending<PoolResizeResponse> resize(int workers) {
    return call(
        "Resize",
        PoolResizeRequest.newBuilder().setPool(pool).setWorkers(workers).build(),
        PoolResizeResponse.getDefaultInstance());
  }

  /** Waits until any run of the session is cancelled. */
  public Pending<PoolHeartbeatResponse> heartbeat() {
    return call(
        "Heartbeat",
        PoolHeartbeatRequest.newBuilder().setPool(pool).build(),
        PoolHeartbeatResponse.getDefaultInstance());
  }

  public Pending<PoolPauseResponse> pause() {
    return call(
        "Pause",
        PoolPauseRequest.newBuilder().setPool(pool).build(),
        PoolPauseResponse.getDefaultInstance());
  }

  public Pending<PoolResumeResponse> resume() {
    return call(
        "Resume",
        PoolResumeRequest.newBuilder().setPool(pool).build(),
        PoolResumeResponse.getDefaultInstance());
  }

  public Pending<PoolShutdownResponse> shutdown(boolean immediate) {
    return call(
        "Shutdown",
        PoolShutdownRequest.newBuilder().setPool(pool).setImmediate(immediate).build(),
        PoolShutdownResponse.getDefaultInstance());
  }

  public Pending<PoolJoinResponse> join() {
    return join(PoolJoinRequest.newBuilder());
  }

  public Pending<PoolJoinResponse> join(Duration timeout) {
    return join(PoolJoinRequest.newBuilder().setTimeout(Times.duration(timeout.toNanos())));
  }

  private Pending<PoolJoinResponse> join(PoolJoinRequest.Builder how) {
    return call("Join", how.setPool(pool).build(), PoolJoinResponse.getDefaultInstance());
  }
}
