package dev.polyproc.server.engine.pool;

import dev.polyproc.internal.v1.ObjectState;
import dev.polyproc.internal.v1.PoolState;
import dev.polyproc.internal.v1.PoolTaskState;
import dev.polyproc.internal.v1.UndoState;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Caller;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.ReplyRoom;
import dev.polyproc.server.engine.call.Undo;
import dev.polyproc.server.engine.call.Waiters;
import dev.polyproc.server.engine.object.Figures;
import dev.polyproc.server.engine.object.ManagedObject;
import dev.polyproc.server.engine.object.Restored;
import dev.polyproc.server.engine.object.Shape;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.server.engine.time.Timers;
import dev.polyproc.server.engine.value.Values;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Holder;
import dev.polyproc.v1.ObjectKind;
import dev.polyproc.v1.PoolCall;
import dev.polyproc.v1.PoolCompletion;
import dev.polyproc.v1.PoolFailure;
import dev.polyproc.v1.PoolGetResponse;
import dev.polyproc.v1.PoolOutcome;
import dev.polyproc.v1.PoolResult;
import dev.polyproc.v1.PoolRun;
import dev.polyproc.v1.PoolTakeResponse;
import dev.polyproc.v1.PoolTask;
import dev.polyproc.v1.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A pool: the tasks of its jobs that wait, those that are run, and who waits for either.
 *
 * <p><b>Invariants</b>
 *
 * <ul>
 *   <li>Nobody waits for a task while there is one that may be run, nor for room while there is
 *       enough, nor for the end while nothing is left to do.
 * </ul>
 */
final class Pool extends ManagedObject {
  static final Kind<Pool> KIND = new Kind<>(ObjectKind.OBJECT_KIND_POOL, Pool.class);

  private final PoolShape shape;
  private final TaskLine line;
  private final Workers workers;
  private final TreeMap<Long, Run> runs = new TreeMap<>();
  private final TreeMap<Long, Job> jobs = new TreeMap<>();
  private final Waiters<Taker> takers = new Waiters<>(this);
  private final Waiters<Submitter> submitters = new Waiters<>(this);
  private final Waiters<Beat> beats = new Waiters<>(this);
  private final Waiters<Joiner> joiners = new Waiters<>(this);
  private final Totals totals = new Totals();
  private boolean paused;
  private boolean closed;

  Pool(Header header, PoolShape shape) {
    super(header);
    this.shape = shape;
    this.line = new TaskLine(shape.runsPerKey());
    this.workers = new Workers(world());
    world().budget().chargeAlways(shape.bytes());
  }

  /** It is new: what its initializer refers to is kept. */
  void keepInitializer() {
    initializer(world().references()::add);
  }

  static Pool restored(Header header, PoolState state, Restored restored) {
    Pool pool = new Pool(header, PoolShape.of(state.getShape()));
    pool.paused = state.getPaused();
    pool.closed = state.getClosed();
    pool.totals.restore(state.getTotals());
    pool.workers.restore(state, restored);
    return pool;
  }

  private void initializer(Consumer<Value> action) {
    PoolCall call = shape.request().getInitializer();
    if (call.hasPayload()) {
      action.accept(call.getPayload());
    }
  }

  PoolShape createdAs() {
    return shape;
  }

  Workers workers() {
    return workers;
  }

  // Its jobs.

  void add(Job job) {
    jobs.put(job.number(), job);
  }

  void remove(Job job) {
    jobs.remove(job.number());
  }

  /** The job of an incarnation, which is there. */
  Job job(long number) {
    return Objects.requireNonNull(jobs.get(number), "a job that somebody submits to");
  }

  /** Whether the tasks of a job are handed out has changed. */
  void changed(Job job) {
    line.changed(job);
  }

  // Submitting.

  void requireOpen() {
    if (closed) {
      throw refusal(
          ErrorReason.ERROR_REASON_CLOSED,
          "Expected '"
              + name()
              + "' to be open, but it was shut down by PoolService/Shutdown; to go on, delete it by"
              + " AdminService/Delete and create it again");
    }
  }

  private boolean fits(int tasks) {
    return line.size() + (long) tasks <= shape.capacity(world());
  }

