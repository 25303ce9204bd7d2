package dev.polyproc.server.engine.pool;

import dev.polyproc.internal.v1.PoolWorkerState;
import dev.polyproc.internal.v1.ProcessExited;
import dev.polyproc.server.engine.call.Caller;
import dev.polyproc.server.engine.call.Holding;
import dev.polyproc.server.engine.object.Restored;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.time.Times;
import dev.polyproc.v1.Party;
import dev.polyproc.v1.PoolWorker;
import dev.polyproc.v1.PoolWorkerEnd;
import dev.polyproc.v1.Ref;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Who takes tasks of a pool: a session, a process that the daemon started and that opens one, or
 * both. It is known until both have ended and it runs nothing.
 */
final class Worker implements Holding {
  /** What it takes out of the budget. */
  static final long BYTES = 700;

  /** What a run takes of whose end it has not heard. */
  private static final long OVER_BYTES = 64;

  private final Pool pool;
  private final World world;
  private final long number;
  private final long since;
  private final Set<Beat> beats = new LinkedHashSet<>(0);
  private final TreeMap<Long, Run> runs = new TreeMap<>();

  /** Its runs that were over by no word of its own, as far as it has not heard of them. */
  private final TreeSet<Long> over = new TreeSet<>();

  private @Nullable Caller session;
  private @Nullable WorkerProcess process;
  private boolean left;
  private boolean ready;
  private boolean retiring;
  private boolean judged;
  private boolean blamed;
  private long taken;
  private boolean alone;

  Worker(Pool pool) {
    this(pool, pool.world().clock().nextNumber(), pool.world().clock().now());
  }

  private Worker(Pool pool, long number, long since) {
    this.pool = pool;
    this.world = pool.world();
    this.number = number;
    this.since = since;
    world.budget().chargeAlways(BYTES);
  }

  static Worker restored(Pool pool, PoolWorkerState saved, Restored restored) {
    Worker worker = new Worker(pool, saved.getOrder(), saved.getSince());
    if (saved.hasProcess()) {
      worker.runsAs(saved.getProcess()).restore(saved);
    }
    Caller caller = restored.session(saved.getSession());
    if (caller != null) {
      worker.adopt(caller);
    }
    worker.left = saved.getLeft();
    worker.ready = saved.getReady();
    worker.retiring = saved.getRetiring();
    worker.judged = saved.getJudged();
    worker.blamed = saved.getBlamed();
    worker.taken = saved.getTaken();
    saved.getOverList().forEach(worker::addOver);
    return worker;
  }

  PoolWorkerState save() {
    PoolWorkerState.Builder saved =
        PoolWorkerState.newBuilder()
            .setOrder(number)
            .setSession(session == null ? 0 : session.number())
            .setSince(since)
            .setReady(ready)
            .setRetiring(retiring)
            .setTaken(taken)
            .setLeft(left)
            .setJudged(judged)
            .setBlamed(blamed)
            .addAllOver(over);
    if (process != null) {
      process.save(saved);
    }
    return saved.build();
  }

  /** The daemon has started it, as a process. */
  WorkerProcess runsAs(Ref ref) {
    WorkerProcess started = new WorkerProcess(this, pool.pools(), world, ref);
    process = started;
    return started;
  }

  /** A session is this worker's from now on. */
  void adopt(Caller caller) {
    session = caller;
    caller.hold(this);
  }

  /** It is not known any more. */
  void end() {
    world.budget().release(BYTES);
    takeOver();
    if (session != null) {
      session.letGo(this);
    }
    if (process != null) {
      process.drop();
    }
  }

  @Override
  public long number() {
    return number;
  }

  @Override
  public void sessionEnded() {
    Caller ended = session;
    session = null;
    left = true;
    retiring = true;
    takeOver();
    if (ended != null) {
      pool.workers().leaves(this, ended);
    }
    if (!runs.isEmpty()) {
      pool.totals().workerLost();
    }
    leaveIfDone();
    settle();
  }

  /** Its process has ended. */
  void processEnded(ProcessExited how) {
    if (process != null) {
      process.ended(how);
      pool.workers().processEnded(this);
    }
    retiring = true;
    pool.handingOut().tellToRetire(this); // Its session may live on, in a child of the process.
    pool.keeper().ended(this);
    settle();
  }

  /** Whoever waits for its end goes on. */
  private void settle() {
    forgetIfGone();
    world.advance(pool);
  }

  /** It is forgotten where nothing of it is left. */
  private void forgetIfGone() {
    boolean livesOn = process != null && process.end() == null;
    if (!livesOn && session == null && runs.isEmpty()) {
      pool.workers().remove(this);
    }
  }

