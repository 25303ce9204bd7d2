package dev.polyproc.server.engine.sync;

import dev.polyproc.internal.v1.LockState;
import dev.polyproc.internal.v1.ObjectState;
import dev.polyproc.internal.v1.UndoState;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Caller;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.ReplyRoom;
import dev.polyproc.server.engine.call.Undo;
import dev.polyproc.server.engine.call.Waiters;
import dev.polyproc.server.engine.object.Guarding;
import dev.polyproc.server.engine.object.ManagedObject;
import dev.polyproc.server.engine.object.Restored;
import dev.polyproc.server.engine.object.Shape;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.v1.Holder;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.LockAcquireResponse;
import dev.polyproc.v1.LockGetResponse;
import dev.polyproc.v1.LockKind;
import dev.polyproc.v1.ObjectKind;
import dev.polyproc.v1.OnOwnerEnd;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A lock: who holds it, and who waits for it.
 *
 * <p><b>Invariants</b>
 *
 * <ul>
 *   <li>Nobody waits while it is free, nor while it is broken.
 *   <li>The owner of a reentrant lock does not wait for it.
 *   <li>One that lives while it is used is held, waited for, or has something to tell.
 * </ul>
 */
final class Lock extends ManagedObject implements Guarding {
  static final Kind<Lock> KIND = new Kind<>(ObjectKind.OBJECT_KIND_LOCK, Lock.class, true);

  private final LockKind kind;
  private final OnOwnerEnd onOwnerEnd;
  private final Waiters<Acquirer> line = new Waiters<>(this);
  private final Conditions conditions = new Conditions(this);
  private @Nullable Hold hold;
  private boolean previousOwnerDied;
  private boolean broken;

  Lock(Header header, LockKind kind, OnOwnerEnd onOwnerEnd) {
    super(header);
    this.kind = kind;
    this.onOwnerEnd = onOwnerEnd;
  }

  static Lock restored(Header header, LockState state, Restored restored) {
    Lock lock = new Lock(header, state.getKind(), state.getOnOwnerEnd());
    lock.previousOwnerDied = state.getPreviousOwnerDied();
    lock.broken = state.getBroken();
    if (state.hasHold()) {
      lock.begin(new Hold(lock, state.getHold(), restored));
    }
    return lock;
  }

  @Override
  protected Shape shape() {
    return shape(kind, onOwnerEnd);
  }

  /** What a Create asks for. */
  static Shape shape(LockKind kind, OnOwnerEnd onOwnerEnd) {
    return Shape.PLAIN
        .with("kind", kind, "LOCK_KIND_")
        .with("on_owner_end", onOwnerEnd, "ON_OWNER_END_");
  }

  boolean hasShape(LockKind otherKind, OnOwnerEnd otherEnd) {
    return kind == otherKind && onOwnerEnd == otherEnd;
  }

  private boolean isReentrant() {
    return kind == LockKind.LOCK_KIND_REENTRANT;
  }

  // Acquiring.

  /** Acquires it for at most a time, now or when it is free. */
  Answer acquire(Invocation call, long lease, long timeout) {
    if (broken) {
      throw LockRefusals.broken(name());
    }
    letGoOfEnded(call);
    Hold current = hold;
    if (current == null) {
      world().budget().requireBeyond(Hold.footprint(call));
      return acquired(grant(call, lease, 1), takePreviousOwnerDied());
    }
    if (isOfItsOwner(call)) {
      current.again(lease, 1);
      return acquired(current, false);
    }
    return world().waiting().park(new SingleAcquirer(call, lease), timeout, line);
  }

  /** Whether the call is that of who holds it, and need not wait. */
  private boolean isOfItsOwner(Invocation call) {
    return isReentrant() && hold != null && hold.isOf(call.owner());
  }

  /**
   * Where the session of the holder has ended, and has not come to give this up among all that it
   * held: it does so now, for whoever would be the next to hold it.
   */
  private void letGoOfEnded(Invocation call) {
    Hold current = hold;
    Caller session = current == null ? null : current.session();
    if (current == null || session == null || !isOver(current)) {
      return;
    }
    if (onOwnerEnd == OnOwnerEnd.ON_OWNER_END_BREAK) {
      throw LockRefusals.broken(name());
    }
    if (line.isEmpty()) {
      world().budget().requireBeyond(Hold.footprint(call));
      session.letGo(current);
      current.sessionEnded();
    }
  }