  /** Takes tasks in, all or none, now or when there is room. */
  Answer submit(Job job, List<PoolTask> tasks, Invocation call, long timeout) {
    requireOpen();
    if (!submitters.isEmpty() || !fits(tasks.size())) {
      Answer reply =
          world()
              .waiting()
              .park(new Submitter(call, job, tasks), timeout, submitters, job.submitters());
      if (reply == Answer.LATER) {
        job.addReferences(tasks);
      }
      return reply;
    }
    world().budget().charge(cost(tasks));
    job.addReferences(tasks);
    long first = takeIn(job, tasks);
    advance();
    return Submitter.accepted(first);
  }

  private static long cost(List<PoolTask> tasks) {
    return tasks.stream().mapToLong(Task::cost).sum();
  }

  private long takeIn(Job job, List<PoolTask> tasks) {
    world().turn().stepped(8L * tasks.size());
    totals.submitted(tasks.size());
    return job.add(tasks, this::waits);
  }

  /** A task waits, at its place. */
  private void waits(Task task) {
    line.add(task);
    task.due(task.expires(), () -> expire(task));
  }

  /** A task does not wait any more. */
  void leaves(Task task) {
    line.remove(task);
  }

  private void expire(Task task) {
    task.job().endNow(task, PoolOutcome.POOL_OUTCOME_EXPIRED, "its time to live was over");
    totals.ended(false);
    settle(task);
  }

  /** A task has its result: whoever waits for that, or for its room, goes on. */
  private void settle(Task task) {
    world()
        .together(
            () -> {
              world().advance(task.job());
              world().advance(this);
            });
  }

  // Taking.

  /** Hands tasks out, now or when there are some. */
  Answer take(Invocation call, Taker.Terms terms, long timeout) {
    Worker worker = workers.of(call.session());
    if (worker != null) {
      worker.ready();
      if (worker.isRetiring()) {
        return Taker.nothing(true);
      }
    }
    if (!paused && line.next() != null) {
      world().budget().requireBeyond(Run.BYTES + call.textBytes());
      Answer reply = handOut(call, terms);
      advance();
      return reply;
    }
    return isDone()
        ? Taker.nothing(true)
        : world().waiting().park(new Taker(call, terms), timeout, takers);
  }

  /** Whether no task will ever come. */
  private boolean isDone() {
    return closed && line.size() == 0 && runs.isEmpty();
  }

  private Answer handOut(Invocation call, Taker.Terms terms) {
    PoolTakeResponse.Builder response = PoolTakeResponse.newBuilder();
    Worker worker = workers.known(call.session());
    List<Run> given = new ArrayList<>();
    ReplyRoom room = new ReplyRoom(call, world().limits());
    Task next = line.next();
    while (next != null
        && given.size() < terms.max()
        && (worker == null || !worker.isRetiring())
        && (given.isEmpty()
            || world().budget().roomBeyond() >= Run.BYTES + call.textBytes())
        && room.take(bytes(next))) {
      Run run = begin(next, call, terms.lease());
      given.add(run);
      response.addRuns(describe(run));
      if (worker != null
          && shape.tasksPerWorker() != 0
          && worker.taken() >= Integer.toUnsignedLong(shape.tasksPerWorker())) {
        worker.retire();
      }
      next = line.next();
    }
    world().turn().stepped(12L * given.size());
    return Answer.of(response.build(), new UnconfirmedRuns(this, given));
  }

  private Run begin(Task task, Invocation call, long lease) {
    line.remove(task);
    task.count(1);
    Run run = new Run(this, call, task, lease);
    run.start();
    attach(run, true);
    task.due(
        Math.min(task.expires(), world().clock().in(shape.taskTime())), () -> tookTooLong(run));
    totals.began(task.attempts() > 1);
    return run;
  }

  /** A run is there, whether it begins now or was saved. */
  private void attach(Run run, boolean isNew) {
    Task task = run.task();
    runs.put(run.number(), run);
    task.run(run);
    task.job().runs(task, true);
    line.begins(task.key());
    Worker worker = workers.known(run.session());
    if (worker != null) {
      worker.began(isNew);
    }
  }

  /** A task of a job that was saved: it waits, or is run. */
  void restore(Task task, PoolTaskState saved, Restored restored) {
    if (!saved.hasRun()) {
      waits(task);
      return;
    }
    Run run = new Run(this, task, saved, restored);
    run.start();
    attach(run, false);
    long limit = saved.getLimit() == 0 ? Timers.NEVER : saved.getLimit();
    task.due(limit, task.isCancelled() ? () -> graceIsOver(run) : () -> tookTooLong(run));
  }

