package dev.polyproc.server.engine.pool;

import dev.polyproc.internal.v1.ObjectState;
import dev.polyproc.internal.v1.Origin;
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
import dev.polyproc.v1.PoolWorkerEnd;
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
 *   <li>Nobody waits for a task while there is one that he may run, nor for room while there is
 *       enough, nor for the end while nothing is left to do.
 * </ul>
 */
final class Pool extends ManagedObject {
  static final Kind<Pool> KIND = new Kind<>(ObjectKind.OBJECT_KIND_POOL, Pool.class);

  static final PoolFailure CANCELLED = sentence("it was cancelled");
  private static final PoolFailure SHUT_DOWN = sentence("the pool was shut down");
  private static final PoolFailure DELETED = sentence("its pool was deleted");

  private final Pools pools;
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
  private WorkerKeeper keeper;
  private boolean paused;
  private boolean closed;

  private Pool(Header header, PoolShape shape, Pools pools) {
    super(header);
    this.pools = pools;
    this.shape = shape;
    this.line = new TaskLine(shape.runsPerKey());
    this.workers = new Workers(this);
    this.keeper = new WorkerKeeper(this, 0, Origin.getDefaultInstance(), "");
    world().budget().chargeAlways(shape.bytes());
  }

  static Pool created(Header header, PoolShape shape, Pools pools, Invocation call) {
    Pool pool = new Pool(header, shape, pools);
    pool.keeper = WorkerKeeper.created(pool, call);
    return pool;
  }

  /** It is new: what its initializer refers to is kept, and its workers are started. */
  void begin() {
    initializer(world().references()::add);
    world().advance(this);
  }

  static Pool restored(Header header, PoolState state, Pools pools, Restored restored) {
    Pool pool = new Pool(header, PoolShape.of(state.getShape()), pools);
    pool.keeper = WorkerKeeper.restored(pool, state.getKeeper());
    pool.paused = state.getPaused();
    pool.closed = state.getClosed();
    pool.totals.restore(state.getTotals());
    pool.workers.restore(state, restored);
    for (PoolTaskState saved : state.getOrphansList()) {
      pool.restore(Task.restoredOrphan(header.world(), saved), saved, restored);
    }
    return pool;
  }

  private static PoolFailure sentence(String message) {
    return PoolFailure.newBuilder().setMessage(message).build();
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

  Pools pools() {
    return pools;
  }

  Workers workers() {
    return workers;
  }

  WorkerKeeper keeper() {
    return keeper;
  }

  // Its jobs.

  void add(Job job) {
    jobs.put(job.number(), job);
  }

  void remove(Job job) {
    jobs.remove(job.number());
  }

  /** Whether the tasks of a job are handed out has changed. */
  void changed(Job job) {
    line.changed(job);
  }

  /** A task of one of its jobs has its result. */
  void hasResult(boolean succeeded) {
    totals.ended(succeeded);
  }

  // Submitting.

  void requireOpen() {
    Refusal shut = shut();
    if (shut != null) {
      throw shut;
    }
  }

  /** Why it takes no tasks; null: it does. */
  private @Nullable Refusal shut() {
    PoolFailure broken = keeper.broken();
    if (broken != null) {
      return refusal(
          ErrorReason.ERROR_REASON_POOL_BROKEN,
          "Expected workers of '"
              + name()
              + "' to start, but it is broken: "
              + broken.getMessage()
              + "; mend the command or its initializer, delete the pool by AdminService/Delete and"
              + " create it again");
    }
    return closed
        ? refusal(
            ErrorReason.ERROR_REASON_CLOSED,
            "Expected '"
                + name()
                + "' to be open, but it was shut down by PoolService/Shutdown; to go on, delete it"
                + " by AdminService/Delete and create it again")
        : null;
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
              .park(
                  new Submitter(call, job, tasks), timeout, List.of(job.submitters(), submitters));
      if (reply == Answer.LATER) {
        job.addReferences(tasks);
      }
      return reply;
    }
    world().budget().charge(cost(tasks));
    job.addReferences(tasks);
    long first = takeIn(job, tasks);
    world().advance(this);
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
    task.waits(shape.attempts());
    line.add(task);
    task.job().waits(task);
  }

