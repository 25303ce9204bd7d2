package dev.polyproc.server.engine.pool;

import dev.polyproc.internal.v1.PoolWorkerState;
import dev.polyproc.server.engine.call.Caller;
import dev.polyproc.server.engine.call.Holding;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.time.Times;
import dev.polyproc.v1.Party;
import dev.polyproc.v1.PoolWorker;

/** A session that takes tasks of a pool. */
final class Worker implements Holding {
  /** What it takes out of the budget. */
  private static final long BYTES = 320;

  private final Workers workers;
  private final World world;
  private final Caller session;
  private final long number;
  private final long since;
  private boolean ready;
  private boolean retiring;
  private long taken;
  private int running;

  Worker(Workers workers, World world, Caller session) {
    this.workers = workers;
    this.world = world;
    this.session = session;
    this.number = world.clock().nextNumber();
    this.since = world.clock().now();
  }

  Worker(Workers workers, World world, Caller session, PoolWorkerState saved) {
    this.workers = workers;
    this.world = world;
    this.session = session;
    this.number = saved.getOrder();
    this.since = saved.getSince();
    this.ready = saved.getReady();
    this.retiring = saved.getRetiring();
    this.taken = saved.getTaken();
  }

  PoolWorkerState save() {
    return PoolWorkerState.newBuilder()
        .setOrder(number)
        .setSession(session.number())
        .setSince(since)
        .setReady(ready)
        .setRetiring(retiring)
        .setTaken(taken)
        .build();
  }

  /** Is there from now on, as long as its session. */
  void start() {
    world.budget().chargeAlways(BYTES);
    session.hold(this);
  }

  /** Is not there any more. */
  void end() {
    world.budget().release(BYTES);
    session.letGo(this);
  }

  @Override
  public long number() {
    return number;
  }

  @Override
  public void sessionEnded() {
    workers.remove(this);
  }

  Caller session() {
    return session;
  }

  boolean isReady() {
    return ready;
  }

  /** It asks for tasks. */
  void ready() {
    ready = true;
  }

  /** Whether it gets no more tasks. */
  boolean isRetiring() {
    return retiring;
  }

  void retire() {
    retiring = true;
  }

  /** How many tasks it was given so far. */
  long taken() {
    return taken;
  }

  int running() {
    return running;
  }

  /** It runs a task more; {@code isNew}: it was given it now. */
  void began(boolean isNew) {
    running++;
    taken += isNew ? 1 : 0;
  }

  /** It runs a task less; {@code counts}: it had begun with it. */
  void ended(boolean counts) {
    running--;
    taken -= counts ? 0 : 1;
  }

  PoolWorker describe() {
    Party.Builder party = Party.newBuilder();
    session.introduce(party);
    return PoolWorker.newBuilder()
        .setParty(party)
        .setReady(ready)
        .setRetiring(retiring)
        .setRunning(running)
        .setTaken(taken)
        .setSince(Times.timestamp(since))
        .build();
  }
}
