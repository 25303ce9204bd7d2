package dev.polyproc.server.engine.pool;

import dev.polyproc.internal.v1.PoolTaskState;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.object.Restored;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.server.engine.time.Timers;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.PoolCompletion;
import dev.polyproc.v1.PoolFailure;
import dev.polyproc.v1.PoolOutcome;
import dev.polyproc.v1.PoolResult;
import dev.polyproc.v1.PoolWorkerEnd;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The tasks of a pool that are run.
 *
 * <p><b>Invariants</b>
 *
 * <ul>
 *   <li>A task and its run know each other, and a worker knows those that it runs.
 * </ul>
 */
final class Runs {
  private final Pool pool;
  private final World world;
  private final TreeMap<Long, Run> runs = new TreeMap<>();

  Runs(Pool pool) {
    this.pool = pool;
    this.world = pool.world();
  }

  /** All, the oldest first. */
  List<Run> all() {
    return new ArrayList<>(runs.values());
  }

  int size() {
    return runs.size();
  }

  /** The run of a number; null where it is over. */
  @Nullable Run numbered(long number) {
    return runs.get(number);
  }

  /** A task is run by who calls, from now on. */
  Run begin(Task task, Invocation call, @Nullable Worker worker, long lease) {
    pool.line().remove(task);
    task.count(1);
    Run run = new Run(pool, call, task, worker, lease);
    run.start();
    attach(run, true);
    task.due(
        Math.min(task.expires(), world.clock().in(pool.createdAs().taskTime())),
        () -> tookTooLong(run));
    pool.totals().began(task.attempts() > 1);
    pool.keeper().works(worker);
    return run;
  }

  /** A run is there, whether it begins now or was saved. */
  private void attach(Run run, boolean isNew) {
    Task task = run.task();
    runs.put(run.number(), run);
    task.run(run);
    if (!task.isOrphan()) {
      task.job().runs(task, true);
    }
    pool.line().begins(task.key());
    Worker worker = run.worker();
    if (worker != null) {
      worker.began(run, isNew);
    }
  }

  /** A task that was run when the state was saved. */
  void restore(Task task, PoolTaskState saved, Restored restored) {
    Run run = new Run(pool, task, pool.workers().numbered(saved.getWorker()), saved, restored);
    run.start();
    attach(run, false);
    long limit = saved.getLimit() == 0 ? Timers.NEVER : saved.getLimit();
    task.due(
        limit,
        task.isCancelled() ? () -> pool.cancelling().graceIsOver(run) : () -> tookTooLong(run));
  }

  // How they end.

  boolean has(Run run) {
    return runs.get(run.number()) == run;
  }

  /** The run of a number, if the caller may end it; null otherwise. */
  private @Nullable Run find(long number, Invocation call) {
    Run run = runs.get(number);
    return run != null && run.isOf(call.session()) ? run : null;
  }

  /** The same, or a refusal. */
  Run require(long number, Invocation call) {
    Run run = find(number, call);
    if (run == null) {
      throw runEnded(number);
    }
    return run;
  }

  /** Whoever says what came of a run that is over is told so. */
  private void hearsOver(long number, Invocation call) {
    Worker worker = pool.workers().known(call.session());
    if (worker != null) {
      worker.knowsOver(number);
    }
  }

  private Refusal runEnded(long number) {
    return new Refusal(
            ErrorReason.ERROR_REASON_RUN_ENDED,
            "Expected run "
                + Long.toUnsignedString(number)
                + " of '"
                + pool.name()
                + "' to be the caller's, but it is another worker's, or over: it was completed,"
                + " cancelled, took too long, or its lease or its session ended; go on with the"
                + " next task")
        .with("object", pool.name())
        .with("run", Long.toUnsignedString(number));
  }

  /** A run is over, and its task in nobody's hands. */
  Task end(Run run, boolean counts) {
    runs.remove(run.number());
    Task task = run.task();
    task.stop();
    task.run(null);
    if (!task.isOrphan()) {
      task.job().runs(task, false);
    }
    pool.line().ended(task.key());
    run.end();
    Worker worker = run.worker();
    if (worker != null) {
      worker.ended(run, counts);
    }
    Answer over = run.beats().isEmpty() ? null : Answer.of(runEnded(run.number()));
    for (Beat beat : run.beats()) {
      beat.answer(Objects.requireNonNull(over));
    }
    return task;
  }

  /** A task that is run no more has its result, unless its job is gone. */
  static void finish(Task task, PoolResult.Builder result) {
    if (!task.isOrphan()) {
      task.job().finish(task, result);
    }
  }

  /** A task that is run no more waits again, unless it is not to be run. */
  private void goBack(Task task) {
    PoolFailure broken = pool.keeper().brokenInShort();
    if (task.isOrphan()) {
      return;
    }
    if (task.isCancelled()) {
      finish(task, Cancelling.cancelled());
    } else if (broken != null) {
      finish(task, Job.result(PoolOutcome.POOL_OUTCOME_POOL_ENDED, broken));
    } else {
      pool.waits(task);
    }
  }