  /** Its process could not be started. */
  void notStarted(String reason) {
    pool.keeper().notStarted(this, reason);
    processEnded(ProcessExited.getDefaultInstance());
  }

  void startTookTooLong() {
    pool.keeper().startTookTooLong(this);
  }

  void idledTooLong() {
    pool.retire(this);
  }

  /** Its session; null where it has none yet, or that has ended. */
  @Nullable Caller session() {
    return session;
  }

  /** Its process; null where the daemon did not start it. */
  @Nullable WorkerProcess process() {
    return process;
  }

  /** What is known of how it ended; null where the daemon did not start it. */
  @Nullable PoolWorkerEnd knownEnd() {
    return process == null ? null : process.known();
  }

  /** Since when it is there. */
  long since() {
    return since;
  }

  /** Whether it waits for a session that shows its credential. */
  boolean awaitsSession() {
    return session == null && !left;
  }

  boolean isReady() {
    return ready;
  }

  /** It asks for tasks. */
  void ready() {
    if (!ready) {
      ready = true;
      if (process != null) {
        process.ready();
        idles();
      }
    }
  }

  /** Whether it gets no more tasks. */
  boolean isRetiring() {
    return retiring;
  }

  /** It gets no more tasks, and is to end when it has done those that it runs. */
  void retire() {
    retiring = true;
    leaveIfDone();
  }

  private void leaveIfDone() {
    if (process != null && retiring && runs.isEmpty()) {
      process.leave(pool.createdAs().grace());
    }
  }

  /** Whether it is known if its start has failed, so that its end says nothing of that. */
  boolean isJudged() {
    return judged;
  }

  void judge() {
    judged = true;
  }

  /** The pool ends it for a task that it runs: others are not to suffer for that. */
  void blame() {
    if (process != null) {
      blamed = true;
      retiring = true;
      process.terminate();
    }
  }

  boolean isBlamed() {
    return blamed;
  }

  /** How many tasks it was given so far. */
  long taken() {
    return taken;
  }

  int running() {
    return runs.size();
  }

  /** What it runs, the oldest first. */
  Collection<Run> runs() {
    return runs.values();
  }

  /** Whether it runs a task that is to be run alone. */
  boolean runsAlone() {
    return alone;
  }

  /** It runs a task more; {@code isNew}: it was given it now. */
  void began(Run run, boolean isNew) {
    runs.put(run.number(), run);
    alone |= run.isAlone();
    if (isNew) {
      taken++;
      if (process != null) {
        process.works();
      }
    }
  }

  /** It runs a task less; {@code counts}: it had begun with it. */
  void ended(Run run, boolean counts) {
    runs.remove(run.number());
    taken -= counts ? 0 : 1;
    if (runs.isEmpty()) {
      alone = false;
      leaveIfDone();
      idles();
      forgetIfGone();
    }
  }

  private void idles() {
    if (process != null && runs.isEmpty()) {
      process.idles(pool.createdAs().idleTime());
    }
  }

  /** A run was over by no word of its own. Of very many it hears of the last ones. */
  void isOver(Run run) {
    if (over.size() >= world.limits().getPageSize()) {
      forgetOver(over.first());
    }
    addOver(run.number());
  }

  private void addOver(long run) {
    over.add(run);
    world.budget().chargeAlways(OVER_BYTES);
  }

  private void forgetOver(long run) {
    over.remove(run);
    world.budget().release(OVER_BYTES);
  }

  /** Those runs of whose end it hears now. */
  List<Long> takeOver() {
    List<Long> told = new ArrayList<>(over);
    told.forEach(this::forgetOver);
    return told;
  }

  /** It is told that a run is over, as it says what came of it. */
  void knowsOver(long run) {
    if (over.contains(run)) {
      forgetOver(run);
    }
  }

  /** The Heartbeats that wait until any of its runs is cancelled, now. */
  List<Beat> beats() {
    return List.copyOf(beats);
  }

  void add(Beat beat) {
    beats.add(beat);
  }

  void remove(Beat beat) {
    beats.remove(beat);
  }

  PoolWorker describe() {
    PoolWorker.Builder described =
        PoolWorker.newBuilder()
            .setReady(ready)
            .setRetiring(retiring)
            .setRunning(runs.size())
            .setTaken(taken)
            .setSince(Times.timestamp(since));
    if (session != null) {
      Party.Builder party = Party.newBuilder();
      session.introduce(party);
      described.setParty(party);
    }
    if (process != null) {
      described.setProcess(process.ref());
    }
    return described.build();
  }
}
