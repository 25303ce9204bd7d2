package dev.polyproc.server.engine.sync;

import dev.polyproc.internal.v1.HoldState;
import dev.polyproc.internal.v1.ObjectState;
import dev.polyproc.internal.v1.ReadWriteLockState;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Caller;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Owner;
import dev.polyproc.server.engine.call.ReplyRoom;
import dev.polyproc.server.engine.call.Waiters;
import dev.polyproc.server.engine.object.Restored;
import dev.polyproc.server.engine.object.Shape;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Holder;
import dev.polyproc.v1.ObjectKind;
import dev.polyproc.v1.OnOwnerEnd;
import dev.polyproc.v1.ReadWriteLockAcquireResponse;
import dev.polyproc.v1.ReadWriteLockGetResponse;
import dev.polyproc.v1.ReadWriteMode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A read-write lock: who reads or writes, and who waits for it.
 *
 * <p><b>Invariants</b>
 *
 * <ul>
 *   <li>While somebody writes nobody else reads.
 *   <li>Who waits longest could not be served now; nobody waits while it is broken.
 *   <li>Nobody waits for what its owner has, nor to write while its owner reads.
 * </ul>
 */
final class ReadWriteLock extends Held {
  static final Kind<ReadWriteLock> KIND =
      new Kind<>(ObjectKind.OBJECT_KIND_READ_WRITE_LOCK, ReadWriteLock.class);

  private final Waiters<ReadWriteAcquirer> line = new Waiters<>(this, true);
  private final Readers readers = new Readers();
  private @Nullable Hold writer;
  private boolean previousOwnerDied;
  private boolean broken;

  ReadWriteLock(Header header, OnOwnerEnd onOwnerEnd) {
    super(header, onOwnerEnd);
  }

  static ReadWriteLock restored(Header header, ReadWriteLockState state, Restored restored) {
    ReadWriteLock lock = new ReadWriteLock(header, state.getOnOwnerEnd());
    lock.previousOwnerDied = state.getPreviousOwnerDied();
    lock.broken = state.getBroken();
    for (HoldState reader : state.getReadersList()) {
      lock.begin(new Hold(lock, reader, restored), false);
    }
    if (state.hasWriter()) {
      lock.begin(new Hold(lock, state.getWriter(), restored), true);
    }
    return lock;
  }

  @Override
  protected Shape shape() {
    return shape(onOwnerEnd());
  }

  /** What a Create asks for. */
  static Shape shape(OnOwnerEnd onOwnerEnd) {
    return Shape.PLAIN.with("on_owner_end", onOwnerEnd, "ON_OWNER_END_");
  }

  // Acquiring.

  /** Acquires it for at most a time, now or when it can be had. */
  Answer acquire(Invocation call, ReadWriteMode mode, long lease, long timeout) {
    if (broken) {
      throw broken();
    }
    boolean writes = mode == ReadWriteMode.READ_WRITE_MODE_WRITE;
    Hold own = own(call.owner(), writes);
    if (own != null) {
      return again(own, lease);
    }
    if (writes && readers.of(call.owner()) != null && !isWriter(call.owner())) {
      throw wouldDeadlock();
    }
    letGoOfEnded(call, writes);
    if (isFree(call.owner(), writes) && (line.isEmpty() || isWriter(call.owner()))) {
      requireRoomFor(call, writes);
      return grant(call, writes, lease);
    }
    return world().waiting().park(new ReadWriteAcquirer(call, mode, lease), timeout, line);
  }

  /**
   * One may write where memory is full, as one may hold a lock; of readers there are any number.
   */
  private void requireRoomFor(Invocation call, boolean writes) {
    if (writes) {
      world().budget().requireBeyond(Hold.footprint(call));
    } else {
      world().budget().require(Hold.footprint(call));
    }
  }

  private Refusal wouldDeadlock() {
    return refusal(
        ErrorReason.ERROR_REASON_WOULD_DEADLOCK,
        "Expected to write '"
            + name()
            + "' by an owner that does not read it, but it reads, and would wait for itself for"
            + " ever; release the read hold before");
  }

  /**
   * Holds whose sessions have ended, and have not come to give them up among all that they held: do
   * so now, for whoever would be the next.
   */
  private void letGoOfEnded(Invocation call, boolean writes) {
    if (!world().hasLeft()) {
      return;
    }
    Hold writing = writer;
    if (writing != null && writing.isOver()) {
      if (onOwnerEnd() == OnOwnerEnd.ON_OWNER_END_BREAK) {
        throw broken();
      }
      if (line.isEmpty()) {
        letGo(writing, call);
      }
    }
    if (writes && line.isEmpty()) {
      readers.over().forEach(reader -> letGo(reader, call));
    }
  }