  /** A task does not wait any more. */
  void leaves(Task task) {
    line.remove(task);
  }

  /** A task has its result, or waits again: whoever waits for that, or for its room, goes on. */
  private void settle(Task task) {
    world()
        .together(
            () -> {
              if (!task.isOrphan()) {
                world().advance(task.job());
              }
              world().advance(this);
            });
  }

  // Taking.

  /** The task that a worker may run next; null: there is none for it. */
  private @Nullable Task next(@Nullable Worker worker) {
    if (paused || keeper.broken() != null || (worker != null && worker.runsAlone())) {
      return null;
    }
    return line.next(worker == null || worker.running() == 0);
  }

  /** Hands tasks out, now or when there are some. */
  Answer take(Invocation call, Taker.Terms terms, long timeout) {
    Worker known = workers.known(call.session());
    if (isOver() || (known != null && known.isRetiring())) {
      return terms.nothing(true);
    }
    Task next = next(known);
    if (next != null) {
      world().budget().requireBeyond(Run.BYTES + Worker.BYTES + call.textBytes());
      ReplyRoom room = new ReplyRoom(call, world().limits());
      room.take(bytes(next));
      Answer reply = handOut(call, terms, asks(call));
      world().advance(this);
      return reply;
    }
    if (timeout != 0) {
      world().waiting().requireRoom(call, Worker.BYTES, 1);
    }
    asks(call);
    return world().waiting().park(new Taker(call, terms), timeout, takers);
  }

  /** Who calls is a worker that asks for tasks; null: it has no session. */
  private @Nullable Worker asks(Invocation call) {
    Worker worker = workers.of(call.session());
    if (worker != null) {
      worker.ready();
    }
    return worker;
  }

  /** Whether no task will ever come. */
  boolean isOver() {
    return keeper.broken() != null || (closed && isIdle());
  }

  private Answer handOut(Invocation call, Taker.Terms terms, @Nullable Worker worker) {
    PoolTakeResponse.Builder response = terms.answer();
    List<Run> given = new ArrayList<>();
    ReplyRoom room = new ReplyRoom(call, world().limits());
    int most = Math.min(shape.given(terms), Math.max(terms.max() - terms.ahead(), share()));
    boolean more = true;
    Task next = next(worker);
    while (more && next != null && room.take(bytes(next))) {
      Run run = begin(next, call, worker, terms.lease());
      given.add(run);
      response.addRuns(describe(run));
      if (worker != null
          && shape.tasksPerWorker() != 0
          && worker.taken() >= shape.tasksPerWorker()) {
        worker.retire();
      }
      more =
          given.size() < most
              && !run.isAlone()
              && (worker == null || !worker.isRetiring())
              && world().budget().roomBeyond() >= Run.BYTES + call.textBytes();
      next = line.next(false);
    }
    world().turn().stepped(12L * given.size());
    return Answer.of(response.build(), new UnconfirmedRuns(this, given));
  }

  /** Half of what one of the workers would have of the tasks that wait. */
  private int share() {
    return line.size() / (2 * Math.max(1, workers.size()));
  }

  private Run begin(Task task, Invocation call, @Nullable Worker worker, long lease) {
    line.remove(task);
    task.count(1);
    Run run = new Run(this, call, task, worker, lease);
    run.start();
    attach(run, true);
    task.due(
        Math.min(task.expires(), world().clock().in(shape.taskTime())), () -> tookTooLong(run));
    totals.began(task.attempts() > 1);
    if (worker != null) {
      keeper.proven(worker);
    }
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
    line.begins(task.key());
    Worker worker = run.worker();
    if (worker != null) {
      worker.began(isNew, run.isAlone());
    }
  }

