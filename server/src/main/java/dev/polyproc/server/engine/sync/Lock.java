package dev.polyproc.server.engine.sync;

import dev.polyproc.internal.v1.LockState;
import dev.polyproc.internal.v1.ObjectState;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Caller;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Owner;
import dev.polyproc.server.engine.call.ReplyRoom;
import dev.polyproc.server.engine.call.Waiters;
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
 *   <li>Nobody waits while it is free, but who waits for other locks too and those behind; and
 *       nobody while it is broken.
 *   <li>The owner of a reentrant lock does not wait for it.
 *   <li>One that lives while it is used is held, waited for, or has something to tell.
 * </ul>
 */
final class Lock extends Held {
  static final Kind<Lock> KIND = new Kind<>(ObjectKind.OBJECT_KIND_LOCK, Lock.class);

  private final LockKind kind;
  private final Waiters<Acquirer> line = new Waiters<>(this);
  private @Nullable Hold hold;
  private boolean previousOwnerDied;
  private boolean broken;

  Lock(Header header, LockKind kind, OnOwnerEnd onOwnerEnd) {
    super(header, onOwnerEnd);
    this.kind = kind;
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
    if (isReentrant() && hold != null && hold.isOf(call.owner())) {
      return grant(call, lease);
    }
    if (hold == null && line.isEmpty()) {
      world().budget().requireBeyond(Hold.footprint(call));
      return grant(call, lease);
    }
    return world().waiting().park(new Acquirer(call, lease), timeout, line);
  }

  /**
   * Whether an AcquireAll that comes now could have it at once.
   *
   * @throws Refusal where it is broken
   */
  boolean isFreeFor(Invocation call) {
    if (broken) {
      throw broken();
    }
    letGoOfEnded(call);
    return isFree(call.owner()) && line.isEmpty();
  }

  /** The same, and it is not about to go. */
  boolean isThereFor(Acquirer waiter) {
    return isFreeFor(waiter) && !world().objects().isAboutToGo(this);
  }

  /** Whether one that waits could have it now. */
  boolean isFreeFor(Acquirer waiter) {
    return isFree(waiter.call().owner()) && line.oldest() == waiter;
  }

  /** Whether nobody holds it, or only who may do so again. */
  private boolean isFree(Owner owner) {
    return hold == null || (isReentrant() && hold.isOf(owner));
  }

  /** The line in which calls wait for it. */
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
  private boolean isBroken() {
    return broken
        || (hold != null && hold.isOver() && onOwnerEnd() == OnOwnerEnd.ON_OWNER_END_BREAK);
  }

  /** It is free for the call, which has it from now on. */
  Answer grant(Invocation call, long lease) {
    LockAcquireResponse granted = take(call, lease);
    return Answer.of(granted, new Granted(this, granted.getToken()));
  }

  /** The same; whoever calls knows how to take it back. */
  LockAcquireResponse take(Invocation call, long lease) {
    Hold current = hold;
    boolean died = previousOwnerDied;
    if (current == null) {
      current = new Hold(this, call, lease, world().clock().nextToken());
      begin(current);
      previousOwnerDied = false;
    } else {
      current.again(lease);
    }
    return LockAcquireResponse.newBuilder()
        .setAcquired(true)
        .setToken(current.token())
        .setPreviousOwnerDied(died)
        .build();
  }

  private void begin(Hold granted) {
    hold = granted;
    granted.start();
  }

  // Releasing.

  /** Releases it once; answers how often the owner still holds it. */
  int release(Invocation call, long token) {
    Hold current = hold;
    if (current == null || current.isOver()) {
      throw notHeld();
    }
    if (token != 0 && token != current.token()) {
      throw staleToken(token, "it is held under " + current.token());
    }
    if (isReentrant() && !current.isReleasedBy(call, token)) {
      throw notOwner();
    }
    return less(current, false);
  }

  private int less(Hold current, boolean died) {
    current.less();
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
        line.drain(waiter -> waiter.answer(Answer.of(broken())));
      }
      default -> free(true);
    }
  }

  @Override
  void takeBack(long token) {
    if (hold != null && hold.token() == token) {
      less(hold, true);
    }
  }

  // The object.

  @Override
  public void advance() {
    for (Acquirer next = line.oldest();
        next != null && isFreeFor(next) && next.isReady();
        next = line.oldest()) {
      next.answer(next.serve(this));
      next.served(this);
    }
    if (isAsNew()) {
      world().objects().delete(this);
    }
  }

  /** Others of an owner that has it now would not have to wait if they came now. */
  void serveOwner(Invocation served) {
    Caller session = served.session();
    Hold current = hold;
    if (isReentrant() && session != null && current != null) {
      for (Acquirer waiter : line.of(session)) {
        if (current.isOf(waiter.call().owner()) && waiter.isReady()) {
          waiter.answer(waiter.serve(this));
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
    return hasHold(token) && hold != null && hold.isLasting(world().clock().seen());
  }

  @Override
  boolean hasHold(long token) {
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
  }

  @Override
  public List<Waiters<?>> lines() {
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
            .setBroken(broken);
    if (hold != null) {
      lock.setHold(hold.save());
    }
    state.setLock(lock);
  }

  @Override
  protected void check() {
    Acquirer next = line.oldest();
    World.require(
        next == null || !isFreeFor(next) || !next.isReady(),
        "nobody waits for a lock that is free, unless for others too");
    World.require(
        !isAsNew(), "a lock that lives while it is used is used, or has something to tell");
    World.require(!broken || hold == null, "nobody holds a broken lock");
    World.require(hold == null || hold.holds() > 0, "a held lock is held at least once");
    World.require(hold == null || !previousOwnerDied, "the holder was told how the last one ended");
    for (Acquirer waiter : line) {
      World.require(
          !isReentrant() || hold == null || !hold.isOf(waiter.call().owner()) || !waiter.isReady(),
          "the owner of a lock does not wait for it");
    }
  }
}
