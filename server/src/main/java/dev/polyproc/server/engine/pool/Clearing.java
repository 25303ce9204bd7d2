package dev.polyproc.server.engine.pool;

import dev.polyproc.internal.v1.PoolClearingState;
import dev.polyproc.internal.v1.PoolState;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.time.Timers;
import dev.polyproc.server.engine.time.Timers.Timer;
import org.jspecify.annotations.Nullable;

/**
 * Has a worker come to run nothing, for a task that is to be run alone, where none does by itself:
 * one at a time is handed nothing further, as long as that task is next. What it runs may last for
 * ever; so it is let go after a while, and after another one it or the next is tried, for twice as
 * long. So the pool goes on, and a worker is found whose tasks end, however long they take.
 */
final class Clearing {
  /** So long is a worker handed nothing at first. */
  private static final long FIRST_NANOS = 10_000_000_000L;

  private final Pool pool;
  private final World world;
  private @Nullable Worker held;

  /** When the worker is let go; when the next may be held, where none is. */
  private @Nullable Timer timer;

  private long nanos = FIRST_NANOS;

  Clearing(Pool pool) {
    this.pool = pool;
    this.world = pool.world();
  }

  void restore(PoolState state) {
    if (state.hasClearing()) {
      PoolClearingState saved = state.getClearing();
      held = pool.workers().numbered(saved.getWorker());
      nanos = saved.getNanos();
      if (saved.getDue() != 0) {
        due(saved.getDue(), saved.getOrder());
      }
    }
  }

  void save(PoolState.Builder state) {
    if (nanos != FIRST_NANOS || timer != null) {
      state.setClearing(
          PoolClearingState.newBuilder()
              .setWorker(held == null ? 0 : held.number())
              .setNanos(nanos)
              .setDue(timer == null ? 0 : timer.deadline())
              .setOrder(timer == null ? 0 : timer.number()));
    }
  }

  /** Whether a worker that runs something is handed nothing, where a task to run alone is next. */
  boolean holdsBack(Worker worker) {
    return held == worker || isFree();
  }

  /** Whether one more worker may be held. */
  boolean isFree() {
    return held == null && timer == null;
  }

  /** A worker is handed nothing for a while. */
  void hold(Worker worker) {
    held = worker;
    due(world.clock().in(nanos), world.clock().nextNumber());
  }

  private void due(long time, long order) {
    timer = world.timers().at(time, order, this::isDue);
  }

  private void isDue() {
    timer = null;
    if (held != null) {
      held = null;
      due(world.clock().in(nanos), world.clock().nextNumber());
    } else {
      nanos = Math.min(2 * nanos, Timers.NEVER / 2);
    }
    world.advance(pool);
  }

  /** Lets go of a worker that has what it was held for, or will not come to that. */
  void look() {
    if (!pool.line().hasAlone() || (held != null && held.runsAlone())) {
      stop();
      nanos = FIRST_NANOS;
    } else if (held != null && (held.isRetiring() || held.session() == null)) {
      stop();
    }
  }

  /** Nothing is due any more. */
  void stop() {
    world.timers().cancel(timer);
    timer = null;
    held = null;
  }
}