  /** A task that was saved: it waits, or is run. */
  void restore(Task task, PoolTaskState saved, Restored restored) {
    if (!saved.hasRun()) {
      waits(task);
      return;
    }
    Run run = new Run(this, task, workers.numbered(saved.getWorker()), saved, restored);
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
                + " cancelled, took too long, or its lease or its session ended; go on with the"
                + " next task")
        .with("run", Long.toUnsignedString(number));
  }

  /** A run is over, and its task in nobody's hands. */
  private Task end(Run run, boolean counts) {
    runs.remove(run.number());
    Task task = run.task();
    task.stop();
    task.run(null);
    if (!task.isOrphan()) {
      task.job().runs(task, false);
    }
    line.ended(task.key());
    run.end();
    Worker worker = run.worker();
    if (worker != null) {
      worker.ended(counts);
    }
    Answer over = run.beats().isEmpty() ? null : Answer.of(runEnded(run.number()));
    for (Beat beat : run.beats()) {
      beat.answer(Objects.requireNonNull(over));
    }
    return task;
  }

  /** A task that is run no more has its result, unless its job is gone. */
  private static void finish(Task task, PoolResult.Builder result) {
    if (!task.isOrphan()) {
      task.job().finish(task, result);
    }
  }

  /** A task that is run no more waits again, unless it is not to be run. */
  private void goBack(Task task) {
    PoolFailure broken = keeper.broken();
    if (task.isOrphan()) {
      return;
    }
    if (task.isCancelled()) {
      finish(task, cancelled());
    } else if (broken != null) {
      finish(task, result(PoolOutcome.POOL_OUTCOME_POOL_ENDED, broken));
    } else {
      waits(task);
    }
  }

  /** Runs have returned, or failed; answers those that were over already. */
  List<Long> complete(List<PoolCompletion> completions, Invocation call) {
    requireRoom(completions, call);
    List<Long> over = new ArrayList<>();
    world()
        .together(
            () -> {
              for (PoolCompletion completion : completions) {
                Run run = find(completion.getRun(), call);
                if (run == null) {
                  over.add(completion.getRun());
                } else {
                  done(run, completion);
                }
              }
              world().advance(this);
            });
    world().turn().stepped(12L * completions.size());
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
      world().advance(task.job());
    }
  }

  private static PoolResult.Builder outcome(PoolCompletion completion) {
    if (completion.hasFailure()) {
      return result(PoolOutcome.POOL_OUTCOME_FAILED, completion.getFailure());
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
      world().budget().requireBeyond(more);
    }
  }

  /** A run has failed; answers whether its task will be run again. */
  boolean fail(Run run, PoolFailure failure, boolean retry) {
    long more = Results.cost(result(PoolOutcome.POOL_OUTCOME_FAILED, failure).build());
    world().budget().requireBeyond(more - run.task().cost() - Run.BYTES);
    Task task = end(run, true);
    boolean retried = retry && !task.isCancelled() && mayRunAgain(task);
    if (retried || task.isCancelled()) {
      goBack(task);
    } else {
      finish(task, result(PoolOutcome.POOL_OUTCOME_FAILED, failure));
    }
    settle(task);
    return retried;
  }

  private boolean mayRunAgain(Task task) {
    return !task.isOrphan() && task.attempts() < shape.attempts() && keeper.broken() == null;
  }

  /** Its worker has ended, or said nothing for as long as its lease. */
  void lost(Run run) {
    if (!has(run)) {
      return;
    }
    world().returning(this);
    Worker worker = run.worker();
    if (worker != null && worker.isBlamed()) {
      // Its worker is ended for another task's sake.
      Task task = end(run, true);
      task.count(-1);
      goBack(task);
      settle(task);
      return;
    }
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
    Task task = run.task();
    if (task.expires() <= world().clock().now()) {
      end(run, true);
      finish(
          task,
          Job.failure(
              PoolOutcome.POOL_OUTCOME_EXPIRED, "its time to live was over while it was run"));
      settle(task);
    } else {
      again(
          run,
          Job.failure(
              PoolOutcome.POOL_OUTCOME_TIMED_OUT,
              "it ran for longer than task_timeout, at the last of its attempts"));
    }
    blame(run);
  }

  /** A run is over by no word of its worker: its task is run again, where it has attempts left. */
  private void again(Run run, PoolResult.Builder atLast) {
    Task task = end(run, true);
    if (task.isCancelled() || mayRunAgain(task)) {
      goBack(task);
    } else {
      finish(task, atLast.setCall(task.terms().getCall()));
    }
    settle(task);
  }

  /** A run was over before its worker said so: that hangs, or so it seems. */
  private void blame(Run run) {
    Worker worker = run.worker();
    if (worker != null && worker.process() != null) {
      worker.blame();
      tellToRetire(worker);
    }
  }

  /** A run that nobody has begun with is over: its task waits as if it had not been handed out. */
  void release(Run run) {
    Task task = end(run, false);
    task.count(-1);
    totals.released();
    goBack(task);
    settle(task);
  }

  // Cancelling.

  private static PoolResult.Builder result(PoolOutcome outcome, PoolFailure failure) {
    return PoolResult.newBuilder().setOutcome(outcome).setFailure(failure);
  }

  private static PoolResult.Builder cancelled() {
    return result(PoolOutcome.POOL_OUTCOME_CANCELLED, CANCELLED);
  }

  /** Tasks that wait are cancelled now; of those that are run the workers are told. */
  void cancel(List<Task> tasks) {
    world()
        .together(
            () -> {
              for (Task task : tasks) {
                if (task.run() == null) {
                  task.job().endNow(task, PoolOutcome.POOL_OUTCOME_CANCELLED, CANCELLED);
                  world().advance(task.job());
                }
              }
              cancelRunning(tasks);
              world().advance(this);
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
      task.due(world().clock().in(shape.grace()), () -> graceIsOver(run));
      run.beats().forEach(beat -> beat.answer(Beat.said(true)));
      Worker worker = run.worker();
      if (worker != null && !worker.beats().isEmpty()) {
        listening.put(worker.number(), worker);
      }
    }
    for (Worker worker : listening.values()) {
      Answer told = Beat.said(untold(worker));
      worker.beats().forEach(beat -> beat.answer(told));
    }
  }

  /** The runs of a worker of whose end it was not told; it is now. */
  private List<Long> untold(Worker worker) {
    List<Long> untold = new ArrayList<>();
    for (Run run : runs.values()) {
      Task task = run.task();
      if (run.worker() == worker
          && task.isCancelled()
          && !task.isTold()
          && untold.size() < world().limits().getPageSize()) {
        task.tell();
        untold.add(run.number());
      }
    }
    return untold;
  }

  private void graceIsOver(Run run) {
    Task task = end(run, true);
    finish(task, cancelled());
    settle(task);
    blame(run);
  }

  /** A run goes on; waits until it is cancelled. */
  Answer beat(Run run, @Nullable Value details, Invocation call, long timeout) {
    Task task = run.task();
    boolean waits = timeout != 0 && !task.isCancelled();
    long more = details == null || task.isOrphan() ? 0 : costBeside(task, details);
    if (waits) {
      world().waiting().requireRoom(call, Math.max(0, more), 1);
    }
    if (details != null && !task.isOrphan()) {
      world().budget().charge(more);
      world().references().add(details);
      Value before = task.details();
      if (before != null) {
        world().references().remove(before);
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

  /** Waits until any run of a worker is cancelled of which it was not told. */
  Answer beat(Invocation call, long timeout) {
    Worker known = workers.known(call.session());
    List<Long> untold = known == null ? List.of() : untold(known);
    if (!untold.isEmpty()) {
      return Beat.said(untold);
    }
    if (timeout == 0) {
      return Beat.said(false);
    }
    world().waiting().requireRoom(call, Worker.BYTES, 1);
    return park(new Beat(call, null, workers.of(call.session())), timeout);
  }

  private Answer park(Beat beat, long timeout) {
    Answer reply = world().waiting().park(beat, timeout, beats);
    beat.listen();
    return reply;
  }

  /** The Heartbeat of a saved state; {@code number} is its run's, or 0. */
  Beat restoredBeat(Invocation call, long number) {
    Run run = number == 0 ? null : Objects.requireNonNull(runs.get(number));
    Beat beat = new Beat(call, run, run == null ? workers.known(call.session()) : null);
    beat.listen();
    return beat;
  }

  // Workers.

  /** A worker gets no more tasks, and hears of it. */
  void retire(Worker worker) {
    worker.retire();
    tellToRetire(worker);
    world().advance(this);
  }

  private void tellToRetire(Worker worker) {
    Caller session = worker.session();
    for (Taker taker : takers.all()) {
      if (session != null && taker.call().session() == session) {
        taker.answer(taker.terms().nothing(true));
      }
    }
  }

  /** Those that are there get no more tasks; answers how many. */
  int quiet() {
    List<Worker> told = new ArrayList<>();
    for (Worker worker : workers.all()) {
      if (!worker.isRetiring()) {
        told.add(worker);
      }
    }
    world().together(() -> told.forEach(this::retire));
    return told.size();
  }

  /** A worker says that it cannot begin. */
  void failStart(Worker worker, PoolFailure why) {
    world()
        .together(
            () -> {
              keeper.failedItself(worker, why);
              retire(worker);
            });
  }

  /** The daemon has started a worker. */
  void workerStarted() {
    totals.workerStarted();
  }

  /** A worker has ended while it ran tasks. */
  void workerLost() {
    totals.workerLost();
  }

  void resize(int number) {
    keeper.resize(number);
    world().advance(this);
  }

  /** Its workers cannot be started: no task is run any more. */
  void broke(PoolFailure why) {
    refuseSubmitters();
    for (Job job : new ArrayList<>(jobs.values())) {
      job.endWaiting(PoolOutcome.POOL_OUTCOME_POOL_ENDED, why);
    }
    world().advance(this);
  }

  private void refuseSubmitters() {
    Refusal shut = shut();
    if (shut != null) {
      Answer refused = Answer.of(shut);
      submitters.drain(submitter -> submitter.answer(refused));
    }
  }

  // The pool as a whole.

  void pause(boolean stop) {
    paused = stop;
    world().advance(this);
  }

  /** Takes no more tasks; {@code atOnce}: what is there is cancelled. */
  void shutDown(boolean atOnce) {
    closed = true;
    world()
        .together(
            () -> {
              refuseSubmitters();
              if (atOnce) {
                for (Job job : new ArrayList<>(jobs.values())) {
                  job.endWaiting(PoolOutcome.POOL_OUTCOME_CANCELLED, SHUT_DOWN);
                }
                cancelRunning(runs.values().stream().map(Run::task).toList());
              }
              world().advance(this);
            });
  }

  /** Waits until nothing is left to do. */
  Answer join(Invocation call, long timeout) {
    return isJoined()
        ? Joiner.joined(true)
        : world().waiting().park(new Joiner(call), timeout, joiners);
  }

  private boolean isIdle() {
    return line.size() == 0 && runs.isEmpty();
  }

  private boolean isJoined() {
    return isIdle() && (!closed || workers.withProcess().isEmpty());
  }

  /** How many tasks there are to run. */
  int toDo() {
    return line.size() + runs.size();
  }

  PoolGetResponse describe(Invocation call) {
    PoolGetResponse.Builder response =
        PoolGetResponse.newBuilder()
            .setWaiting(line.size())
            .setRunning(runs.size())
            .setCapacity(shape.capacity(world()))
            .setWorkers(keeper.workers())
            .setWaitingTakes(takers.size())
            .setWaitingSubmits(submitters.size())
            .setPaused(paused)
            .setClosed(closed)
            .setTotals(totals.toProto());
    PoolFailure broken = keeper.broken();
    if (broken != null) {
      response.setBroken(broken.getMessage());
    }
    PoolFailure failure = keeper.failure();
    if (failure != null) {
      response.setFailure(failure);
    }
    ReplyRoom room = new ReplyRoom(call, world().limits());
    room.take(response.buildPartial().getSerializedSize());
    room.fill(
        workers.all().stream().limit(world().limits().getPageSize()).map(Worker::describe),
        response::addWorker);
    return response.build();
  }

  @Override
  public void advance() {
    serveTakers();
    for (Submitter next = submitters.oldest();
        next != null && fits(next.tasks().size());
        next = submitters.oldest()) {
      if (next.job().isDeleted()) {
        next.answer(Answer.of(Refusal.deleted(next.job().name())));
      } else {
        world().budget().chargeAlways(cost(next.tasks()));
        next.accept(takeIn(next.job(), next.tasks()));
      }
      serveTakers();
    }
    if (isOver()) {
      takers.drain(taker -> taker.answer(taker.terms().nothing(true)));
    }
    keeper.keepUp();
    if (isJoined()) {
      joiners.drain(joiner -> joiner.answer(Joiner.joined(true)));
    }
  }

  private void serveTakers() {
    for (Taker taker = servable(); taker != null; taker = servable()) {
      try {
        Worker worker = workers.known(taker.call().session());
        taker.answer(handOut(taker.call(), taker.terms(), worker));
      } catch (Refusal tooLarge) {
        taker.answer(Answer.of(tooLarge));
      }
    }
  }

  /** The Take that waits longest of those for which there is a task; null: there is none. */
  private @Nullable Taker servable() {
    if (takers.isEmpty() || next(null) == null) {
      return null;
    }
    for (Taker taker : takers) {
      if (next(workers.known(taker.call().session())) != null) {
        return taker;
      }
    }
    return null;
  }

  // The object.

  @Override
  protected void deleted() {
    // What runs is few, beside what waits.
    world().turn().worked(runs.size());
    for (Run run : new ArrayList<>(runs.values())) {
      finish(end(run, true), result(PoolOutcome.POOL_OUTCOME_POOL_ENDED, DELETED));
    }
    for (Job job : new ArrayList<>(jobs.values())) {
      job.endWaiting(PoolOutcome.POOL_OUTCOME_POOL_ENDED, DELETED);
      world().advance(job);
    }
    for (Worker worker : workers.withProcess()) {
      pools.processes().delete(Objects.requireNonNull(worker.process()).ref().getIncarnation());
    }
    initializer(world().references()::remove);
    leave();
  }

  @Override
  protected void restoredDeleted() {
    leave();
  }

  private void leave() {
    keeper.stop();
    workers.removeAll();
    world().budget().release(shape.bytes());
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
        + (closed ? ", shut down" : "")
        + (keeper.broken() == null ? "" : ", broken");
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
    keeper.save(state);
    for (Run run : runs.values()) {
      if (run.task().isOrphan()) {
        state.addOrphans(run.task().save());
      }
    }
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
        awaited || servable() == null, "nobody waits while there is a task that he may run");
    Submitter submitter = submitters.oldest();
    World.require(
        awaited || submitter == null || !fits(submitter.tasks().size()),
        "nobody waits for room while there is enough");
    World.require(
        shut() == null || submitters.isEmpty(), "nobody submits to a pool that takes nothing");
    World.require(
        awaited || joiners.isEmpty() || !isJoined(), "nobody waits while nothing is left to do");
    for (Worker worker : workers.all()) {
      long count = runs.values().stream().filter(run -> run.worker() == worker).count();
      World.require(worker.running() == count, "a worker knows how many tasks it runs");
    }
  }
}
