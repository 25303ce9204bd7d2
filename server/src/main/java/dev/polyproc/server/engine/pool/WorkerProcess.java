package dev.polyproc.server.engine.pool;

import dev.polyproc.internal.v1.PoolWorkerState;
import dev.polyproc.internal.v1.ProcessExited;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.time.Timers;
import dev.polyproc.server.engine.time.Timers.Timer;
import dev.polyproc.v1.PoolWorkerEnd;
import dev.polyproc.v1.Ref;
import org.jspecify.annotations.Nullable;

/**
 * The process of a worker that the daemon started, and what is done to it when.
 *
 * <pre>
 *   STARTING ──▶ READY ──▶ LEAVING ──▶ ENDING ──▶ KILLED
 *       │ asks for tasks    told to      SIGTERM    SIGKILL
 *       │                   retire
 *       └─ start_timeout ──────────────▶
 * </pre>
 */
final class WorkerProcess {
  private static final int SIGKILL = 9;
  private static final int SIGTERM = 15;
  private static final long KILL_NANOS = 5_000_000_000L;

  private final Worker worker;
  private final Pools pools;
  private final World world;
  private final Ref ref;
  private Stage stage = Stage.STARTING;
  private @Nullable Timer timer;
  private @Nullable PoolWorkerEnd end;

  /** How far it is. The order is saved. */
  enum Stage {
    /** It has not asked for a task. */
    STARTING,
    /** It has. */
    READY,
    /** It is to end by itself. */
    LEAVING,
    /** It was told to end by SIGTERM. */
    ENDING,
    /** It was told by SIGKILL. */
    KILLED
  }

  WorkerProcess(Worker worker, Pools pools, World world, Ref ref) {
    this.worker = worker;
    this.pools = pools;
    this.world = world;
    this.ref = ref;
    pools.add(ref.getIncarnation(), worker);
  }

  void restore(PoolWorkerState saved) {
    stage = Stage.values()[saved.getStage()];
    if (saved.hasEnd()) {
      end = saved.getEnd();
      pools.remove(ref.getIncarnation());
    }
    due(saved.getDue() == 0 ? Timers.NEVER : saved.getDue());
  }

  void save(PoolWorkerState.Builder saved) {
    saved.setProcess(ref).setStage(stage.ordinal()).setDue(timer == null ? 0 : timer.deadline());
    if (end != null) {
      saved.setEnd(end);
    }
  }

  Ref ref() {
    return ref;
  }

  boolean isStarting() {
    return end == null && stage == Stage.STARTING;
  }

  /** Whether it is there, and nobody has told it to end. */
  boolean isStaying() {
    return end == null && stage.compareTo(Stage.LEAVING) < 0;
  }

  /** How it ended; null: it has not. */
  @Nullable PoolWorkerEnd end() {
    return end;
  }

  /** What is known of its end, even if it is not over. */
  PoolWorkerEnd known() {
    return end == null ? PoolWorkerEnd.newBuilder().setProcess(ref.getName()).build() : end;
  }

  /** It starts, and has so long to ask for its first task. */
  void start(long nanos) {
    due(world.clock().in(nanos));
  }

  /** It asks for tasks. */
  void ready() {
    if (stage == Stage.STARTING) {
      stage = Stage.READY;
      due(Timers.NEVER);
    }
  }

  /** It runs nothing, and retires when that lasts for so long. */
  void idles(long nanos) {
    if (stage == Stage.READY) {
      due(world.clock().in(nanos));
    }
  }

  /** It runs something. */
  void works() {
    if (stage == Stage.READY) {
      due(Timers.NEVER);
    }
  }

  /** It is to end by itself, and has so long for that. */
  void leave(long nanos) {
    if (isStaying()) {
      stage = Stage.LEAVING;
      due(world.clock().in(nanos));
    }
  }

  /** It is told to end. */
  void terminate() {
    if (end == null && stage.compareTo(Stage.ENDING) < 0) {
      stage = Stage.ENDING;
      due(world.clock().in(KILL_NANOS));
      pools.processes().signal(ref.getIncarnation(), SIGTERM);
    }
  }

  /** It has ended. */
  void ended(ProcessExited how) {
    PoolWorkerEnd.Builder seen =
        PoolWorkerEnd.newBuilder()
            .setProcess(ref.getName())
            .setOutOfMemory(how.getOutOfMemory())
            .setOutput(how.getOutput());
    switch (how.getEndCase()) {
      case EXIT_CODE -> seen.setExitCode(how.getExitCode());
      case SIGNAL -> seen.setSignal(how.getSignal());
      case END_NOT_SET -> {
        // Nobody saw it.
      }
    }
    end = seen.build();
    drop();
  }

  /** Nothing is done to it any more. */
  void drop() {
    pools.remove(ref.getIncarnation());
    due(Timers.NEVER);
  }

  private void due(long time) {
    world.timers().cancel(timer);
    timer = time == Timers.NEVER ? null : world.timers().at(time, worker.number(), this::isDue);
  }

  private void isDue() {
    timer = null;
    switch (stage) {
      case STARTING -> worker.startTookTooLong();
      case READY -> worker.idledTooLong();
      case LEAVING -> terminate();
      case ENDING -> {
        stage = Stage.KILLED;
        pools.processes().signal(ref.getIncarnation(), SIGKILL);
      }
      case KILLED -> {
        // Nothing is due.
      }
    }
  }
}