  private static PoolRun describe(Run run) {
    Task task = run.task();
    PoolRun.Builder described =
        PoolRun.newBuilder()
            .setRun(run.number())
            .setJob(task.job().name())
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
            .setJob(task.job().name())
            .setTask(task.number())
            .setAttempt(Integer.MAX_VALUE)
            .build()
            .getSerializedSize()
        + ReplyRoom.AROUND
        + task.terms().getCall().getSerializedSize()
        + (details == null ? 0L : details.getSerializedSize());
  }

  // Ending runs.

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

  private Refusal runEnded(long number) {
    return refusal(
            ErrorReason.ERROR_REASON_RUN_ENDED,
            "Expected run "
                + Long.toUnsignedString(number)
                + " of '"
                + name()
                + "' to be the caller's, but it is another worker's, or over: it was completed,"
                + " cancelled, took too long, or its lease or its session ended; go on with the next"
                + " task")
        .with("run", Long.toUnsignedString(number));
  }

  /** A run is over, and its task in nobody's hands. */
  private Task end(Run run, boolean counts) {
    runs.remove(run.number());
    Task task = run.task();
    task.stop();
    task.run(null);
    task.job().runs(task, false);
    line.ended(task.key());
    Worker worker = workers.known(run.session());
    if (worker != null) {
      worker.ended(counts);
    }
    run.end();
    Answer over = run.beats().isEmpty() ? null : Answer.of(runEnded(run.number()));
    for (Beat beat : run.beats()) {
      beat.answer(Objects.requireNonNull(over));
    }
    return task;
  }

  private void finish(Task task, PoolResult.Builder result) {
    if (task.job().isDeleted()) {
      task.job().discard(task);
      return;
    }
    totals.ended(result.getOutcome() == PoolOutcome.POOL_OUTCOME_SUCCEEDED);
    task.job().finish(task, result);
  }

  /** Runs have returned; answers those that were over already. */
  List<Long> complete(List<PoolCompletion> completions, Invocation call) {
    List<Long> over = new ArrayList<>();
    world()
        .together(
            () -> {
              for (PoolCompletion completion : completions) {
                Run run = find(completion.getRun(), call);
                if (run == null) {
                  over.add(completion.getRun());
                } else {
                  Task task = end(run, true);
                  finish(
                      task,
                      PoolResult.newBuilder()
                          .setOutcome(PoolOutcome.POOL_OUTCOME_SUCCEEDED)
                          .setValue(completion.getValue()));
                  world().advance(task.job());
                }
              }
              world().advance(this);
            });
    world().turn().stepped(12L * completions.size());
    return over;
  }

  /** A run has failed; answers whether its task will be run again. */
  boolean fail(Run run, PoolFailure failure, boolean retry) {
    Task task = end(run, true);
    boolean retried = retry && !task.isCancelled() && mayRunAgain(task);
    if (retried) {
      waits(task);
    } else if (task.isCancelled()) {
      finish(task, cancelled());
    } else {
      finish(
          task,
          PoolResult.newBuilder()
              .setOutcome(PoolOutcome.POOL_OUTCOME_FAILED)
              .setFailure(failure));
    }
    settle(task);
    return retried;
  }

  private boolean mayRunAgain(Task task) {
    return task.attempts() < shape.attempts() && !task.job().isGone();
  }

  /** Its worker has ended, or said nothing for as long as its lease. */
  void lost(Run run) {
    if (!has(run)) {
      return;
    }
    world().returning(this);
    again(
        run,
        PoolOutcome.POOL_OUTCOME_WORKER_LOST,
        "the worker that ran it ended, or said nothing for longer than its lease");
  }

  private void tookTooLong(Run run) {
    Task task = run.task();
    if (task.expires() <= world().clock().now()) {
      end(run, true);
      finish(
          task,
          Job.failure(
              PoolOutcome.POOL_OUTCOME_EXPIRED, "its time to live was over while it was run"));
      settle(task);
    } else {
      again(run, PoolOutcome.POOL_OUTCOME_TIMED_OUT, "it ran for longer than task_timeout");
    }
  }

  /** A run is over by no word of its worker: its task is run again, where it has attempts left. */
  private void again(Run run, PoolOutcome outcome, String why) {
    Task task = end(run, true);
    if (task.isCancelled()) {
      finish(task, cancelled());
    } else if (mayRunAgain(task)) {
      waits(task);
    } else {
      finish(task, Job.failure(outcome, why + ", at the last of its attempts"));
    }
    settle(task);
  }

