package dev.polyproc.server.engine.pool;

import dev.polyproc.internal.v1.ObjectState;
import dev.polyproc.internal.v1.Origin;
import dev.polyproc.internal.v1.PoolState;
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
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Holder;
import dev.polyproc.v1.ObjectKind;
import dev.polyproc.v1.PoolCall;
import dev.polyproc.v1.PoolFailure;
import dev.polyproc.v1.PoolGetResponse;
import dev.polyproc.v1.PoolOutcome;
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

  private static final PoolFailure SHUT_DOWN = sentence("the pool was shut down");
  private static final PoolFailure DELETED = sentence("its pool was deleted");

  /** What it takes beside what every object does: its tables and lines, while they are empty. */
  private static final long BYTES = 800;

  private final Pools pools;
  private final PoolShape shape;
  private final TaskLine line;
  private final Workers workers;
  private final TreeMap<Long, Job> jobs = new TreeMap<>();
  private final Entrance entrance = new Entrance(this);
  private final HandingOut handingOut = new HandingOut(this);
  private final Runs runs = new Runs(this);
  private final Cancelling cancelling = new Cancelling(this);
  private final Ending ending = new Ending(this);
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
    pool.handingOut.clearing().restore(state);
    pool.ending.restore(state);
    pools.awaiting(header.ref().getIncarnation()).forEach(job -> job.restored(pool));
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

  TaskLine line() {
    return line;
  }

  Entrance entrance() {
    return entrance;
  }

  HandingOut handingOut() {
    return handingOut;
  }

  Runs runs() {
    return runs;
  }

  Cancelling cancelling() {
    return cancelling;
  }

  Totals totals() {
    return totals;
  }

  // Its jobs.

  void add(Job job) {
    jobs.put(job.number(), job);
  }

  void remove(Job job) {
    jobs.remove(job.number());
  }

  /** The job of a number, or the next one; null: there is none. */
  @Nullable Job jobFrom(long number) {
    Map.Entry<Long, Job> next = jobs.ceilingEntry(number);
    return next == null ? null : next.getValue();
  }

  // Its tasks.

  void requireOpen() {
    Refusal shut = shut();
    if (shut != null) {
      throw shut;
    }
  }

  /** Why it takes no tasks; null: it does. */
  @Nullable Refusal shut() {
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

  /** A task waits, at its place. */
  void waits(Task task) {
    task.waits(shape.attempts());
    line.add(task);
    task.job().waits(task);
  }

  /** A task that was saved: it waits, or is run. */
  void restore(Task task, PoolTaskState saved, Restored restored) {
    if (saved.hasRun()) {
      runs.restore(task, saved, restored);
    } else {
      waits(task);
    }
  }

  /** A task has its result, or waits again: whoever waits for that, or for its room, goes on. */
  void settle(Task task) {
    world()
        .together(
            () -> {
              if (!task.isOrphan()) {
                world().advance(task.job());
              }
              world().advance(this);
            });
  }

  /** Whether those that wait are being ended, and not handed out. */
  boolean isEnding() {
    return ending.isUnderWay();
  }

  /** Whether no task will ever come. */
  boolean isOver() {
    return keeper.broken() != null || (closed && isIdle());
  }

  // Workers.

  /** A worker gets no more tasks, and hears of it. */
  void retire(Worker worker) {
    markRetiring(worker);
    handingOut.tellToRetire(worker);
    world().advance(this);
  }

  /** A worker gets no more tasks; it is told with others. */
  static void markRetiring(Worker worker) {
    if (worker.isReady()) {
      worker.judge(); // That it ends early is not its fault.
    }
    worker.retire();
  }

  /** Those that are there get no more tasks; answers how many. */
  int quiet() {
    List<Worker> told = new ArrayList<>();
    for (Worker worker : workers.all()) {
      if (!worker.isRetiring()) {
        told.add(worker);
      }
    }
    world()
        .together(
            () -> {
              told.forEach(Pool::markRetiring);
              handingOut.tellAllToRetire();
              world().advance(this);
            });
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

  void resize(int number) {
    keeper.resize(number);
    world().advance(this);
  }

  /** Its workers cannot be started: no task is run any more. */
  void broke(PoolFailure why) {
    entrance.close();
    ending.begin(PoolOutcome.POOL_OUTCOME_POOL_ENDED, why);
    world().advance(this);
  }

  // The pool as a whole.

  boolean isPaused() {
    return paused;
  }

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
              entrance.close();
              if (atOnce) {
                ending.begin(PoolOutcome.POOL_OUTCOME_CANCELLED, SHUT_DOWN);
                cancelling.cancelRunning(runs.all().stream().map(Run::task).toList());
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
    return toDo() == 0;
  }

  private boolean isJoined() {
    return isIdle() && (!closed || workers.processes() == 0);
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
            .setWaitingTakes(handingOut.line().size())
            .setWaitingSubmits(entrance.line().size())
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
        response::addPresentWorkers);
    return response.build();
  }

  @Override
  public void advance() {
    handingOut.serve();
    while (entrance.letInOne()) {
      handingOut.serve();
    }
    if (isOver()) {
      handingOut.end();
    }
    keeper.keepUp();
    if (isJoined()) {
      joiners.drain(joiner -> joiner.answer(Joiner.joined(true)));
    }
  }

  // The object.

  @Override
  protected void deleted() {
    // What runs is few, beside what waits.
    world().turn().worked(runs.size());
    ending.stop();
    world()
        .together(
            () -> {
              for (Run run : runs.all()) {
                Task task = runs.end(run, true);
                Runs.finish(task, Job.result(PoolOutcome.POOL_OUTCOME_POOL_ENDED, DELETED));
                if (!task.isOrphan()) {
                  world().advance(task.job());
                }
              }
              ending.begin(PoolOutcome.POOL_OUTCOME_POOL_ENDED, DELETED);
            });
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

  @Override
  protected boolean giveBackSome() {
    return ending.endNext();
  }

  private void leave() {
    keeper.stop();
    handingOut.clearing().stop();
    workers.removeAll();
    world().budget().release(shape.bytes());
  }

  @Override
  protected void forEachValue(Consumer<Value> action) {
    if (!isDeleted()) {
      initializer(action);
    }
    entrance
        .line()
        .forEach(
            submitter ->
                submitter.tasks().stream()
                    .filter(task -> task.getCall().hasPayload())
                    .forEach(task -> action.accept(task.getCall().getPayload())));
  }

  @Override
  protected long furtherBytes() {
    return BYTES;
  }

  @Override
  public List<Waiters<?>> lines() {
    return List.of(handingOut.line(), entrance.line(), cancelling.line(), joiners);
  }

  @Override
  public List<Holder> holders(int max) {
    return runs.all().stream().filter(run -> !run.isOver()).limit(max).map(Run::describe).toList();
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
    handingOut.clearing().save(state);
    ending.save(state);
    keeper.save(state);
    for (Run run : runs.all()) {
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
        state.getReservationsList().stream().map(runs::numbered).filter(Objects::nonNull).toList());
  }

  @Override
  protected void check() {
    line.check();
    runs.check();
    boolean awaited = world().isAwaited(this);
    World.require(
        awaited || handingOut.servable() == null,
        "nobody waits while there is a task that he may run");
    World.require(
        awaited || handingOut.holdable() == null,
        "a worker is held where a task waits to be run alone");
    World.require(!handingOut.keepsRetiring(), "no Take of a worker waits that is to retire");
    entrance.check(awaited);
    World.require(
        awaited || joiners.isEmpty() || !isJoined(), "nobody waits while nothing is left to do");
    for (Worker worker : workers.all()) {
      WorkerProcess process = worker.process();
      World.require(
          (process != null && process.end() == null) == workers.withProcess().contains(worker),
          "workers whose processes live are known");
    }
  }
}
