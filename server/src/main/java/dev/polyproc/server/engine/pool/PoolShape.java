package dev.polyproc.server.engine.pool;

import dev.polyproc.server.engine.object.Shape;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.server.engine.space.MessageFootprint;
import dev.polyproc.server.engine.time.Times;
import dev.polyproc.server.engine.time.Timers;
import dev.polyproc.server.engine.value.Values;
import dev.polyproc.v1.PoolCreateRequest;

/**
 * What a pool was created as: its Create, with what is left out filled in.
 *
 * @param attempts how often a task is run at most
 * @param taskTime how long a run may take, in nanoseconds, or {@link Timers#NEVER}
 * @param grace how long a worker has once its run is cancelled, in nanoseconds
 */
record PoolShape(PoolCreateRequest request, int attempts, long taskTime, long grace) {
  private static final int ATTEMPTS = 3;
  private static final long GRACE_NANOS = 5_000_000_000L;
  private static final MessageFootprint REQUESTS =
      MessageFootprint.of(PoolCreateRequest.getDescriptor());

  /** What a Create asks for; refuses what makes no sense. */
  static PoolShape of(PoolCreateRequest request, World world) {
    if (request.getWorkers() != 0 || !request.getCommand().isEmpty()) {
      throw Refusal.argument(
          "workers",
          "Expected a pool whose workers come by themselves, but it has a command or workers to"
              + " start; start them by ProcessService/Start");
    }
    Refusal.requireAtMost("max_tasks", request.getMaxTasks(), world.limits().getQueueItems());
    if (request.hasInitializer()) {
      PoolShape.requireCall("initializer", request.getInitializer(), world);
    }
    world
        .durations()
        .positive("task_timeout", request.hasTaskTimeout(), request.getTaskTimeout());
    world.durations().of("grace", request.hasGrace(), request.getGrace());
    return of(request);
  }

  /** What one that is there was created as. */
  static PoolShape of(PoolCreateRequest request) {
    return new PoolShape(
        request.toBuilder().clearPool().clearLifetime().build(),
        request.getAttempts() == 0 ? ATTEMPTS : request.getAttempts(),
        request.hasTaskTimeout() ? Times.nanos(request.getTaskTimeout()) : Timers.NEVER,
        request.hasGrace() ? Times.nanos(request.getGrace()) : GRACE_NANOS);
  }

  /** Refuses a call that has no function, or a payload that may not be stored. */
  static void requireCall(String field, dev.polyproc.v1.PoolCall call, World world) {
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

  /** As how many tasks a worker is replaced; 0: never. */
  int tasksPerWorker() {
    return request.getTasksPerWorker();
  }

  /** How many tasks of one key run at the same time; 0: any number. */
  int runsPerKey() {
    return request.getMaxRunsPerKey();
  }

  Shape shown() {
    return Shape.PLAIN
        .with("attempts", attempts)
        .with("task_timeout", taskTime == Timers.NEVER ? "NONE" : Times.text(taskTime))
        .with("tasks_per_worker", Integer.toUnsignedString(request.getTasksPerWorker()))
        .with("max_tasks", Integer.toUnsignedString(request.getMaxTasks()))
        .with("max_runs_per_key", Integer.toUnsignedString(request.getMaxRunsPerKey()))
        .with("grace", Times.text(grace))
        .with("initializer", request.getInitializer().getFunction());
  }
}
