package dev.polyproc.server.engine.pool;

import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Caller;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.ReplyRoom;
import dev.polyproc.server.engine.call.Waiters;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.v1.PoolRun;
import dev.polyproc.v1.PoolTakeResponse;
import dev.polyproc.v1.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Hands the tasks of a pool out to those who ask for them, in the order in which they came. */
final class HandingOut {
  private final Pool pool;
  private final World world;
  private final Waiters<Taker> takers;
  private final Clearing clearing;

  HandingOut(Pool pool) {
    this.pool = pool;
    this.world = pool.world();
    this.takers = new Waiters<>(pool);
    this.clearing = new Clearing(pool);
  }

  /** Who is handed nothing, for a task that is to be run alone. */
  Clearing clearing() {
    return clearing;
  }

  /** The Takes that wait. */
  Waiters<Taker> line() {
    return takers;
  }

  /** The task that a worker may run next; null: there is none for it. */
  private @Nullable Task next(@Nullable Worker worker) {
    if (isToHold(worker) && clearing.holdsBack(Objects.requireNonNull(worker))) {
      return null;
    }
    return mayRun(worker) ? pool.line().next(worker == null || worker.running() == 0) : null;
  }

  private boolean mayRun(@Nullable Worker worker) {
    return !pool.isPaused()
        && pool.keeper().broken() == null
        && !pool.isEnding()
        && (worker == null || !(worker.runsAlone() || worker.isRetiring()));
  }

  /** Whether one that runs something would be handed a task before one that is to be run alone. */
  private boolean isToHold(@Nullable Worker worker) {
    return worker != null
        && worker.running() > 0
        && mayRun(worker)
        && pool.line().isAloneOvertaken();
  }

  private void holdIfFree(@Nullable Worker worker) {
    if (clearing.isFree() && isToHold(worker)) {
      clearing.hold(Objects.requireNonNull(worker));
    }
  }

  /** The worker that is held next, as it asks for a task; null: there is none. */
  @Nullable Worker holdable() {
    if (clearing.isFree() && mayRun(null) && pool.line().isAloneOvertaken()) {
      for (Taker taker : takers) {
        Worker worker = pool.workers().known(taker.call().session());
        if (isToHold(worker)) {
          return worker;
        }
      }
    }
    return null;
  }

  /** Hands tasks out, now or when there are some. */
  Answer take(Invocation call, Taker.Terms terms, long timeout) {
    Worker known = pool.workers().expected(call.session());
    if (pool.isOver() || (known != null && known.isRetiring())) {
      return terms.nothing(true);
    }
    Task next = next(known);
    if (next != null) {
      world.budget().requireBeyond(Run.BYTES + Worker.BYTES + call.textBytes());
      ReplyRoom room = new ReplyRoom(call, world.limits());
      room.take(bytes(next));
      Worker worker = asks(call);
      Answer reply = handOut(call, terms, worker);
      tellIfRetiring(worker);
      world.advance(pool);
      return reply;
    }
    if (timeout != 0) {
      world.waiting().requireRoom(call, Worker.BYTES, 1);
    }
    holdIfFree(asks(call));
    return world.waiting().park(new Taker(call, terms), timeout, takers);
  }

  /** Who calls is a worker that asks for tasks; null: it has no session. */
  private @Nullable Worker asks(Invocation call) {
    Worker worker = pool.workers().of(call.session());
    if (worker != null) {
      worker.ready();
    }
    return worker;
  }

