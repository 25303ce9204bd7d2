package dev.polyproc.server.engine.pool;

import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Waiters;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.v1.PoolTask;
import java.util.List;

/** Takes tasks into a pool, as long as it has room for them; the others wait in line. */
final class Entrance {
  private final Pool pool;
  private final World world;
  private final Waiters<Submitter> submitters;

  Entrance(Pool pool) {
    this.pool = pool;
    this.world = pool.world();
    this.submitters = new Waiters<>(pool);
  }

  /** The Submits that wait. */
  Waiters<Submitter> line() {
    return submitters;
  }

  private boolean fits(int tasks) {
    return pool.line().size() + (long) tasks <= pool.createdAs().capacity(world);
  }

  /** Takes tasks in, all or none, now or when there is room. */
  Answer submit(Job job, List<PoolTask> tasks, Invocation call, long timeout) {
    pool.requireOpen();
    if (!submitters.isEmpty() || !fits(tasks.size())) {
      Answer reply =
          world
              .waiting()
              .park(
                  new Submitter(call, job, tasks), timeout, List.of(job.submitters(), submitters));
      if (reply == Answer.LATER) {
        job.addReferences(tasks);
      }
      return reply;
    }
    world.budget().charge(cost(tasks));
    job.addReferences(tasks);
    long first = takeIn(job, tasks);
    world.advance(pool);
    return Submitter.accepted(first);
  }

  private static long cost(List<PoolTask> tasks) {
    return tasks.stream().mapToLong(Task::cost).sum();
  }

  private long takeIn(Job job, List<PoolTask> tasks) {
    world.turn().stepped(8L * tasks.size());
    pool.totals().submitted(tasks.size());
    return job.add(tasks, pool::waits);
  }

  /** Nobody submits any more: those who wait hear why. */
  void close() {
    Refusal shut = pool.shut();
    if (shut != null) {
      Answer refused = Answer.of(shut);
      submitters.drain(submitter -> submitter.answer(refused));
    }
  }

  /** Lets in whoever waits longest, where there is room; false where there is none, or nobody. */
  boolean letInOne() {
    Submitter next = submitters.oldest();
    if (next == null || !fits(next.tasks().size())) {
      return false;
    }
    if (next.job().isDeleted()) {
      next.answer(Answer.of(Refusal.deleted(next.job().name())));
    } else {
      world.budget().chargeAlways(cost(next.tasks()));
      next.accept(takeIn(next.job(), next.tasks()));
    }
    return true;
  }

  void check(boolean awaited) {
    Submitter submitter = submitters.oldest();
    World.require(
        awaited || submitter == null || !fits(submitter.tasks().size()),
        "nobody waits for room while there is enough");
    World.require(
        pool.shut() == null || submitters.isEmpty(), "nobody submits to a pool that takes nothing");
  }
}
