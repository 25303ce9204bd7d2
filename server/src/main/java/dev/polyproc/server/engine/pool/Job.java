package dev.polyproc.server.engine.pool;

import dev.polyproc.internal.v1.JobCancellingState;
import dev.polyproc.internal.v1.JobState;
import dev.polyproc.internal.v1.ObjectState;
import dev.polyproc.internal.v1.PoolTaskState;
import dev.polyproc.internal.v1.UndoState;
import dev.polyproc.server.engine.call.Answer;
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
import dev.polyproc.server.engine.time.Timers.Timer;
import dev.polyproc.v1.ObjectKind;
import dev.polyproc.v1.PoolFailure;
import dev.polyproc.v1.PoolGetJobResponse;
import dev.polyproc.v1.PoolOutcome;
import dev.polyproc.v1.PoolResult;
import dev.polyproc.v1.PoolResultsResponse;
import dev.polyproc.v1.PoolTask;
import dev.polyproc.v1.Ref;
import dev.polyproc.v1.Value;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A job of a pool: its tasks, as long as they have no result, and their results, until somebody
 * takes them.
 *
 * <p><b>Invariants</b>
 *
 * <ul>
 *   <li>Every task that was submitted is open, or has had exactly one result.
 *   <li>Nobody waits for results while there are some, nor while none can come.
 * </ul>
 */
final class Job extends ManagedObject {
  static final Kind<Job> KIND = new Kind<>(ObjectKind.OBJECT_KIND_JOB, Job.class);

  /** Of a job that is ended in pieces, so many tasks are in one go. */
  private static final int PIECE = 16;

  private final Ref poolRef;
  private @Nullable Pool pool;
  private final TreeMap<Long, Task> open = new TreeMap<>();
  private final Results results;
  private final Waiters<Collector> collectors = new Waiters<>(this);
  private final Waiters<Submitter> submitters = new Waiters<>(this);
  private long last;
  private final TreeMap<Long, Task> running = new TreeMap<>();
  private long succeeded;
  private long failed;

  /** The last of the tasks that are being cancelled, in pieces; 0: none are. */
  private long cancelledThrough;

  private @Nullable Timer nextPiece;

  private Job(Header header, Ref poolRef, @Nullable Pool pool) {
    super(header);
    this.poolRef = poolRef;
    this.pool = pool;
    this.results = new Results(world());
    if (pool != null) {
      pool.add(this);
    }
  }

  Job(Header header, Pool pool) {
    this(header, pool.ref(), pool);
  }

  /**
   * Its pool was made before, and so is restored before, unless it is deleted: then it comes later,
   * if it has tasks of the job to end.
   */
  static Job restored(Header header, JobState state, Pools pools, Restored restored) {
    Ref ref = state.getPool();
    ManagedObject there = header.world().objects().existingStill(ref.getName());
    Pool pool =
        there instanceof Pool found && found.number() == ref.getIncarnation() ? found : null;
    Job job = new Job(header, ref, pool);
    job.restore(state, pools, restored);
    if (pool == null) {
      pools.awaitsPool(ref.getIncarnation(), job);
    }
    return job;
  }

  /** Its pool is deleted, was restored after it, and ends the tasks that wait. */
  void restored(Pool deleted) {
    if (!isDeleted()) {
      pool = deleted;
      deleted.add(this);
      open.values().forEach(deleted::waits);
    }
  }

  private void restore(JobState state, Pools pools, Restored restored) {
    last = state.getLast();
    succeeded = state.getSucceeded();
    failed = state.getFailed();
    if (state.hasCancelling()) {
      JobCancellingState saved = state.getCancelling();
      cancelledThrough = saved.getThrough();
      goOnCancelling(saved.getDue(), saved.getOrder());
    }
    for (PoolTaskState saved : state.getTasksList()) {
      Task task = Task.restored(this, saved);
      open.put(task.number(), task);
      world().budget().chargeAlways(task.cost());
      if (pool != null) {
        pool.restore(task, saved, restored);
      } else {
        waits(task);
      }
    }
    state.getResultsList().forEach(saved -> results.add(Results.restored(saved, pools)));
  }

