package dev.polyproc.server.engine.pool;

import dev.polyproc.internal.v1.ObjectState;
import dev.polyproc.internal.v1.Origin;
import dev.polyproc.internal.v1.ParkedState.WantsCase;
import dev.polyproc.internal.v1.ProcessExited;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.family.Family;
import dev.polyproc.server.engine.family.Operations;
import dev.polyproc.server.engine.family.OwnProcesses;
import dev.polyproc.server.engine.family.ProcessWatcher;
import dev.polyproc.server.engine.object.Directory.Created;
import dev.polyproc.server.engine.object.ManagedObject;
import dev.polyproc.server.engine.object.Restored;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.server.engine.time.Timers;
import dev.polyproc.server.engine.value.Values;
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
import dev.polyproc.v1.PoolGetJobRequest;
import dev.polyproc.v1.PoolGetRequest;
import dev.polyproc.v1.PoolHeartbeatRequest;
import dev.polyproc.v1.PoolJoinRequest;
import dev.polyproc.v1.PoolPauseRequest;
import dev.polyproc.v1.PoolPauseResponse;
import dev.polyproc.v1.PoolProto;
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
import dev.polyproc.v1.PoolTask;
import dev.polyproc.v1.Value;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** PoolService. */
public final class PoolOperations implements Family, ProcessWatcher {
  private final World world;
  private final Pools pools;

  public PoolOperations(World world, OwnProcesses processes) {
    this.world = world;
    this.pools = new Pools(processes);
    processes.watchedBy(this);
  }

  @Override
  public void register(Operations operations) {
    operations
        .service(PoolProto.getDescriptor())
        .withSecret("Create", PoolCreateRequest.getDefaultInstance(), this::create)
        .on("CreateJob", PoolCreateJobRequest.getDefaultInstance(), this::createJob)
        .on("Submit", PoolSubmitRequest.getDefaultInstance(), this::submit)
        .on("Take", PoolTakeRequest.getDefaultInstance(), this::take)
        .on("Complete", PoolCompleteRequest.getDefaultInstance(), this::complete)
        .on("Fail", PoolFailRequest.getDefaultInstance(), this::fail)
        .on("Heartbeat", PoolHeartbeatRequest.getDefaultInstance(), this::heartbeat)
        .on("Results", PoolResultsRequest.getDefaultInstance(), this::results)
        .on("Cancel", PoolCancelRequest.getDefaultInstance(), this::cancel)
        .on("Get", PoolGetRequest.getDefaultInstance(), this::get)
        .on("GetJob", PoolGetJobRequest.getDefaultInstance(), this::getJob)
        .on("Register", PoolRegisterRequest.getDefaultInstance(), this::registerWorker)
        .on("FailStart", PoolFailStartRequest.getDefaultInstance(), this::failStart)
        .on("Pause", PoolPauseRequest.getDefaultInstance(), this::pause)
        .on("Resume", PoolResumeRequest.getDefaultInstance(), this::resume)
        .on("Quiet", PoolQuietRequest.getDefaultInstance(), this::quiet)
        .on("Shutdown", PoolShutdownRequest.getDefaultInstance(), this::shutdown)
        .on("Join", PoolJoinRequest.getDefaultInstance(), this::join)
        .on("Resize", PoolResizeRequest.getDefaultInstance(), this::resize)
        .waiting(WantsCase.POOL_TAKER, (call, state, pool) -> Taker.restored(call, state))
        .waiting(
            WantsCase.POOL_SUBMITTER,
            (call, state, job) -> Submitter.restored(call, state, (Job) job))
        .waiting(
            WantsCase.POOL_BEAT,
            (call, state, pool) ->
                ((Pool) pool).cancelling().restoredBeat(call, state.getPoolBeat()))
        .waiting(WantsCase.POOL_COLLECTOR, (call, state, job) -> Collector.restored(call, state))
        .waiting(WantsCase.POOL_JOINER, (call, state, pool) -> new Joiner(call));
  }

  @Override
  public @Nullable ManagedObject restore(
      ManagedObject.Header header, ObjectState state, Restored restored) {
    if (state.hasPool()) {
      return Pool.restored(header, state.getPool(), pools, restored);
    }
    return state.hasJob() ? Job.restored(header, state.getJob(), pools, restored) : null;
  }

  // What became of processes.

  @Override
  public void processFailed(long process, String reason) {
    Worker worker = pools.find(process);
    if (worker != null) {
      worker.notStarted(reason);
    }
  }

  @Override
  public void processEnded(long process, ProcessExited how) {
    Worker worker = pools.find(process);
    if (worker != null) {
      worker.processEnded(how);
    }
  }

  @Override
  public void restarted(Origin by) {
    pools.restored();
    world.objects().forEach(object -> restarted(object, by));
    for (Worker worker : pools.all()) {
      WorkerProcess process = worker.process();
      if (process != null && !pools.processes().isListed(process.ref().getIncarnation())) {
        worker.processEnded(ProcessExited.getDefaultInstance());
      }
    }
  }

  private static void restarted(ManagedObject object, Origin by) {
    if (object instanceof Pool pool) {
      pool.keeper().restarted(by);
    }
  }

