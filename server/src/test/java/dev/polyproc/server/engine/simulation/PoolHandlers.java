package dev.polyproc.server.engine.simulation;

import dev.polyproc.server.engine.simulation.Model.Created;
import dev.polyproc.server.engine.simulation.ModelTask.Run;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.PoolCancelRequest;
import dev.polyproc.v1.PoolCancelResponse;
import dev.polyproc.v1.PoolCompleteRequest;
import dev.polyproc.v1.PoolCompleteResponse;
import dev.polyproc.v1.PoolCreateJobRequest;
import dev.polyproc.v1.PoolCreateJobResponse;
import dev.polyproc.v1.PoolCreateRequest;
import dev.polyproc.v1.PoolCreateResponse;
import dev.polyproc.v1.PoolFailRequest;
import dev.polyproc.v1.PoolFailResponse;
import dev.polyproc.v1.PoolFailStartRequest;
import dev.polyproc.v1.PoolFailStartResponse;
import dev.polyproc.v1.PoolHeartbeatRequest;
import dev.polyproc.v1.PoolJoinRequest;
import dev.polyproc.v1.PoolOutcome;
import dev.polyproc.v1.PoolPauseRequest;
import dev.polyproc.v1.PoolPauseResponse;
import dev.polyproc.v1.PoolQuietRequest;
import dev.polyproc.v1.PoolQuietResponse;
import dev.polyproc.v1.PoolRegisterRequest;
import dev.polyproc.v1.PoolRegisterResponse;
import dev.polyproc.v1.PoolResizeRequest;
import dev.polyproc.v1.PoolResizeResponse;
import dev.polyproc.v1.PoolResultsRequest;
import dev.polyproc.v1.PoolResumeRequest;
import dev.polyproc.v1.PoolResumeResponse;
import dev.polyproc.v1.PoolShutdownRequest;
import dev.polyproc.v1.PoolShutdownResponse;
import dev.polyproc.v1.PoolSubmitRequest;
import dev.polyproc.v1.PoolTakeRequest;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;

/** What the model does for PoolService. */
final class PoolHandlers {
  private final Model model;

  PoolHandlers(Model model) {
    this.model = model;
  }

  void register(Handlers handlers) {
    handlers
        .on("PoolService/Create", PoolCreateRequest.getDefaultInstance(), this::create)
        .on("PoolService/CreateJob", PoolCreateJobRequest.getDefaultInstance(), this::createJob)
        .on("PoolService/Submit", PoolSubmitRequest.getDefaultInstance(), this::submit)
        .on("PoolService/Take", PoolTakeRequest.getDefaultInstance(), this::take)
        .on("PoolService/Complete", PoolCompleteRequest.getDefaultInstance(), this::complete)
        .on("PoolService/Fail", PoolFailRequest.getDefaultInstance(), this::fail)
        .on("PoolService/Heartbeat", PoolHeartbeatRequest.getDefaultInstance(), this::heartbeat)
        .on("PoolService/Results", PoolResultsRequest.getDefaultInstance(), this::results)
        .on("PoolService/Cancel", PoolCancelRequest.getDefaultInstance(), this::cancel)
        .on("PoolService/Register", PoolRegisterRequest.getDefaultInstance(), this::registerWorker)
        .on("PoolService/FailStart", PoolFailStartRequest.getDefaultInstance(), this::failStart)
        .on("PoolService/Pause", PoolPauseRequest.getDefaultInstance(), this::pause)
        .on("PoolService/Resume", PoolResumeRequest.getDefaultInstance(), this::resume)
        .on("PoolService/Quiet", PoolQuietRequest.getDefaultInstance(), this::quiet)
        .on("PoolService/Shutdown", PoolShutdownRequest.getDefaultInstance(), this::shutdown)
        .on("PoolService/Join", PoolJoinRequest.getDefaultInstance(), this::join)
        .on("PoolService/Resize", PoolResizeRequest.getDefaultInstance(), this::resize);
  }

  private ModelPool pool(String name) {
    return model.object(ModelPool.class, name);
  }

  private ModelJob job(String name) {
    return model.object(ModelJob.class, name);
  }