  private void letGo(Hold over, Invocation call) {
    Caller session = over.session();
    if (session != null) {
      world().budget().requireBeyond(Hold.footprint(call));
      session.letGo(over);
      over.sessionEnded();
    }
  }

  /** The hold by which an owner has it that way already; null when it has not. */
  private @Nullable Hold own(Owner owner, boolean writes) {
    if (writes) {
      return isWriter(owner) ? writer : null;
    }
    return readers.of(owner);
  }

  private boolean isWriter(Owner owner) {
    return writer != null && writer.isOf(owner);
  }

  /** Whether nobody else has it in a way that excludes this one. */
  private boolean isFree(Owner owner, boolean writes) {
    return writes ? writer == null && readers.isEmpty() : writer == null || writer.isOf(owner);
  }

  private Answer grant(Invocation call, boolean writes, long lease) {
    Hold granted = new Hold(this, call, lease, world().clock().nextToken(), 1);
    begin(granted, writes);
    boolean died = previousOwnerDied;
    previousOwnerDied &= !writes;
    return reply(granted, died);
  }

  private void begin(Hold granted, boolean writes) {
    if (writes) {
      writer = granted;
    } else {
      readers.add(granted);
    }
    granted.start();
  }

  private Answer again(Hold own, long lease) {
    own.again(lease, 1);
    return reply(own, false);
  }

  private Answer reply(Hold granted, boolean died) {
    return Answer.of(
        ReadWriteLockAcquireResponse.newBuilder()
            .setAcquired(true)
            .setToken(granted.token())
            .setPreviousOwnerDied(died)
            .build(),
        new Granted(this, granted.token()));
  }

  // Releasing.

  /** Releases a hold once; answers how often the owner still has it that way. */
  int release(Invocation call, ReadWriteMode mode, long token) {
    boolean writes = mode == ReadWriteMode.READ_WRITE_MODE_WRITE;
    Hold held = token == 0 ? ownOrKept(call.owner(), writes) : hold(token);
    if (token != 0 && (held == null || held.isOver() || (held == writer) != writes)) {
      throw staleToken(token, "no " + (writes ? "writer" : "reader") + " holds it under that");
    }
    if (held == null || held.isOver()) {
      throw isHeld(writes) ? notOwner() : notHeld();
    }
    if (!held.isReleasedBy(call, token)) {
      throw notOwner();
    }
    return less(held, 1, false);
  }

  /**
   * What a Release without a token means: the hold of who calls, or else the only one that is kept
   * for an owner whose session has ended; null where there is none or several are.
   */
  private @Nullable Hold ownOrKept(Owner owner, boolean writes) {
    Hold own = own(owner, writes);
    if (own != null) {
      return own;
    }
    if (writes) {
      return writer != null && writer.isOrphan() ? writer : null;
    }
    return readers.onlyKept();
  }

  private boolean isHeld(boolean writes) {
    return writes ? writer != null && !writer.isOver() : readers.isHeld();
  }

  private @Nullable Hold hold(long token) {
    return writer != null && writer.token() == token ? writer : readers.under(token);
  }

  private int less(Hold held, int times, boolean died) {
    held.less(times);
    if (held.holds() == 0) {
      free(held, died);
    }
    return held.holds();
  }

  /** A hold is over; only a writer may have left something half done. */
  private void free(Hold held, boolean died) {
    previousOwnerDied |= died && held == writer;
    end(held);
    world().advance(this);
  }

  private void end(Hold held) {
    if (held == writer) {
      writer = null;
    } else {
      readers.remove(held);
    }
    held.end();
  }

  @Override
  void leaseEnded(Hold over) {
    free(over, true);
  }

  @Override
  void ownerEnded(Hold over) {
    if (onOwnerEnd() == OnOwnerEnd.ON_OWNER_END_KEEP && over == writer) {
      over.orphan();
    } else if (onOwnerEnd() == OnOwnerEnd.ON_OWNER_END_KEEP) {
      readers.orphan(over);
    } else if (onOwnerEnd() == OnOwnerEnd.ON_OWNER_END_BREAK && over == writer) {
      end(over);
      broken = true;
      line.drain(waiter -> waiter.answer(Answer.of(broken())));
    } else {
      free(over, true);
    }
  }

  @Override
  public boolean hasHold(long token) {
    return hold(token) != null;
  }

  @Override
  void takeBack(long token, int times) {
    Hold held = hold(token);
    if (held != null) {
      less(held, Math.min(times, held.holds()), true);
    }
  }

  // The object.