  private Pool pool(String name, Invocation call) {
    return world.objects().find(Pool.KIND, name, call);
  }

  private Job job(String name, Invocation call) {
    return world.objects().find(Job.KIND, name, call);
  }

  private Answer create(PoolCreateRequest request, Invocation call) {
    PoolShape shape = PoolShape.of(request, pools, world);
    Created<Pool> created =
        world
            .objects()
            .create(
                Pool.KIND,
                request.getPool(),
                request.getLifetime(),
                call,
                shape::shown,
                header -> Pool.created(header, shape, pools, call));
    if (created.isNew()) {
      created.object().begin();
    }
    return Answer.of(
        PoolCreateResponse.newBuilder()
            .setRef(created.object().ref())
            .setCreated(created.isNew())
            .build());
  }

  private Answer createJob(PoolCreateJobRequest request, Invocation call) {
    Pool pool = world.objects().find(Pool.KIND, request.getPool());
    pool.requireOpen();
    Created<Job> created =
        world
            .objects()
            .create(
                Job.KIND,
                request.getJob(),
                request.getLifetime(),
                call,
                () -> Job.shape(request.getPool()),
                header -> new Job(header, pool));
    return Answer.of(
        PoolCreateJobResponse.newBuilder()
            .setRef(created.object().ref())
            .setCreated(created.isNew())
            .build());
  }

  private Answer submit(PoolSubmitRequest request, Invocation call) {
    Job job = job(request.getJob(), call);
    Pool pool = job.pool();
    if (pool == null || pool.isGone()) {
      throw Refusal.deleted(job.poolName());
    }
    List<PoolTask> tasks = request.getTasksList();
    check(tasks, pool);
    long timeout = world.durations().of("timeout", request.hasTimeout(), request.getTimeout());
    return pool.entrance().submit(job, tasks, call, timeout);
  }

  private void check(List<PoolTask> tasks, Pool pool) {
    if (tasks.isEmpty()) {
      throw Refusal.argument("tasks", "Expected tasks to submit, but there are none");
    }
    int most = Math.min(world.limits().getPageSize(), pool.createdAs().capacity(world));
    Refusal.requireAtMost("tasks", tasks.size(), most);
    for (PoolTask task : tasks) {
      PoolShape.requireCall("call", task.getCall(), world);
      world.durations().positive("time_to_live", task.hasTimeToLive(), task.getTimeToLive());
    }
  }

  private Answer take(PoolTakeRequest request, Invocation call) {
    Pool pool = pool(request.getPool(), call);
    Refusal.requireAtMost("max", request.getMax(), world.limits().getPageSize());
    long lease = world.durations().positive("lease", request.hasLease(), request.getLease());
    if (lease == Timers.NEVER) {
      call.session("a Take without a lease");
    }
    long timeout = world.durations().of("timeout", request.hasTimeout(), request.getTimeout());
    int max = request.getMax() == 0 ? 1 : request.getMax();
    if (Integer.compareUnsigned(request.getAhead(), max) >= 0) {
      throw Refusal.argument(
          "ahead",
          "Expected ahead to be below max, "
              + max
              + ", but it is "
              + Integer.toUnsignedString(request.getAhead())
              + "; a worker begins with one task at once at least");
    }
    List<PoolCompletion> completions = checked(request.getCompletionsList());
    if (!completions.isEmpty() && timeout != 0) {
      world.waiting().requireRoom(call, Worker.BYTES, 1); // Or it would be refused after them.
    }
    List<Long> ended = completions.isEmpty() ? List.of() : pool.runs().complete(completions, call);
    Taker.Terms terms = new Taker.Terms(max, request.getAhead(), lease, ended);
    try {
      return pool.handingOut().take(call, terms, timeout);
    } catch (Refusal refused) {
      if (completions.isEmpty()) {
        throw refused;
      }
      return terms.nothing(false); // They count: the next Take is told what is in the way.
    }
  }

  private List<PoolCompletion> checked(List<PoolCompletion> completions) {
    Refusal.requireAtMost("completions", completions.size(), world.limits().getPageSize());
    for (PoolCompletion completion : completions) {
      if (!completion.hasFailure() && !completion.getReturned()) {
        Values.stored("value", completion.getValue(), world);
      } else if (completion.getFailure().hasPayload()) {
        Values.stored("payload", completion.getFailure().getPayload(), world);
      }
    }
    return completions;
  }

  private Answer complete(PoolCompleteRequest request, Invocation call) {
    Pool pool = pool(request.getPool(), call);
    List<PoolCompletion> completions = checked(request.getCompletionsList());
    return Answer.of(
        PoolCompleteResponse.newBuilder()
            .addAllEnded(pool.runs().complete(completions, call))
            .build());
  }

  private Answer fail(PoolFailRequest request, Invocation call) {
    Pool pool = pool(request.getPool(), call);
    if (request.getFailure().hasPayload()) {
      Values.stored("payload", request.getFailure().getPayload(), world);
    }
    boolean retried =
        pool.runs()
            .fail(
                pool.runs().require(request.getRun(), call),
                request.getFailure(),
                request.getRetry());
    return Answer.of(PoolFailResponse.newBuilder().setRetried(retried).build());
  }