  private static Refused invalid() {
    return new Refused(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
  }

  private void create(ModelCall call, PoolCreateRequest request) {
    Created<ModelPool> created =
        model.create(
            ModelPool.class,
            request.getPool(),
            request.getLifetime(),
            call,
            pool -> pool.isLike(request),
            session -> new ModelPool(model, request, session));
    model.done(
        call,
        Outcome.of(
            PoolCreateResponse.newBuilder()
                .setRef(created.object().ref())
                .setCreated(created.isNew())
                .build(),
            created.object().incarnation));
  }

  private void createJob(ModelCall call, PoolCreateJobRequest request) {
    ModelPool pool = model.objectOfAnyTime(ModelPool.class, request.getPool());
    pool.requireOpen();
    Created<ModelJob> created =
        model.create(
            ModelJob.class,
            request.getJob(),
            request.getLifetime(),
            call,
            job -> job.pool.name.equals(request.getPool()),
            session -> new ModelJob(model, request, pool, session));
    model.done(
        call,
        Outcome.of(
            PoolCreateJobResponse.newBuilder()
                .setRef(created.object().ref())
                .setCreated(created.isNew())
                .build(),
            created.object().incarnation));
  }

  private void submit(ModelCall call, PoolSubmitRequest request) {
    ModelJob job = job(request.getJob());
    if (job.pool.deleted) {
      throw new Refused(ErrorReason.ERROR_REASON_OBJECT_DELETED);
    }
    if (request.getTasksCount() == 0 || request.getTasksCount() > job.pool.capacity()) {
      throw invalid();
    }
    job.pool.submit(call, job, request, Model.timeout(request.hasTimeout(), request.getTimeout()));
  }

  private void take(ModelCall call, PoolTakeRequest request) {
    ModelPool pool = pool(request.getPool());
    if (!request.hasLease()) {
      model.session(call);
    }
    if (request.getAhead() >= Math.max(1, request.getMax())) {
      throw invalid();
    }
    pool.take(call, request, Model.timeout(request.hasTimeout(), request.getTimeout()));
  }

  private void complete(ModelCall call, PoolCompleteRequest request) {
    ModelPool pool = pool(request.getPool());
    List<Long> ended = pool.complete(call, request.getCompletionsList());
    model.done(call, Outcome.of(PoolCompleteResponse.newBuilder().addAllEnded(ended).build()));
  }

  private void fail(ModelCall call, PoolFailRequest request) {
    ModelPool pool = pool(request.getPool());
    Run run = pool.require(request.getRun(), call.session);
    pool.end(run);
    ModelTask task = run.task;
    boolean retried = request.getRetry() && !task.cancelled && pool.mayRunAgain(task);
    if (retried || task.cancelled) {
      pool.goBack(task);
    } else {
      ModelPool.finish(task, ModelJob.failed(request.getFailure()));
    }
    model.done(call, Outcome.of(PoolFailResponse.newBuilder().setRetried(retried).build()));
  }

  private void heartbeat(ModelCall call, PoolHeartbeatRequest request) {
    ModelPool pool = pool(request.getPool());
    long timeout = Model.timeout(request.hasTimeout(), request.getTimeout());
    if (request.getRun() != 0) {
      pool.beatOf(
          call,
          pool.require(request.getRun(), call.session),
          request.hasDetails() ? request.getDetails() : null,
          timeout);
      return;
    }
    model.session(call);
    if (request.hasDetails()) {
      throw invalid();
    }
    pool.beatOfAll(call, timeout);
  }

  private void results(ModelCall call, PoolResultsRequest request) {
    ModelJob job = job(request.getJob());
    if (request.getTake() && !request.getOrdered() && request.getAfter() != 0) {
      throw invalid();
    }
    job.collect(call, request, Model.timeout(request.hasTimeout(), request.getTimeout()));
  }

  private void cancel(ModelCall call, PoolCancelRequest request) {
    ModelJob job = job(request.getJob());
    List<ModelTask> meant = new ArrayList<>();
    for (long number : new LinkedHashSet<>(request.getTasksList())) {
      job.open.stream().filter(task -> task.number == number).forEach(meant::add);
    }
    if (request.getTasksCount() == 0) {
      meant.addAll(job.open);
    }
    List<ModelTask> running = meant.stream().filter(task -> task.run != null).toList();
    for (ModelTask task : meant) {
      if (task.run == null) {
        job.finish(task, ModelJob.result(PoolOutcome.POOL_OUTCOME_CANCELLED));
      }
    }
    job.pool.cancelRunning(running);
    model.done(
        call,
        Outcome.of(
            PoolCancelResponse.newBuilder()
                .setCancelled(meant.size() - running.size())
                .setRunning(running.size())
                .build()));
  }

  private void registerWorker(ModelCall call, PoolRegisterRequest request) {
    ModelPool pool = pool(request.getPool());
    model.session(call);
    pool.worker(call.session);
    model.done(call, Outcome.of(PoolRegisterResponse.getDefaultInstance()));
  }

  private void failStart(ModelCall call, PoolFailStartRequest request) {
    ModelPool pool = pool(request.getPool());
    pool.failStart(Objects.requireNonNull(pool.worker(model.session(call))));
    model.done(call, Outcome.of(PoolFailStartResponse.getDefaultInstance()));
  }

  private void pause(ModelCall call, PoolPauseRequest request) {
    pool(request.getPool()).paused = true;
    model.done(call, Outcome.of(PoolPauseResponse.getDefaultInstance()));
  }

  private void resume(ModelCall call, PoolResumeRequest request) {
    pool(request.getPool()).paused = false;
    model.done(call, Outcome.of(PoolResumeResponse.getDefaultInstance()));
  }

  private void quiet(ModelCall call, PoolQuietRequest request) {
    int told = pool(request.getPool()).quiet();
    model.done(call, Outcome.of(PoolQuietResponse.newBuilder().setWorkers(told).build()));
  }

  private void shutdown(ModelCall call, PoolShutdownRequest request) {
    pool(request.getPool()).shutDown(request.getImmediate());
    model.done(call, Outcome.of(PoolShutdownResponse.getDefaultInstance()));
  }

  private void join(ModelCall call, PoolJoinRequest request) {
    pool(request.getPool()).join(call, Model.timeout(request.hasTimeout(), request.getTimeout()));
  }

  /** There is no command, so that there can be no workers. */
  private void resize(ModelCall call, PoolResizeRequest request) {
    var unused = pool(request.getPool());
    if (request.getWorkers() != 0) {
      throw invalid();
    }
    model.done(call, Outcome.of(PoolResizeResponse.getDefaultInstance()));
  }
}