  // Tasks.

  /** The name of its pool, also where that is gone. */
  String poolName() {
    return poolRef.getName();
  }

  /** Its pool, of one that takes tasks. */
  @Nullable Pool pool() {
    return pool;
  }

  /** Whether its tasks are handed out. */
  boolean handsOut() {
    return cancelledThrough == 0 && !isDeleted();
  }

  /** A task waits: its time to live runs. */
  void waits(Task task) {
    task.due(task.expires(), () -> expire(task));
  }

  private void expire(Task task) {
    if (!isDeleted()) {
      endNow(
          task,
          PoolOutcome.POOL_OUTCOME_EXPIRED,
          PoolFailure.newBuilder().setMessage("its time to live was over").build());
      settle();
    } else {
      leaveAndDiscard(task);
    }
  }

  /** Whoever waits for a result, or for its room, goes on. */
  private void settle() {
    world()
        .together(
            () -> {
              world().advance(this);
              if (pool != null) {
                world().advance(pool);
              }
            });
  }

  /** Adds tasks, which are charged and counted already; answers the number of the first. */
  long add(List<PoolTask> tasks, Consumer<Task> each) {
    long first = last + 1;
    for (PoolTask terms : tasks) {
      Task task = Task.submitted(this, ++last, terms);
      open.put(task.number(), task);
      each.accept(task);
    }
    return first;
  }

  /** One of its tasks is run from now on, or is not any more. */
  void runs(Task task, boolean runs) {
    if (runs) {
      running.put(task.number(), task);
    } else {
      running.remove(task.number());
    }
  }

  /** Those that are run now. */
  List<Task> running() {
    return new ArrayList<>(running.values());
  }

  /** How many wait. */
  int waitingTasks() {
    return open.size() - running.size();
  }

  /** The open task behind a number that is next; null: there is none. */
  @Nullable Task openAfter(long number) {
    Map.Entry<Long, Task> next = open.higherEntry(number);
    return next == null ? null : next.getValue();
  }

  /** The open task of a number; null where it has its result, or never was. */
  @Nullable Task find(long number) {
    return open.get(number);
  }

  /** A task has its result, and is run no more; it waits nowhere. */
  void finish(Task task, PoolResult.Builder result) {
    discard(task);
    PoolResult made =
        result
            .setTask(task.number())
            .setAttempts(task.attempts())
            .setPlace(world().clock().nextNumber())
            .build();
    boolean hasSucceeded = made.getOutcome() == PoolOutcome.POOL_OUTCOME_SUCCEEDED;
    if (hasSucceeded) {
      succeeded++;
    } else {
      failed++;
    }
    if (pool != null) {
      pool.totals().ended(hasSucceeded);
    }
    results.add(made);
    Results.values(made).forEach(world().references()::add);
  }

  /** A task is not here any more. */
  void discard(Task task) {
    if (open.remove(task.number(), task)) {
      task.stop();
      world().budget().release(task.cost());
      task.forEachValue(world().references()::remove);
    }
  }

  void removeReferences(List<PoolTask> tasks) {
    tasks.stream()
        .filter(task -> task.getCall().hasPayload())
        .forEach(task -> world().references().remove(task.getCall().getPayload()));
  }

  void addReferences(List<PoolTask> tasks) {
    tasks.stream()
        .filter(task -> task.getCall().hasPayload())
        .forEach(task -> world().references().add(task.getCall().getPayload()));
  }

  // Its end without being run.

  /** All tasks that wait are cancelled: at once where they are few, else in pieces. */
  void cancelWaiting() {
    if (open.isEmpty()) {
      return;
    }
    cancelledThrough = last;
    if (pool != null) {
      pool.line().changed(this);
    }
    if (nextPiece == null) {
      cancelSome();
    }
  }

