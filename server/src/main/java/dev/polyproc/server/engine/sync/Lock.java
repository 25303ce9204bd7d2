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
import dev.polyproc.server.engine.object.Restored;
import dev.polyproc.server.engine.object.Shape;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Holder;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.LockAcquireResponse;
import dev.polyproc.v1.LockGetResponse;
import dev.polyproc.v1.LockKind;
import dev.polyproc.v1.ObjectKind;
import dev.polyproc.v1.OnOwnerEnd;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A lock: who holds it, and who waits for it.
 *
 * <p><b>Invariants</b>
 *
 * <ul>
 *   <li>Nobody waits while it is free, but who waits for other locks too and those behind; and
 *       nobody while it is broken.
 *   <li>The owner of a reentrant lock waits for it only together with others that are not free.
 *   <li>One that lives while it is used is held, waited for, or has something to tell.
 * </ul>
 */
final class Lock extends Held {
  static final Kind<Lock> KIND = new Kind<>(ObjectKind.OBJECT_KIND_LOCK, Lock.class, true);

  private final LockKind kind;
  private final Waiters<Acquirer> line;
  private final Conditions conditions = new Conditions(this);
  private @Nullable Hold hold;
  private boolean previousOwnerDied;

  /** Whether a writer of what it guards died, of which its next holder is told, too. */
  private boolean writerDied;

  private boolean broken;

  Lock(Header header, LockKind kind, OnOwnerEnd onOwnerEnd) {
    super(header, onOwnerEnd);
    this.kind = kind;
    this.line = new Waiters<>(this, isReentrant());
  }

  static Lock restored(Header header, LockState state, Restored restored) {
    Lock lock = new Lock(header, state.getKind(), state.getOnOwnerEnd());
    lock.previousOwnerDied = state.getPreviousOwnerDied();
    lock.writerDied = state.getWriterDied();
    lock.broken = state.getBroken();
    if (state.hasHold()) {
      lock.begin(new Hold(lock, state.getHold(), restored));
    }
    return lock;
  }

  @Override
  protected Shape shape() {
    return shape(kind, onOwnerEnd());
  }

  /** What a Create asks for. */
  static Shape shape(LockKind kind, OnOwnerEnd onOwnerEnd) {
    return Shape.PLAIN
        .with("kind", kind, "LOCK_KIND_")
        .with("on_owner_end", onOwnerEnd, "ON_OWNER_END_");
  }

  boolean hasShape(LockKind otherKind, OnOwnerEnd otherEnd) {
    return kind == otherKind && onOwnerEnd() == otherEnd;
  }

  private boolean isReentrant() {
    return kind == LockKind.LOCK_KIND_REENTRANT;
  }

  // Acquiring.

  /** Acquires it for at most a time, now or when it is free. */
  Answer acquire(Invocation call, long lease, long timeout) {
    if (broken) {
      throw broken();
    }
    letGoOfEnded(call);
    if (isOwn(call)) {
      return grant(call, lease);
    }
    if (hold == null && line.isEmpty()) {
      world().budget().requireBeyond(Hold.footprint(call));
      return grant(call, lease);
    }
    return world().waiting().park(new SingleAcquirer(call, lease), timeout, line);
  }

  /** Whether the call is that of who holds it, and need not wait. */
  private boolean isOwn(Invocation call) {
    return isReentrant() && hold != null && hold.isOf(call.owner());
  }

  /**
   * An AcquireAll has come: what has ended ends now; answers whether the call could have it at
   * once.
   *
   * @throws Refusal where it is broken
   */
  boolean makeWayFor(Invocation call) {
    if (broken) {
      throw broken();
    }
    letGoOfEnded(call);
    return isOwn(call) || (hold == null && line.isEmpty());
  }

  /** The same, and it is not about to go. */
  boolean isThereFor(Acquirer waiter) {
    return isFreeFor(waiter) && !world().objects().isAboutToGo(this);
  }

  /** Whether one that waits could have it now: its owner has it, or it is free and its turn. */
  private boolean isFreeFor(Acquirer waiter) {
    return !broken && (isOwn(waiter.call()) || (hold == null && line.oldest() == waiter));
  }

  /** Where those stand that want it. */
  Waiters<Acquirer> line() {
    return line;
  }