  /** A run that nobody has begun with is over: its task waits as if it had not been handed out. */
  void release(Run run) {
    world().returning(this);
    Task task = end(run, false);
    task.count(-1);
    totals.released();
    if (task.job().isDeleted()) {
      task.job().discard(task);
    } else if (task.isCancelled()) {
      finish(task, cancelled());
    } else {
      waits(task);
    }
    settle(task);
  }

  // Cancelling.

  private static PoolResult.Builder cancelled() {
    return Job.failure(PoolOutcome.POOL_OUTCOME_CANCELLED, "it was cancelled");
  }

  /** A task that waits is cancelled now; of one that is run its worker is told. */
  void cancel(Task task) {
    Run run = task.run();
    if (run == null) {
      leaves(task);
      finish(task, cancelled());
      settle(task);
    } else if (!task.isCancelled()) {
      task.cancel();
      task.due(world().clock().in(shape.grace()), () -> graceIsOver(run));
      Answer told = Beat.said(true);
      run.beats().forEach(beat -> beat.answer(told));
    }
  }

  private void graceIsOver(Run run) {
    Task task = end(run, true);
    finish(task, cancelled());
    settle(task);
  }

  /** A run goes on; waits until it is cancelled. */
  Answer beat(Run run, @Nullable Value details, Invocation call, long timeout) {
    Task task = run.task();
    if (details != null) {
      Value before = task.details();
      long more = Values.cost(details) - (before == null ? 0 : Values.cost(before));
      world().budget().charge(more);
      world().references().add(details);
      if (before != null) {
        world().references().remove(before);
      }
      task.details(details);
    }
    run.goesOn();
    return task.isCancelled()
        ? Beat.said(true)
        : world().waiting().park(new Beat(call, run), timeout, beats);
  }

  /** The Heartbeat of a saved state. */
  Beat beat(Invocation call, long number) {
    return new Beat(call, Objects.requireNonNull(runs.get(number)));
  }

  // The pool as a whole.

  void pause(boolean stop) {
    paused = stop;
    advance();
  }

  /** Takes no more tasks; {@code atOnce}: what is there is cancelled. */
  void shutDown(boolean atOnce) {
    closed = true;
    Answer refused = submitters.isEmpty() ? null : Answer.of(closedRefusal());
    submitters.drain(submitter -> submitter.answer(Objects.requireNonNull(refused)));
    if (atOnce) {
      for (Job job : new ArrayList<>(jobs.values())) {
        job.endWaiting(PoolOutcome.POOL_OUTCOME_CANCELLED, "the pool was shut down");
      }
      new ArrayList<>(runs.values()).forEach(run -> cancel(run.task()));
    }
    advance();
  }

  private Refusal closedRefusal() {
    try {
      requireOpen();
    } catch (Refusal refusal) {
      return refusal;
    }
    throw new IllegalStateException("Expected a pool that is shut down");
  }

  /** Waits until nothing is left to do. */
  Answer join(Invocation call, long timeout) {
    return isIdle()
        ? Joiner.joined(true)
        : world().waiting().park(new Joiner(call), timeout, joiners);
  }

  private boolean isIdle() {
    return line.size() == 0 && runs.isEmpty();
  }

  PoolGetResponse describe(Invocation call) {
    PoolGetResponse.Builder response =
        PoolGetResponse.newBuilder()
            .setWaiting(line.size())
            .setRunning(runs.size())
            .setCapacity(shape.capacity(world()))
            .setWorkers(shape.request().getWorkers())
            .setWaitingTakes(takers.size())
            .setWaitingSubmits(submitters.size())
            .setPaused(paused)
            .setClosed(closed)
            .setTotals(totals.toProto());
    ReplyRoom room = new ReplyRoom(call, world().limits());
    room.take(response.buildPartial().getSerializedSize());
    room.fill(
        workers.all().stream().limit(world().limits().getPageSize()).map(Worker::describe),
        response::addWorker);
    return response.build();
  }