  private void cancelSome() {
    nextPiece = null;
    List<Task> some = new ArrayList<>(PIECE);
    for (Task task : open.headMap(cancelledThrough, true).values()) {
      if (some.size() == PIECE) {
        break;
      }
      if (task.run() == null) {
        some.add(task);
      }
    }
    world().turn().spend(some.size());
    some.forEach(this::cancelNow);
    if (some.size() == PIECE) {
      goOnCancelling(world().clock().now(), world().clock().nextNumber());
    } else {
      cancelledThrough = 0;
      if (pool != null) {
        pool.line().changed(this);
      }
    }
    settle();
  }

  private void goOnCancelling(long due, long order) {
    nextPiece = world().timers().at(due, order, this::cancelSome);
  }

  /** The pool ends a task that waits; one that is cancelled with others is that. */
  void endUnrun(Task task, PoolOutcome as, PoolFailure why) {
    if (task.number() <= cancelledThrough) {
      cancelNow(task);
    } else {
      endNow(task, as, why);
    }
  }

  private void cancelNow(Task task) {
    endNow(task, PoolOutcome.POOL_OUTCOME_CANCELLED, Cancelling.CANCELLED);
  }

  /** A task that waits has a result without being run. */
  void endNow(Task task, PoolOutcome as, PoolFailure why) {
    if (pool != null) {
      pool.line().remove(task);
    }
    finish(task, result(as, why));
  }

  static PoolResult.Builder result(PoolOutcome outcome, PoolFailure failure) {
    return PoolResult.newBuilder().setOutcome(outcome).setFailure(failure);
  }

  /** A result that is no fault of the task. */
  static PoolResult.Builder failure(PoolOutcome as, String why) {
    return PoolResult.newBuilder()
        .setOutcome(as)
        .setFailure(PoolFailure.newBuilder().setMessage(why));
  }

  // Results.

  private long firstOpen() {
    return open.isEmpty() ? Long.MAX_VALUE : open.firstKey();
  }

  /** Answers results, now or when there are some. */
  Answer collect(Invocation call, Collector.Terms terms, long timeout) {
    return canCollect(terms)
        ? collected(call, terms)
        : world().waiting().park(new Collector(call, terms), timeout, collectors);
  }

  private boolean canCollect(Collector.Terms terms) {
    return open.isEmpty() || results.meant(terms, firstOpen()).hasNext();
  }

  private Answer collected(Invocation call, Collector.Terms terms) {
    PoolResultsResponse.Builder response = PoolResultsResponse.newBuilder();
    ReplyRoom room = new ReplyRoom(call, world().limits());
    List<PoolResult> found = new ArrayList<>();
    Iterator<PoolResult> meant = results.meant(terms, firstOpen());
    boolean hasMore = meant.hasNext();
    while (hasMore && found.size() < terms.max()) {
      PoolResult next = meant.next();
      if (!room.take(next.getSerializedSize())) {
        break;
      }
      found.add(next);
      hasMore = meant.hasNext();
    }
    world().turn().stepped(4L * found.size());
    response.addAllResults(found).setFinished(open.isEmpty() && !hasMore);
    if (!terms.take() || found.isEmpty()) {
      return Answer.of(response.build());
    }
    found.forEach(this::taken);
    return Answer.of(response.build(), new UnconfirmedResults(this, found));
  }

  private void taken(PoolResult result) {
    results.remove(result);
    Results.values(result).forEach(world().references()::remove);
  }

  /** Results come back whose reply nobody has. */
  void takeBack(List<PoolResult> taken) {
    if (isDeleted()) {
      return;
    }
    for (PoolResult result : taken) {
      results.add(result);
      Results.values(result).forEach(world().references()::add);
    }
    world().advance(this);
  }

  // The object.

  PoolGetJobResponse describe() {
    return PoolGetJobResponse.newBuilder()
        .setPool(poolRef.getName())
        .setSubmitted(last)
        .setWaiting(waitingTasks())
        .setRunning(running.size())
        .setResults(results.size())
        .setSucceeded(succeeded)
        .setFailed(failed)
        .setWaitingResults(collectors.size())
        .build();
  }