  /**
   * Where the session of the holder has ended, and has not come to give this up among all that it
   * held: it does so now, for whoever would be the next to hold it.
   */
  private void letGoOfEnded(Invocation call) {
    Hold current = hold;
    Caller session = current == null ? null : current.session();
    if (current == null || session == null || !current.isOver()) {
      return;
    }
    if (onOwnerEnd() == OnOwnerEnd.ON_OWNER_END_BREAK) {
      throw broken();
    }
    if (line.isEmpty()) {
      world().budget().requireBeyond(Hold.footprint(call));
      session.letGo(current);
      current.sessionEnded();
    }
  }

  /** Whether it broke, or does in a later entry. */
  boolean isBroken() {
    return broken
        || (hold != null && hold.isOver() && onOwnerEnd() == OnOwnerEnd.ON_OWNER_END_BREAK);
  }

  /** It is free for the call, which has it from now on. */
  Answer grant(Invocation call, long lease) {
    LockAcquireResponse granted = take(call, lease, 1).describe();
    return Answer.of(granted, new Granted(this, granted.getToken()));
  }

  /** The same, so many times; whoever calls knows how to take it back. */
  Taken take(Invocation call, long lease, int times) {
    Hold current = hold;
    boolean died = current == null && (previousOwnerDied || writerDied);
    if (current == null) {
      current = new Hold(this, call, lease, world().clock().nextToken(), times);
      begin(current);
      previousOwnerDied = false;
      writerDied = false;
    } else {
      current.again(lease, times);
    }
    return new Taken(current, died);
  }

