package dev.polyproc.server.engine.pool;

import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Waiters;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.value.Values;
import dev.polyproc.v1.PoolFailure;
import dev.polyproc.v1.PoolOutcome;
import dev.polyproc.v1.PoolResult;
import dev.polyproc.v1.Value;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** How tasks of a pool are cancelled, and how workers hear of that. */
final class Cancelling {
  /** Why a task has no other result. */
  static final PoolFailure CANCELLED =
      PoolFailure.newBuilder().setMessage("it was cancelled").build();

  private final Pool pool;
  private final World world;
  private final Waiters<Beat> beats;

  Cancelling(Pool pool) {
    this.pool = pool;
    this.world = pool.world();
    this.beats = new Waiters<>(pool);
  }

  /** The Heartbeats that wait. */
  Waiters<Beat> line() {
    return beats;
  }

  static PoolResult.Builder cancelled() {
    return Job.result(PoolOutcome.POOL_OUTCOME_CANCELLED, CANCELLED);
  }

  /** Tasks that wait are cancelled now; of those that are run the workers are told. */
  void cancel(List<Task> tasks) {
    world.together(
        () -> {
          for (Task task : tasks) {
            if (task.run() == null) {
              task.job().endNow(task, PoolOutcome.POOL_OUTCOME_CANCELLED, CANCELLED);
              world.advance(task.job());
            }
          }
          cancelRunning(tasks);
          world.advance(pool);
        });
  }

  /** Of those tasks that are run the workers are told. */
  void cancelRunning(List<Task> tasks) {
    Map<Long, Worker> listening = new TreeMap<>();
    for (Task task : tasks) {
      Run run = task.run();
      if (run == null || task.isCancelled()) {
        continue;
      }
      task.cancel();
      task.due(world.clock().in(pool.createdAs().grace()), () -> graceIsOver(run));
      run.beats().forEach(beat -> beat.answer(Beat.said(true)));
      Worker worker = run.worker();
      if (worker != null && !worker.beats().isEmpty()) {
        listening.put(worker.number(), worker);
      }
    }
    listening.values().forEach(this::tell);
  }

  /** A run is over by no word of its worker, which hears of it now, or when it asks. */
  void tellOver(Run run) {
    Worker worker = run.worker();
    if (worker == null || worker.session() == null || run.task().isTold()) {
      return;
    }
    worker.isOver(run);
    if (!worker.beats().isEmpty()) {
      tell(worker);
    }
  }

  private void tell(Worker worker) {
    Answer told = Beat.said(untold(worker));
    worker.beats().forEach(beat -> beat.answer(told));
  }

  /** The runs of a worker of whose end it was not told; it is now. */
  private List<Long> untold(Worker worker) {
    List<Long> untold = worker.takeOver();
    for (Run run : worker.runs()) {
      Task task = run.task();
      if (task.isCancelled() && !task.isTold() && untold.size() < world.limits().getPageSize()) {
        task.tell();
        untold.add(run.number());
      }
    }
    return untold;
  }

  /** A run that was cancelled is over, whatever its worker does. */
  void graceIsOver(Run run) {
    world.together(
        () -> {
          Task task = pool.runs().end(run, true);
          Runs.finish(task, cancelled());
          pool.settle(task);
          pool.runs().overByNoWord(run);
        });
  }

  /** A run goes on; waits until it is cancelled. */
  Answer beat(Run run, @Nullable Value details, Invocation call, long timeout) {
    Task task = run.task();
    boolean waits = timeout != 0 && !task.isCancelled();
    long more = details == null || task.isOrphan() ? 0 : costBeside(task, details);
    if (waits) {
      world.waiting().requireRoom(call, Math.max(0, more), 1);
    }
    if (details != null && !task.isOrphan()) {
      world.budget().charge(more);
      world.references().add(details);
      Value before = task.details();
      if (before != null) {
        world.references().remove(before);
      }
      task.details(details);
    }
    run.goesOn();
    return waits ? park(new Beat(call, run, null), timeout) : Beat.said(task.isCancelled());
  }

  private static long costBeside(Task task, Value details) {
    Value before = task.details();
    return Values.cost(details) - (before == null ? 0 : Values.cost(before));
  }

  /** Waits until any run of a worker is cancelled, or over, of which it was not told. */
  Answer beat(Invocation call, long timeout) {
    Worker known = pool.workers().known(call.session());
    List<Long> untold = known == null ? List.of() : untold(known);
    if (!untold.isEmpty()) {
      return Beat.said(untold);
    }
    if (timeout == 0) {
      return Beat.said(false);
    }
    world.waiting().requireRoom(call, Worker.BYTES, 1);
    return park(new Beat(call, null, pool.workers().of(call.session())), timeout);
  }

  private Answer park(Beat beat, long timeout) {
    Answer reply = world.waiting().park(beat, timeout, beats);
    beat.listen();
    return reply;
  }

  /** The Heartbeat of a saved state; {@code number} is its run's, or 0. */
  Beat restoredBeat(Invocation call, long number) {
    Run run = number == 0 ? null : Objects.requireNonNull(pool.runs().numbered(number));
    Beat beat = new Beat(call, run, run == null ? pool.workers().known(call.session()) : null);
    beat.listen();
    return beat;
  }
}
