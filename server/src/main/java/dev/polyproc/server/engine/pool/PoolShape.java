package dev.polyproc.server.engine.pool;

import dev.polyproc.server.engine.object.Shape;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.server.engine.space.MessageFootprint;
import dev.polyproc.server.engine.time.Durations;
import dev.polyproc.server.engine.time.Timers;
import dev.polyproc.server.engine.time.Times;
import dev.polyproc.server.engine.value.Values;
import dev.polyproc.v1.EnvironmentVariable;
import dev.polyproc.v1.PoolCall;
import dev.polyproc.v1.PoolCreateRequest;
import dev.polyproc.v1.ProcessStartRequest;
import java.util.stream.Collectors;

/**
 * What a pool was created as: its Create, with what is left out filled in.
 *
 * @param attempts how often a task is run at most
 * @param taskTime how long a run may take, in nanoseconds, or {@link Timers#NEVER}
 * @param grace how long a worker has once its run is cancelled, in nanoseconds
 * @param startTime how long it may take from its start to its first Take, in nanoseconds
 * @param idleTime how long it waits for a task, in nanoseconds, or {@link Timers#NEVER}
 */
record PoolShape(
    PoolCreateRequest request,
    int attempts,
    long taskTime,
    long grace,
    long startTime,
    long idleTime) {
  private static final int ATTEMPTS = 3;
  private static final long SECOND_NANOS = 1_000_000_000L;
  private static final long GRACE_NANOS = 5 * SECOND_NANOS;
  private static final long START_NANOS = 60 * SECOND_NANOS;
  private static final int FEWEST_FAILED_STARTS = 4;
  private static final MessageFootprint REQUESTS =
      MessageFootprint.of(PoolCreateRequest.getDescriptor());

  /** What a Create asks for; refuses what makes no sense. */
  static PoolShape of(PoolCreateRequest request, Pools pools, World world) {
    requireWorkers(request, request.getWorkers(), world);
    if (!request.getCommand().isEmpty()) {
      pools.processes().check(process(request));
    }
    Refusal.requireAtMost("max_tasks", request.getMaxTasks(), world.limits().getQueueItems());
    if (request.hasInitializer()) {
      requireCall("initializer", request.getInitializer(), world);
    }
    Durations durations = world.durations();
    durations.positive("task_timeout", request.hasTaskTimeout(), request.getTaskTimeout());
    durations.positive("start_timeout", request.hasStartTimeout(), request.getStartTimeout());
    durations.positive("idle_timeout", request.hasIdleTimeout(), request.getIdleTimeout());
    durations.of("grace", request.hasGrace(), request.getGrace());
    return of(request);
  }

  /** Refuses so many workers where there is no command to start them, or no room for them. */
  static void requireWorkers(PoolCreateRequest request, int workers, World world) {
    if (workers != 0 && request.getCommand().isEmpty()) {
      throw Refusal.argument(
          "workers",
          "Expected a command that starts a worker, but there is none; create the pool with one, or"
              + " without workers and have them come by themselves");
    }
    Refusal.requireAtMost("workers", workers, world.limits().getProcesses());
  }

  /** The process of a worker. */
  static ProcessStartRequest process(PoolCreateRequest request) {
    return ProcessStartRequest.newBuilder()
        .setCommand(request.getCommand())
        .addAllArguments(request.getArgumentsList())
        .addAllEnvironment(request.getEnvironmentList())
        .setFolder(request.getFolder())
        .build();
  }

  /** What one that is there was created as. */
  static PoolShape of(PoolCreateRequest request) {
    return new PoolShape(
        request.toBuilder().clearPool().clearLifetime().build(),
        request.getAttempts() == 0 ? ATTEMPTS : clamped(request.getAttempts()),
        request.hasTaskTimeout() ? Times.nanos(request.getTaskTimeout()) : Timers.NEVER,
        request.hasGrace() ? Times.nanos(request.getGrace()) : GRACE_NANOS,
        request.hasStartTimeout() ? Times.nanos(request.getStartTimeout()) : START_NANOS,
        request.hasIdleTimeout() ? Times.nanos(request.getIdleTimeout()) : Timers.NEVER);
  }

  /** Refuses a call that has no function, or a payload that may not be stored. */
  static void requireCall(String field, PoolCall call, World world) {
    if (call.getFunction().isEmpty()) {
      throw Refusal.argument(
          field,
          "Expected " + field + " to name a function, but it is empty; name one that workers know");
    }
    if (call.hasPayload()) {
      Values.stored(field, call.getPayload(), world);
    }
  }

  /** What it takes out of the budget. */
  long bytes() {
    return REQUESTS.of(request);
  }

  /** How many tasks wait at most. */
  int capacity(World world) {
    return request.getMaxTasks() == 0 ? world.limits().getQueueItems() : request.getMaxTasks();
  }

  /** After how many tasks a worker is replaced; 0: never. */
  long tasksPerWorker() {
    return Integer.toUnsignedLong(request.getTasksPerWorker());
  }

  /** How many tasks of one key run at the same time; 0: any number. */
  int runsPerKey() {
    return clamped(request.getMaxRunsPerKey());
  }

  /**
   * How many of those that a Take asks for are given: not those that are not begun at once, where
   * it counts from the Take how long they may run, how many of a key do, or how often.
   */
  int given(Taker.Terms terms) {
    boolean countsFromTake = taskTime != Timers.NEVER || runsPerKey() != 0 || attempts() == 1;
    return countsFromTake ? Math.max(1, terms.max() - terms.ahead()) : terms.max();
  }

  /** Whether workers are started as there are tasks for them, and retire when there are none. */
  boolean startsAtNeed() {
    return idleTime != Timers.NEVER;
  }

  /** How many starts of so many workers may fail one after the other. */
  int mostFailedStarts(int workers) {
    return request.getMaxFailedStarts() != 0
        ? clamped(request.getMaxFailedStarts())
        : Math.max(FEWEST_FAILED_STARTS, 2 * workers);
  }

  /** A number without a sign, as one that counts. */
  private static int clamped(int unsigned) {
    return unsigned < 0 ? Integer.MAX_VALUE : unsigned;
  }

  Shape shown() {
    return Shape.PLAIN
        .with("workers", Integer.toUnsignedString(request.getWorkers()))
        .with("command", request.getCommand())
        .with("arguments", arguments())
        .withHidden("environment", request.getEnvironmentList(), environmentNames())
        .with("folder", request.getFolder())
        .withHidden("initializer", request.getInitializer(), initializer())
        .with("start_timeout", Times.text(startTime))
        .with("attempts", attempts)
        .with("task_timeout", shown(taskTime))
        .with("tasks_per_worker", Integer.toUnsignedString(request.getTasksPerWorker()))
        .with("idle_timeout", shown(idleTime))
        .with("max_tasks", Integer.toUnsignedString(request.getMaxTasks()))
        .with("max_runs_per_key", Integer.toUnsignedString(request.getMaxRunsPerKey()))
        .with("grace", Times.text(grace))
        .with(
            "max_failed_starts", Integer.toUnsignedString(mostFailedStarts(request.getWorkers())));
  }

  private static String shown(long time) {
    return time == Timers.NEVER ? "NONE" : Times.text(time);
  }

  private String arguments() {
    return request.getArgumentsList().stream()
        .map(argument -> "'" + argument + "'")
        .collect(Collectors.joining(" "));
  }

  /** Its names: the values are nobody's business. */
  private String environmentNames() {
    return request.getEnvironmentList().stream()
        .map(EnvironmentVariable::getName)
        .collect(Collectors.joining(" "));
  }

  /** Its function, and what tells its payload from another. */
  private String initializer() {
    PoolCall call = request.getInitializer();
    return call.hasPayload()
        ? call.getFunction()
            + " #"
            + Integer.toHexString(call.getPayload().toByteString().hashCode())
        : call.getFunction();
  }
}