  @Override
  public void advance() {
    for (ReadWriteAcquirer next = line.oldest();
        next != null && isFree(next.call().owner(), next.writes());
        next = line.oldest()) {
      next.answer(grant(next.call(), next.writes(), next.lease()));
      serveOwner(next);
    }
  }

  /** Others of an owner that has it now would not have to wait if they came now. */
  private void serveOwner(ReadWriteAcquirer served) {
    Owner owner = served.call().owner();
    for (ReadWriteAcquirer waiter : line.of(owner)) {
      Hold own = own(owner, waiter.writes());
      if (own != null) {
        waiter.answer(again(own, waiter.lease()));
      } else if (isWriter(owner)) {
        waiter.answer(grant(waiter.call(), false, waiter.lease()));
      } else if (waiter.writes()) {
        waiter.answer(Answer.of(wouldDeadlock()));
      }
    }
  }

  /** Whether the owner of one that waits has what it waits for: who writes has it to read, too. */
  private boolean hasAlready(ReadWriteAcquirer waiter) {
    Owner owner = waiter.call().owner();
    return own(owner, waiter.writes()) != null || isWriter(owner);
  }

  @Override
  public boolean isHeldUnder(long token) {
    Hold held = hold(token);
    return held != null && held.isLasting(world().clock().seen());
  }

  private boolean isBroken() {
    return broken
        || (writer != null && writer.isOver() && onOwnerEnd() == OnOwnerEnd.ON_OWNER_END_BREAK);
  }

  /** The lock as a read sees it: a lease that has run out is over before an entry says so. */
  ReadWriteLockGetResponse describe(Invocation call) {
    long seen = world().clock().seen();
    ReadWriteLockGetResponse.Builder response =
        ReadWriteLockGetResponse.newBuilder()
            .setBroken(isBroken())
            .setReading(readers.count(seen))
            .setWaiting(line.size());
    if (writer != null && writer.isLasting(seen)) {
      response.setWriter(writer.describeAs("writes, "));
    }
    ReplyRoom room = new ReplyRoom(call, world().limits());
    room.take(response.buildPartial().getSerializedSize());
    int page = world().limits().getPageSize();
    room.fill(
        readers.lasting(seen).limit(page).map(hold -> hold.describeAs("reads, ")),
        response::addReaders);
    room.fill(line.describe(page), response::addWaiters);
    return response.build();
  }

  @Override
  public List<Holder> holders(int max) {
    List<Holder> holders = new ArrayList<>();
    if (writer != null && !writer.isOver()) {
      holders.add(writer.describeAs("writes, "));
    }
    readers
        .lasting(Long.MIN_VALUE)
        .limit((long) max - holders.size())
        .forEach(reader -> holders.add(reader.describeAs("reads, ")));
    return holders;
  }

  @Override
  protected String summary() {
    if (isBroken()) {
      return "broken";
    }
    int reading = world().hasLeft() ? readers.count(Long.MIN_VALUE) : readers.size();
    boolean written = writer != null && !writer.isOver();
    return written ? "held by a writer" : reading == 0 ? "free" : reading + " readers";
  }

  @Override
  protected void deleted() {
    if (writer != null) {
      end(writer);
    }
  }

  /** The holds of many readers go in pieces. */
  @Override
  protected boolean giveBackSome() {
    Hold oldest = readers.oldest();
    if (oldest == null) {
      return false;
    }
    end(oldest);
    return true;
  }

  @Override
  public List<Waiters<?>> lines() {
    return List.of(line);
  }

  @Override
  protected void save(ObjectState.Builder state) {
    ReadWriteLockState.Builder lock =
        ReadWriteLockState.newBuilder()
            .setOnOwnerEnd(onOwnerEnd())
            .setPreviousOwnerDied(previousOwnerDied)
            .setBroken(broken);
    if (writer != null) {
      lock.setWriter(writer.save());
    }
    readers.forEach(reader -> lock.addReaders(reader.save()));
    state.setReadWriteLock(lock);
  }

  @Override
  protected void check() {
    readers.check();
    World.require(
        writer == null || readers.areAllOf(writer.owner()), "nobody else reads while one writes");
    World.require(!broken || (writer == null && line.isEmpty()), "a broken lock is nobody's");
    ReadWriteAcquirer next = line.oldest();
    World.require(
        next == null || !isFree(next.call().owner(), next.writes()) || world().isAwaited(this),
        "who can be served is");
    for (ReadWriteAcquirer waiter : line) {
      World.require(!hasAlready(waiter), "nobody waits for what its owner has");
      World.require(
          !waiter.writes() || readers.of(waiter.call().owner()) == null,
          "nobody waits to write who reads");
    }
  }
}