  /** Whether a hold ends in a later entry, as the session that has it has ended. */
  private boolean isOver(Hold held) {
    Caller session = held.session();
    return session != null && session.hasEnded() && onOwnerEnd != OnOwnerEnd.ON_OWNER_END_KEEP;
  }

  /** Whether it broke, or does in a later entry. */
  boolean isBroken() {
    return broken || (hold != null && isOver(hold) && onOwnerEnd == OnOwnerEnd.ON_OWNER_END_BREAK);
  }

  private Hold grant(Invocation call, long lease, int holds) {
    Hold granted = new Hold(this, call, lease, world().clock().nextToken(), holds);
    begin(granted);
    return granted;
  }

  /** Whether the next holder is told so, who is. */
  private boolean takePreviousOwnerDied() {
    boolean died = previousOwnerDied;
    previousOwnerDied = false;
    return died;
  }

  /** The answer to an Acquire. */
  Answer acquired(Hold granted, boolean died) {
    return Answer.of(
        LockAcquireResponse.newBuilder()
            .setAcquired(true)
            .setToken(granted.token())
            .setPreviousOwnerDied(died)
            .build(),
        new Granted(this, granted.token()));
  }

  private void begin(Hold granted) {
    hold = granted;
    granted.start();
  }

  // Releasing.

  /** Releases it once; answers how often the owner still holds it. */
  int release(Invocation call, long token) {
    Hold current = held(token);
    if (isReentrant() && !current.isReleasedBy(call, token)) {
      throw LockRefusals.notReleasedByOwner(name());
    }
    if (current.isShownBy(call, token)) {
      current.known();
    }
    return less(current, 1, false);
  }

  /** The hold, which has a token; 0: any. */
  private Hold held(long token) {
    Hold current = hold;
    if (current == null || isOver(current)) {
      throw LockRefusals.notHeld(name());
    }
    if (token != 0 && token != current.token()) {
      throw LockRefusals.stale(name(), token, current.token());
    }
    return current;
  }

  /** The hold of who calls, or the one that the call names by its token. */
  Hold heldBy(Invocation call, long token) {
    Hold current = held(token);
    if (!current.isShownBy(call, token)) {
      throw LockRefusals.notUsedByOwner(name());
    }
    return current;
  }

  private int less(Hold current, int times, boolean died) {
    current.less(times);
    if (current.holds() == 0) {
      free(died);
    }
    return current.holds();
  }

  private void free(boolean died) {
    end();
    previousOwnerDied = died;
    world().advance(this);
  }

  private void end() {
    if (hold != null) {
      hold.end();
      hold = null;
    }
  }

  /** The longest time of the hold is over. */
  void leaseEnded() {
    if (hold != null && isOver(hold)) {
      ownerEnded(); // Its session ended first.
    } else {
      free(true);
    }
  }

  /** The session of the hold ended. */
  void ownerEnded() {
    switch (onOwnerEnd) {
      case ON_OWNER_END_KEEP -> {
        if (hold != null) {
          hold.orphan();
        }
      }
      case ON_OWNER_END_BREAK -> {
        end();
        broken = true;
        Answer told = Answer.of(LockRefusals.broken(name()));
        line.drain(waiter -> waiter.answer(told));
        conditions.asleep().drain(waiter -> waiter.answer(told));
      }
      default -> free(true);
    }
  }

  /**
   * Takes acquisitions back that their client never confirmed, whatever the end of an owner does
   * otherwise. Whether the client knew of them is unknown, so the next holder is told to look.
   */
  void takeBack(long token, int holds) {
    if (hold != null && hold.token() == token) {
      less(hold, Math.min(holds, hold.holds()), true);
    }
  }

  // Conditions.

  Conditions conditions() {
    return conditions;
  }

  /** Where those stand that want it. */
  Waiters<Acquirer> line() {
    return line;
  }

  /** Gives it up, however often it is held: a wait at a condition has begun. */
  void giveUp(Hold held) {
    held.known();
    free(false);
  }