  private Answer heartbeat(PoolHeartbeatRequest request, Invocation call) {
    Pool pool = pool(request.getPool(), call);
    Value details =
        request.hasDetails() ? Values.stored("details", request.getDetails(), world) : null;
    long timeout = world.durations().of("timeout", request.hasTimeout(), request.getTimeout());
    if (request.getRun() == 0) {
      call.session("a Heartbeat without a run");
      if (details != null) {
        throw Refusal.argument(
            "details", "Expected details of a run, but none is named; say which run is so far");
      }
      return pool.cancelling().beat(call, timeout);
    }
    return pool.cancelling()
        .beat(pool.runs().require(request.getRun(), call), details, call, timeout);
  }

  private Answer results(PoolResultsRequest request, Invocation call) {
    Job job = job(request.getJob(), call);
    int page = world.limits().getPageSize();
    Refusal.requireAtMost("max", request.getMax(), page);
    if (request.getTake() && !request.getOrdered() && request.getAfter() != 0) {
      throw Refusal.argument(
          "after",
          "Expected no after where results are taken as they come, but it is set; what was taken is"
              + " not there any more");
    }
    long timeout = world.durations().of("timeout", request.hasTimeout(), request.getTimeout());
    int max = request.getMax() == 0 ? page : request.getMax();
    return job.collect(
        call,
        new Collector.Terms(request.getTake(), request.getAfter(), max, request.getOrdered()),
        timeout);
  }

  private Answer cancel(PoolCancelRequest request, Invocation call) {
    Job job = job(request.getJob(), call);
    Refusal.requireAtMost("tasks", request.getTasksCount(), world.limits().getPageSize());
    List<Task> meant = new ArrayList<>();
    if (request.getTasksCount() == 0) {
      meant.addAll(job.running());
    } else {
      for (long number : new LinkedHashSet<>(request.getTasksList())) {
        Task task = job.find(number);
        if (task != null) {
          meant.add(task);
        }
      }
    }
    int running = (int) meant.stream().filter(task -> task.run() != null).count();
    int waiting = meant.size() - running;
    Pool pool = job.pool();
    if (pool != null && !pool.isDeleted()) {
      pool.cancelling().cancel(meant);
    }
    if (request.getTasksCount() == 0) {
      waiting = job.waitingTasks();
      job.cancelWaiting();
    }
    return Answer.of(
        PoolCancelResponse.newBuilder().setCancelled(waiting).setRunning(running).build());
  }

  private Answer get(PoolGetRequest request, Invocation call) {
    return Answer.of(pool(request.getPool(), call).describe(call));
  }

  private Answer getJob(PoolGetJobRequest request, Invocation call) {
    return Answer.of(job(request.getJob(), call).describe());
  }

  private Answer registerWorker(PoolRegisterRequest request, Invocation call) {
    Pool pool = pool(request.getPool(), call);
    PoolRegisterResponse.Builder response = PoolRegisterResponse.newBuilder();
    PoolCreateRequest shape = pool.createdAs().request();
    if (shape.hasInitializer()) {
      response.setInitializer(shape.getInitializer());
    }
    Answer reply = Answer.of(response.build());
    call.requireFits(reply);
    pool.workers().of(call.session("a worker"));
    return reply;
  }

  private Answer failStart(PoolFailStartRequest request, Invocation call) {
    Pool pool = pool(request.getPool(), call);
    Worker worker = Objects.requireNonNull(pool.workers().of(call.session("a worker")));
    pool.failStart(worker, request.getFailure());
    return Answer.of(PoolFailStartResponse.getDefaultInstance());
  }

  private Answer quiet(PoolQuietRequest request, Invocation call) {
    return Answer.of(
        PoolQuietResponse.newBuilder().setWorkers(pool(request.getPool(), call).quiet()).build());
  }

  private Answer resize(PoolResizeRequest request, Invocation call) {
    Pool pool = pool(request.getPool(), call);
    PoolShape.requireWorkers(pool.createdAs().request(), request.getWorkers(), world);
    pool.resize(request.getWorkers());
    return Answer.of(PoolResizeResponse.getDefaultInstance());
  }

  private Answer pause(PoolPauseRequest request, Invocation call) {
    pool(request.getPool(), call).pause(true);
    return Answer.of(PoolPauseResponse.getDefaultInstance());
  }

  private Answer resume(PoolResumeRequest request, Invocation call) {
    pool(request.getPool(), call).pause(false);
    return Answer.of(PoolResumeResponse.getDefaultInstance());
  }

  private Answer shutdown(PoolShutdownRequest request, Invocation call) {
    pool(request.getPool(), call).shutDown(request.getImmediate());
    return Answer.of(PoolShutdownResponse.getDefaultInstance());
  }

  private Answer join(PoolJoinRequest request, Invocation call) {
    Pool pool = pool(request.getPool(), call);
    long timeout = world.durations().of("timeout", request.hasTimeout(), request.getTimeout());
    return pool.join(call, timeout);
  }
}
