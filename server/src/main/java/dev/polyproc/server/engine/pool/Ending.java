package dev.polyproc.server.engine.pool;

import dev.polyproc.internal.v1.PoolEndingState;
import dev.polyproc.internal.v1.PoolState;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.time.Timers.Timer;
import dev.polyproc.v1.PoolFailure;
import dev.polyproc.v1.PoolOutcome;
import org.jspecify.annotations.Nullable;

/**
 * Ends the tasks of a pool that wait, of all its jobs, without running them: in pieces, as there
 * may be many. None of them is handed out meanwhile, and none comes to wait any more: the pool is
 * broken, was shut down at once, or is deleted.
 */
final class Ending {
  /** So many steps are a piece: a task that is ended or passed over, a job that is. */
  private static final int PIECE = 64;

  private final Pool pool;
  private final World world;
  private @Nullable How how;
  private long job;
  private long task;
  private @Nullable Timer timer;

  private record How(PoolOutcome outcome, PoolFailure why) {}

  Ending(Pool pool) {
    this.pool = pool;
    this.world = pool.world();
  }

  void restore(PoolState state) {
    if (state.hasEnding()) {
      PoolEndingState saved = state.getEnding();
      how = new How(saved.getOutcome(), pool.pools().shared(saved.getFailure()));
      job = saved.getJob();
      task = saved.getTask();
      if (saved.getDue() != 0) {
        due(saved.getDue(), saved.getOrder());
      }
    }
  }

  void save(PoolState.Builder state) {
    How now = how;
    if (now != null) {
      state.setEnding(
          PoolEndingState.newBuilder()
              .setOutcome(now.outcome)
              .setFailure(now.why)
              .setJob(job)
              .setTask(task)
              .setDue(timer == null ? 0 : timer.deadline())
              .setOrder(timer == null ? 0 : timer.number()));
    }
  }

  /** Whether there are some that are to end. */
  boolean isUnderWay() {
    return how != null;
  }

  /** All tasks that wait have a result from now on; those that are being ended, theirs. */
  void begin(PoolOutcome outcome, PoolFailure why) {
    if (how == null) {
      how = new How(outcome, why);
      job = 0;
      task = 0;
      world.together(this::endSome);
    }
  }

  private void endSome() {
    timer = null;
    int steps = 0;
    while (steps < PIECE && endNext()) {
      steps++;
    }
    world.turn().spend(steps);
    if (how != null && !pool.isDeleted()) {
      due(world.clock().now(), world.clock().nextNumber());
    }
    world.advance(pool);
  }

  private void due(long time, long order) {
    timer = world.timers().at(time, order, () -> world.together(this::endSome));
  }

  /** Ends one task, or passes over what is not to end; false: nothing is left. */
  boolean endNext() {
    How now = how;
    Job next = now == null ? null : pool.jobFrom(job);
    if (now == null || next == null) {
      how = null;
      return false;
    }
    if (next.number() != job) {
      job = next.number();
      task = 0;
    }
    Task open = next.openAfter(task);
    if (open == null) {
      job++;
      task = 0;
      return true;
    }
    task = open.number();
    if (open.run() == null) {
      next.endUnrun(open, now.outcome, now.why);
      world.advance(next);
    }
    return true;
  }

  /** Nothing is due any more: the pool is deleted, and gives back the rest. */
  void stop() {
    world.timers().cancel(timer);
    timer = null;
  }
}