  /** Runs have returned, or failed; answers those that were over already. */
  List<Long> complete(List<PoolCompletion> completions, Invocation call) {
    requireRoom(completions, call);
    List<Long> over = new ArrayList<>();
    world.together(
        () -> {
          for (PoolCompletion completion : completions) {
            Run run = find(completion.getRun(), call);
            if (run == null) {
              hearsOver(completion.getRun(), call);
              over.add(completion.getRun());
            } else {
              done(run, completion);
            }
          }
          world.advance(pool);
        });
    world.turn().stepped(12L * completions.size());
    return over;
  }

  private void done(Run run, PoolCompletion completion) {
    if (completion.getReturned()) {
      release(run);
      return;
    }
    Task task = end(run, true);
    finish(task, outcome(completion));
    if (!task.isOrphan()) {
      world.advance(task.job());
    }
  }

  private static PoolResult.Builder outcome(PoolCompletion completion) {
    if (completion.hasFailure()) {
      return Job.result(PoolOutcome.POOL_OUTCOME_FAILED, completion.getFailure());
    }
    return PoolResult.newBuilder()
        .setOutcome(PoolOutcome.POOL_OUTCOME_SUCCEEDED)
        .setValue(completion.getValue());
  }

  /** Refuses results for which there is no room, with that which the tasks give back. */
  private void requireRoom(List<PoolCompletion> completions, Invocation call) {
    long more = 0;
    for (PoolCompletion completion : completions) {
      Run run = find(completion.getRun(), call);
      if (run != null && !run.task().isOrphan() && !completion.getReturned()) {
        more += Results.cost(outcome(completion).build()) - run.task().cost() - Run.BYTES;
      }
    }
    if (more > 0) {
      world.budget().requireBeyond(more);
    }
  }

  /** A run has failed; answers whether its task will be run again. */
  boolean fail(Run run, PoolFailure failure, boolean retry) {
    long more = Results.cost(Job.result(PoolOutcome.POOL_OUTCOME_FAILED, failure).build());
    world.budget().requireBeyond(more - run.task().cost() - Run.BYTES);
    Task task = end(run, true);
    boolean retried = retry && !task.isCancelled() && mayRunAgain(task);
    if (retried || task.isCancelled()) {
      goBack(task);
    } else {
      finish(task, Job.result(PoolOutcome.POOL_OUTCOME_FAILED, failure));
    }
    pool.settle(task);
    return retried;
  }

  private boolean mayRunAgain(Task task) {
    return !task.isOrphan()
        && task.attempts() < pool.createdAs().attempts()
        && pool.keeper().broken() == null;
  }

  /** Its worker has ended, or said nothing for as long as its lease. */
  void lost(Run run) {
    if (!has(run)) {
      return;
    }
    world.returning(pool);
    Worker worker = run.worker();
    if (worker != null && worker.isBlamed()) {
      // Its worker is ended for another task's sake.
      Task task = end(run, true);
      task.count(-1);
      goBack(task);
      pool.settle(task);
      return;
    }
    pool.cancelling().tellOver(run);
    run.task().lost();
    PoolResult.Builder result =
        Job.failure(
            PoolOutcome.POOL_OUTCOME_WORKER_LOST,
            "the worker that ran it ended, or said nothing for longer than its lease, at the last"
                + " of its attempts");
    PoolWorkerEnd end = worker == null ? null : worker.knownEnd();
    if (end != null) {
      result.setWorkerEnd(end);
    }
    again(run, result);
  }

  private void tookTooLong(Run run) {
    world.together(
        () -> {
          Task task = run.task();
          if (task.expires() <= world.clock().now()) {
            end(run, true);
            finish(
                task,
                Job.failure(
                    PoolOutcome.POOL_OUTCOME_EXPIRED,
                    "its time to live was over while it was run"));
            pool.settle(task);
          } else {
            again(
                run,
                Job.failure(
                    PoolOutcome.POOL_OUTCOME_TIMED_OUT,
                    "it ran for longer than task_timeout, at the last of its attempts"));
          }
          overByNoWord(run);
        });
  }

  /** A run is over by no word of its worker: its task is run again, where it has attempts left. */
  private void again(Run run, PoolResult.Builder atLast) {
    Task task = end(run, true);
    if (task.isCancelled() || mayRunAgain(task)) {
      goBack(task);
    } else {
      finish(task, atLast.setCall(task.terms().getCall()));
    }
    pool.settle(task);
  }

  /**
   * A run was over before its worker said so, which hears of it. That hangs, or so it seems: where
   * the daemon started it, it is ended, before anything else is handed out.
   */
  void overByNoWord(Run run) {
    pool.cancelling().tellOver(run);
    Worker worker = run.worker();
    if (worker != null && worker.process() != null) {
      worker.blame();
      pool.handingOut().tellToRetire(worker);
    }
  }

  /** A run that nobody has begun with is over: its task waits as if it had not been handed out. */
  void release(Run run) {
    Task task = end(run, false);
    pool.totals().released(task.attempts() > 1);
    task.count(-1);
    goBack(task);
    pool.settle(task);
  }

  void check() {
    for (Map.Entry<Long, Run> entry : runs.entrySet()) {
      World.require(entry.getValue().task().run() == entry.getValue(), "a task knows its run");
    }
    for (Worker worker : pool.workers().all()) {
      long count = runs.values().stream().filter(run -> run.worker() == worker).count();
      World.require(worker.running() == count, "a worker knows how many tasks it runs");
    }
  }
}