  @Override
  public void advance() {
    while (!paused && line.next() != null && !takers.isEmpty()) {
      serve(Objects.requireNonNull(takers.oldest()));
    }
    for (Submitter next = submitters.oldest();
        next != null && fits(next.tasks().size());
        next = submitters.oldest()) {
      world().budget().chargeAlways(cost(next.tasks()));
      next.accept(takeIn(next.job(), next.tasks()));
      while (!paused && line.next() != null && !takers.isEmpty()) {
        serve(Objects.requireNonNull(takers.oldest()));
      }
    }
    if (isDone()) {
      takers.drain(taker -> taker.answer(Taker.nothing(true)));
    }
    if (isIdle()) {
      joiners.drain(joiner -> joiner.answer(Joiner.joined(true)));
    }
  }

  private void serve(Taker taker) {
    Worker worker = workers.known(taker.call().session());
    if (worker != null && worker.isRetiring()) {
      taker.answer(Taker.nothing(true));
      return;
    }
    try {
      taker.answer(handOut(taker.call(), taker.terms()));
    } catch (Refusal tooLarge) {
      taker.answer(Answer.of(tooLarge));
    }
  }

  // The object.

  @Override
  protected void deleted() {
    // What runs is few, beside what waits.
    world().turn().worked(runs.size());
    for (Run run : new ArrayList<>(runs.values())) {
      finish(end(run, true), poolEnded());
    }
    for (Job job : new ArrayList<>(jobs.values())) {
      job.endWaiting(PoolOutcome.POOL_OUTCOME_POOL_ENDED, POOL_ENDED);
      world().advance(job);
    }
    leave();
  }

  private static final String POOL_ENDED = "its pool was deleted";

  private static PoolResult.Builder poolEnded() {
    return Job.failure(PoolOutcome.POOL_OUTCOME_POOL_ENDED, POOL_ENDED);
  }

  @Override
  protected void restoredDeleted() {
    leave();
  }

  private void leave() {
    workers.removeAll();
    world().budget().release(shape.bytes());
    initializer(world().references()::remove);
  }

  @Override
  protected void forEachValue(Consumer<Value> action) {
    if (!isDeleted()) {
      initializer(action);
    }
    submitters.forEach(
        submitter ->
            submitter.tasks().stream()
                .filter(task -> task.getCall().hasPayload())
                .forEach(task -> action.accept(task.getCall().getPayload())));
  }

  @Override
  public List<Waiters<?>> lines() {
    return List.of(takers, submitters, beats, joiners);
  }

  @Override
  public List<Holder> holders(int max) {
    return runs.values().stream()
        .filter(run -> !run.isOver())
        .limit(max)
        .map(Run::describe)
        .toList();
  }

  @Override
  protected Shape shape() {
    return shape.shown();
  }

  @Override
  protected String summary() {
    return line.size()
        + " tasks wait, "
        + runs.size()
        + " run, "
        + workers.all().size()
        + " workers"
        + (paused ? ", paused" : "")
        + (closed ? ", shut down" : "");
  }

  @Override
  protected Figures figures() {
    return totals.figures();
  }

  @Override
  protected void save(ObjectState.Builder object) {
    PoolState.Builder state =
        PoolState.newBuilder()
            .setShape(shape.request())
            .setPaused(paused)
            .setClosed(closed)
            .setTotals(totals.toProto());
    workers.save(state);
    object.setPool(state);
  }

  @Override
  public Undo restoreUndo(UndoState state) {
    return new UnconfirmedRuns(
        this,
        state.getReservationsList().stream().map(runs::get).filter(Objects::nonNull).toList());
  }

  @Override
  protected void check() {
    line.check();
    for (Map.Entry<Long, Run> entry : runs.entrySet()) {
      World.require(entry.getValue().task().run() == entry.getValue(), "a task knows its run");
    }
    boolean awaited = world().isAwaited(this);
    World.require(
        awaited || paused || takers.isEmpty() || line.next() == null,
        "nobody waits while there is a task");
    Submitter submitter = submitters.oldest();
    World.require(
        awaited || submitter == null || !fits(submitter.tasks().size()),
        "nobody waits for room while there is enough");
    World.require(!closed || submitters.isEmpty(), "nobody submits to a pool that is shut down");
    World.require(
        awaited || joiners.isEmpty() || !isIdle(), "nobody waits while nothing is left to do");
    for (Worker worker : workers.all()) {
      Caller session = worker.session();
      long count = runs.values().stream().filter(run -> run.session() == session).count();
      World.require(worker.running() == count, "a worker knows how many tasks it runs");
    }
  }
}