  private Answer handOut(Invocation call, Taker.Terms terms, @Nullable Worker worker) {
    PoolTakeResponse.Builder response = terms.answer();
    List<Run> given = new ArrayList<>();
    ReplyRoom room = new ReplyRoom(call, world.limits());
    int most =
        Math.min(pool.createdAs().given(terms), Math.max(terms.max() - terms.ahead(), share()));
    boolean more = true;
    Task next = next(worker);
    while (more && next != null && room.take(bytes(next))) {
      Run run = pool.runs().begin(next, call, worker, terms.lease());
      given.add(run);
      response.addRuns(describe(run));
      if (worker != null
          && pool.createdAs().tasksPerWorker() != 0
          && worker.taken() >= pool.createdAs().tasksPerWorker()) {
        worker.retire();
      }
      more =
          given.size() < most
              && !run.isAlone()
              && (worker == null || !worker.isRetiring())
              && world.budget().roomBeyond() >= Run.BYTES + call.textBytes();
      next = pool.line().next(false);
    }
    world.turn().stepped(12L * given.size());
    return Answer.of(response.build(), new UnconfirmedRuns(pool, given));
  }

  /** What one of the workers would have of the tasks that wait. */
  private int share() {
    return pool.line().size() / Math.max(1, pool.workers().size());
  }

  private static PoolRun describe(Run run) {
    Task task = run.task();
    PoolRun.Builder described =
        PoolRun.newBuilder()
            .setRun(run.number())
            .setJob(task.jobName())
            .setTask(task.number())
            .setCall(task.terms().getCall())
            .setAttempt(task.attempts());
    Value details = task.details();
    if (details != null) {
      described.setDetails(details);
    }
    return described.build();
  }

  /** The most bytes of a task in a reply. */
  private static long bytes(Task task) {
    Value details = task.details();
    return PoolRun.newBuilder()
            .setRun(Long.MAX_VALUE)
            .setJob(task.jobName())
            .setTask(task.number())
            .setAttempt(Integer.MAX_VALUE)
            .build()
            .getSerializedSize()
        + ReplyRoom.AROUND
        + task.terms().getCall().getSerializedSize()
        + (details == null ? 0L : details.getSerializedSize());
  }

  /** Hands out what is there to those who wait for it. */
  void serve() {
    clearing.look();
    serveAll();
    Worker next = holdable();
    if (next != null) {
      clearing.hold(next);
      serveAll(); // what it is not given
    }
  }

  private void serveAll() {
    for (Taker taker = servable(); taker != null; taker = servable()) {
      try {
        Worker worker = pool.workers().known(taker.call().session());
        taker.answer(handOut(taker.call(), taker.terms(), worker));
        tellIfRetiring(worker);
      } catch (Refusal tooLarge) {
        taker.answer(Answer.of(tooLarge));
      }
    }
  }

  /** The Take that waits longest of those for which there is a task; null: there is none. */
  @Nullable Taker servable() {
    if (takers.isEmpty() || next(null) == null) {
      return null;
    }
    for (Taker taker : takers) {
      if (next(pool.workers().known(taker.call().session())) != null) {
        return taker;
      }
    }
    return null;
  }

  /** Whether a call of a worker waits that is to retire. */
  boolean keepsRetiring() {
    for (Taker taker : takers) {
      Worker worker = pool.workers().known(taker.call().session());
      if (worker != null && worker.isRetiring()) {
        return true;
      }
    }
    return false;
  }

  private void tellIfRetiring(@Nullable Worker worker) {
    if (worker != null && worker.isRetiring()) {
      tellToRetire(worker);
    }
  }

  /** A worker that waits hears that it is to retire. */
  void tellToRetire(Worker worker) {
    Caller session = worker.session();
    if (session != null) {
      tellToRetire(taker -> taker.call().session() == session);
    }
  }

  /** All workers that wait, and are to retire, hear of it. */
  void tellAllToRetire() {
    tellToRetire(
        taker -> {
          Worker worker = pool.workers().known(taker.call().session());
          return worker != null && worker.isRetiring();
        });
  }

  private void tellToRetire(Predicate<Taker> whom) {
    world.turn().stepped(takers.size());
    for (Taker taker : takers.all()) {
      if (whom.test(taker)) {
        taker.answer(taker.terms().nothing(true));
      }
    }
  }

  /** No task will ever come. */
  void end() {
    takers.drain(taker -> taker.answer(taker.terms().nothing(true)));
  }
}