  /**
   * A waiter of a condition wants it back: it stands in line, unless its owner holds the lock.
   *
   * @return its answer, or {@link Answer#LATER}
   */
  Answer comeBack(ConditionWaiter waiter) {
    Hold current = hold;
    if (current != null && isOfItsOwner(waiter.call())) {
      return grantAgain(current, waiter);
    }
    line.join(waiter);
    return Answer.LATER;
  }

  private Answer grantAgain(Hold current, Acquirer waiter) {
    current.again(waiter.lease(), waiter.holds());
    return waiter.granted(this, current, false);
  }

  // The object.

  @Override
  public void advance() {
    Acquirer next = line.oldest();
    if (hold != null) {
      return;
    }
    if (next == null) {
      if (isAsNew()) {
        world().objects().delete(this);
      }
      return;
    }
    Hold current = grant(next.call(), next.lease(), next.holds());
    next.answer(next.granted(this, current, takePreviousOwnerDied()));
    Caller session = next.call().session();
    if (isReentrant() && session != null) {
      // Others of the same owner would not have to wait if they came now.
      for (Acquirer waiter : line.of(session)) {
        if (current.isOf(waiter.call().owner())) {
          waiter.answer(grantAgain(current, waiter));
        }
      }
    }
  }

  /** Whether it lives while it is used, nobody uses it, and it is as a new one would be. */
  private boolean isAsNew() {
    return lifetime() == Lifetime.LIFETIME_WHILE_USED
        && hold == null
        && line.isEmpty()
        && !broken
        && !previousOwnerDied;
  }

  @Override
  public boolean isHeldUnder(long token) {
    return hasHold(token) && hold != null && hold.isLive(world().clock().seen()) && !isOver(hold);
  }

  /** Whether a hold lasts, as far as entries know. */
  boolean hasHold(long token) {
    return hold != null && hold.token() == token;
  }

  /** The lock as a read sees it: a lease that has run out is over before an entry says so. */
  LockGetResponse describe(Invocation call) {
    LockGetResponse.Builder response = LockGetResponse.newBuilder().setBroken(isBroken());
    if (hold != null && hold.isLive(world().clock().seen()) && !isOver(hold)) {
      response
          .setHeld(true)
          .setHolder(hold.describe())
          .setToken(hold.token())
          .setHolds(hold.holds());
    }
    ReplyRoom room = new ReplyRoom(call, world().limits());
    room.take(response.buildPartial().getSerializedSize());
    room.fill(line.describe(world().limits().getPageSize()), response::addWaiters);
    return response.build();
  }

  @Override
  protected void deleted() {
    end();
    conditions.deleted();
  }

  @Override
  public List<Waiters<?>> lines() {
    return List.of(line, conditions.asleep());
  }

  @Override
  protected String summary() {
    return isBroken() ? "broken" : hold == null || isOver(hold) ? "free" : "held";
  }

  @Override
  public List<Holder> holders(int max) {
    return hold == null || isOver(hold) ? List.of() : List.of(hold.describe());
  }

  @Override
  protected void save(ObjectState.Builder state) {
    LockState.Builder lock =
        LockState.newBuilder()
            .setKind(kind)
            .setOnOwnerEnd(onOwnerEnd)
            .setPreviousOwnerDied(previousOwnerDied)
            .setBroken(broken);
    if (hold != null) {
      lock.setHold(hold.save());
    }
    state.setLock(lock);
  }

  @Override
  public Undo restoreUndo(UndoState state) {
    if (!state.hasWayBack()) {
      return new Granted(this, state.getToken());
    }
    WayBack way = WayBack.restored(this, state);
    if (hold != null && hasHold(state.getToken())) {
      hold.unconfirmed(way);
    }
    return way;
  }

  @Override
  protected void check() {
    World.require(hold != null || line.isEmpty(), "nobody waits for a lock that is free");
    World.require(
        !isAsNew(), "a lock that lives while it is used is used, or has something to tell");
    World.require(!broken || hold == null, "nobody holds a broken lock");
    World.require(hold == null || hold.holds() > 0, "a held lock is held at least once");
    World.require(hold == null || !previousOwnerDied, "the holder was told how the last one ended");
    for (Acquirer waiter : line) {
      World.require(
          !isReentrant() || (hold != null && !hold.isOf(waiter.call().owner())),
          "the owner of a lock does not wait for it");
    }
  }
}