  /**
   * What somebody got who took it.
   *
   * @param died whether the last holder ended without releasing it
   */
  record Taken(Hold hold, boolean died) {
    LockAcquireResponse describe() {
      return LockAcquireResponse.newBuilder()
          .setAcquired(true)
          .setToken(hold.token())
          .setPreviousOwnerDied(died)
          .build();
    }
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
      throw notOwner();
    }
    if (current.isShownBy(call, token)) {
      current.known();
    }
    return less(current, 1, false);
  }

  /** The hold, which has a token; 0: any. */
  private Hold held(long token) {
    Hold current = hold;
    if (current == null || current.isOver()) {
      throw notHeld();
    }
    if (token != 0 && token != current.token()) {
      throw staleToken(token, "it is held under " + current.token());
    }
    return current;
  }

  /** The hold of who calls, or the one that the call names by its token. */
  Hold heldBy(Invocation call, long token) {
    Hold current = held(token);
    if (!current.isShownBy(call, token)) {
      throw refusal(
          ErrorReason.ERROR_REASON_NOT_OWNER,
          "Expected the owner of '"
              + name()
              + "' to use its condition, but somebody else did; call with the session and owner"
              + " that hold the lock, or with the token of the hold");
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

  /** A writer of what it guards died, and need not have held it: its next holder is told. */
  void noteWriterDied() {
    writerDied = true;
  }

  /** What it guards is new: of those who died before nobody need be told. */
  void forgetDeaths() {
    previousOwnerDied = false;
    forgetWriter();
  }

  /** What it guards is gone: of a writer that died nobody need be told. */
  void forgetWriter() {
    writerDied = false;
    world().advance(this);
  }

  private void end() {
    if (hold != null) {
      hold.end();
      hold = null;
    }
  }

  @Override
  void leaseEnded(Hold over) {
    free(true);
  }

  @Override
  void ownerEnded(Hold over) {
    switch (onOwnerEnd()) {
      case ON_OWNER_END_KEEP -> over.orphan();
      case ON_OWNER_END_BREAK -> {
        end();
        broken = true;
        Answer told = Answer.of(broken());
        line.drain(waiter -> waiter.answer(told));
        conditions.asleep().drain(waiter -> waiter.answer(told));
      }
      default -> free(true);
    }
  }

  @Override
  void takeBack(long token, int times) {
    if (hold != null && hold.token() == token) {
      less(hold, Math.min(times, hold.holds()), true);
    }
  }

  // Conditions.

  Conditions conditions() {
    return conditions;
  }

  Refusal tooManyConditions(int most) {
    return refusal(
            ErrorReason.ERROR_REASON_LIMIT_REACHED,
            "Expected '"
                + name()
                + "' to have at most "
                + most
                + " conditions, but there would be more; use those there are, or delete some")
        .with("limit", "conditions");
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
    if (isOwn(waiter.call())) {
      return waiter.serve(this);
    }
    line.join(waiter);
    return Answer.LATER;
  }

  // The object.

  @Override
  public void advance() {
    for (Acquirer next = line.oldest();
        next != null && isFreeFor(next) && next.isReady();
        next = line.oldest()) {
      next.answer(next.serve(this));
      serveOwner(next.call(), next.taken(this));
    }
    if (isAsNew()) {
      world().objects().delete(this);
    }
  }

  /**
   * Others of an owner that has taken locks would not have to wait if they came now: neither for
   * these, nor for those that it takes with them.
   */
  private static void serveOwner(Invocation owner, List<Lock> taken) {
    Set<Lock> left = new LinkedHashSet<>(taken);
    while (!left.isEmpty()) {
      Lock lock = left.iterator().next();
      left.remove(lock);
      for (Acquirer waiter :
          lock.isOwn(owner) ? lock.line.of(owner.owner()) : List.<Acquirer>of()) {
        if (lock.line.has(waiter) && waiter.isReady()) {
          waiter.answer(waiter.serve(lock));
          left.addAll(waiter.taken(lock));
          left.remove(lock);
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
        && !previousOwnerDied
        && !writerDied;
  }

  @Override
  public boolean isHeldUnder(long token) {
    return hasHold(token) && hold != null && hold.isLasting(world().clock().seen());
  }

  @Override
  public boolean hasHold(long token) {
    return hold != null && hold.token() == token;
  }

  /** The lock as a read sees it: a lease that has run out is over before an entry says so. */
  LockGetResponse describe(Invocation call) {
    LockGetResponse.Builder response = LockGetResponse.newBuilder().setBroken(isBroken());
    if (hold != null && hold.isLasting(world().clock().seen())) {
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

  /** Who sleeps at a condition waits for that, and not yet for the lock. */
  @Override
  public List<Waiters<?>> shownLines() {
    return List.of(line);
  }

  @Override
  protected String summary() {
    return isBroken() ? "broken" : hold == null || hold.isOver() ? "free" : "held";
  }

  @Override
  public List<Holder> holders(int max) {
    return hold == null || hold.isOver() ? List.of() : List.of(hold.describe());
  }

  @Override
  protected void save(ObjectState.Builder state) {
    LockState.Builder lock =
        LockState.newBuilder()
            .setKind(kind)
            .setOnOwnerEnd(onOwnerEnd())
            .setPreviousOwnerDied(previousOwnerDied)
            .setWriterDied(writerDied)
            .setBroken(broken);
    if (hold != null) {
      lock.setHold(hold.save());
    }
    state.setLock(lock);
  }

  @Override
  public Undo restoreUndo(UndoState state) {
    if (!state.hasWayBack()) {
      return super.restoreUndo(state);
    }
    WayBack way = WayBack.restored(this, state);
    if (hold != null && hasHold(state.getToken())) {
      hold.unconfirmed(way);
    }
    return way;
  }

  @Override
  protected void check() {
    Acquirer next = line.oldest();
    World.require(
        next == null || !isFreeFor(next) || !next.isReady() || isAwaitedFor(next),
        "nobody waits for a lock that is free, unless for others too");
    World.require(
        !isAsNew() || world().isAwaited(this),
        "a lock that lives while it is used is used, or has something to tell");
    World.require(!broken || (hold == null && line.isEmpty()), "a broken lock is nobody's");
    World.require(hold == null || hold.holds() > 0, "a held lock is held at least once");
    World.require(hold == null || !previousOwnerDied, "the holder was told how the last one ended");
    for (Acquirer waiter : line) {
      World.require(
          !isOwn(waiter.call()) || !waiter.isReady() || isAwaitedFor(waiter),
          "the owner of a lock waits for it only with others");
    }
  }

  /**
   * Whether one is served when all has come back to a lock of its from a session that has ended.
   */
  private boolean isAwaitedFor(Acquirer waiter) {
    return waiter.taken(this).stream().anyMatch(world()::isAwaited);
  }
}