  @Override
  public void advance() {
    for (Collector next = collectors.oldest();
        next != null && canCollect(next.terms());
        next = collectors.oldest()) {
      serve(next);
    }
    // Of those behind one that waits for an order, others may go on.
    for (Collector next : collectors.all()) {
      if (canCollect(next.terms())) {
        serve(next);
      }
    }
  }

  private void serve(Collector collector) {
    try {
      collector.answer(collected(collector.call(), collector.terms()));
    } catch (Refusal tooLarge) {
      collector.answer(Answer.of(tooLarge));
    }
  }

  @Override
  protected void deleted() {
    leave();
    // What runs is few, beside what waits.
    List<Task> orphans = running();
    world().turn().worked(orphans.size());
    running.clear();
    for (Task task : orphans) {
      open.remove(task.number());
      world().budget().release(task.cost());
      task.forEachValue(world().references()::remove);
      task.orphan();
    }
    if (pool != null) {
      pool.cancelling().cancelRunning(orphans);
    }
  }

  @Override
  protected void restoredDeleted() {
    leave();
  }

  private void leave() {
    world().timers().cancel(nextPiece);
    nextPiece = null;
    cancelledThrough = 0;
    if (pool != null) {
      pool.line().changed(this);
      pool.remove(this);
    }
  }

  @Override
  protected boolean giveBackSome() {
    PoolResult result = results.first();
    if (result != null) {
      taken(result);
      return true;
    }
    Map.Entry<Long, Task> task = open.firstEntry();
    if (task == null) {
      return false;
    }
    leaveAndDiscard(task.getValue());
    return true;
  }

  private void leaveAndDiscard(Task task) {
    if (pool != null) {
      pool.line().remove(task);
      world().advance(pool);
    }
    discard(task);
  }

  @Override
  protected void forEachValue(Consumer<Value> action) {
    open.values().forEach(task -> task.forEachValue(action));
    results.forEachValue(action);
  }

  @Override
  public List<Waiters<?>> lines() {
    return List.of(collectors, submitters);
  }

  Waiters<Submitter> submitters() {
    return submitters;
  }

  @Override
  protected Shape shape() {
    return shape(poolRef.getName());
  }

  /** What a CreateJob asks for. */
  static Shape shape(String pool) {
    return Shape.PLAIN.with("pool", pool);
  }

  @Override
  protected String summary() {
    return waitingTasks()
        + " tasks wait, "
        + running.size()
        + " run, "
        + results.size()
        + " results of '"
        + poolRef.getName()
        + "'";
  }

  @Override
  protected Figures figures() {
    return Figures.NONE.with("submitted", last).with("succeeded", succeeded).with("failed", failed);
  }

  @Override
  protected void save(ObjectState.Builder object) {
    JobState.Builder state =
        JobState.newBuilder()
            .setPool(poolRef)
            .setLast(last)
            .setSucceeded(succeeded)
            .setFailed(failed)
            .addAllResults(results.all());
    open.values().forEach(task -> state.addTasks(task.save()));
    if (nextPiece != null) {
      state.setCancelling(
          JobCancellingState.newBuilder()
              .setThrough(cancelledThrough)
              .setDue(nextPiece.deadline())
              .setOrder(nextPiece.number()));
    }
    object.setJob(state);
  }

  @Override
  public Undo restoreUndo(UndoState state) {
    return new UnconfirmedResults(this, state.getResultsList());
  }

  @Override
  protected void check() {
    int counted = 0;
    for (Task task : open.values()) {
      counted += task.run() == null ? 0 : 1;
    }
    World.require(counted == running.size(), "a job knows how many of its tasks run");
    World.require(
        (cancelledThrough == 0) == (nextPiece == null), "what is cancelled in pieces goes on");
    for (Map.Entry<Long, Task> entry : open.entrySet()) {
      World.require(entry.getKey() == entry.getValue().number(), "a task is found by its number");
    }
    World.require(
        succeeded + failed + open.size() == last, "every task is open, or has had one result");
    Collector waiting = collectors.oldest();
    World.require(
        waiting == null || !canCollect(waiting.terms()) || world().isAwaited(this),
        "nobody waits for results while there are some");
  }
}
