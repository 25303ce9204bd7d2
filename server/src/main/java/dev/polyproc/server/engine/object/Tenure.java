package dev.polyproc.server.engine.object;

import dev.polyproc.internal.v1.TenureState;
import dev.polyproc.server.engine.call.Caller;
import dev.polyproc.server.engine.call.Holding;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Owner;
import dev.polyproc.server.engine.time.Timers;
import dev.polyproc.server.engine.time.Timers.Timer;
import dev.polyproc.server.engine.time.Times;
import dev.polyproc.v1.Holder;
import dev.polyproc.v1.Party;
import org.jspecify.annotations.Nullable;

/**
 * What somebody has of an object for a while: a lock, an item that was reserved.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>It ends when the object {@link #end ends} it: by a word of its owner, or because its time
 *       is up or its session ended, of which the object is told.
 *   <li>From its start to its end it is in the budget, and in the hands of its session if it has
 *       one.
 * </ul>
 */
public abstract class Tenure implements Holding {
  private final World world;
  private final long number;
  private final Party party;
  private final Owner owner;
  private final long since;
  private long until;
  private @Nullable Caller session;
  private @Nullable Timer timer;

  /**
   * What who calls has of an object from now on.
   *
   * @param time how long at most, in nanoseconds, or {@link Timers#NEVER}
   */
  protected Tenure(ManagedObject object, Invocation call, long time) {
    this.world = object.world();
    this.number = world.clock().nextNumber();
    this.party = call.party();
    this.owner = call.owner();
    this.since = world.clock().now();
    this.until = world.clock().in(time);
    this.session = call.session();
  }

  /** What somebody had of an object when the state was saved. */
  protected Tenure(ManagedObject object, TenureState saved, Restored restored) {
    this.world = object.world();
    this.number = saved.getOrder();
    this.party = saved.getParty();
    this.owner = new Owner(party.getSession(), party.getOwner());
    this.since = saved.getSince();
    this.until = saved.getUntil() == 0 ? Timers.NEVER : saved.getUntil();
    this.session = restored.session(saved.getSession());
  }

  /** What it takes out of the budget beside the texts of its party. */
  protected abstract long bytes();

  /** Called when its time is up. */
  protected abstract void timeIsUp();

  /** Takes effect. */
  public final void start() {
    world.budget().chargeAlways(footprint());
    if (session != null) {
      session.hold(this);
    }
    setTimer();
  }

  private void setTimer() {
    timer = until == Timers.NEVER ? null : world.timers().at(until, number, this::timeIsUp);
  }

  /** Is over, one way or the other. */
  public void end() {
    world.budget().release(footprint());
    world.timers().cancel(timer);
    if (session != null) {
      session.letGo(this);
    }
  }

  private long footprint() {
    long bytes = bytes();
    return bytes == 0 ? 0 : bytes + Invocation.textBytes(party);
  }

  /** Lasts so long from now, if that is longer: for ever, where that is {@link Timers#NEVER}. */
  protected final void extend(long time) {
    long later = world.clock().in(time);
    if (later > until) {
      world.timers().cancel(timer);
      until = later;
      setTimer();
    }
  }

  /** Since when it lasts, in engine time. */
  public final long since() {
    return since;
  }

  /** Its session ended, and it goes on without one. */
  public final void orphan() {
    session = null;
  }

  /** Whether its session has ended. */
  public final boolean isOrphan() {
    return session == null && owner.isKnown();
  }

  /** Who has it, for people. */
  public final Party party() {
    return party;
  }

  /** Who has it; still, where that one's session has ended. */
  public final Owner owner() {
    return owner;
  }

  /** Whether it is in the hands of somebody who can be told from others. */
  public final boolean isOf(Owner other) {
    return owner.isKnown() && owner.equals(other);
  }

  /** Its session; null where it has none, or that has ended. */
  public final @Nullable Caller session() {
    return session;
  }

  /** Whether it lasts until after a time. */
  public final boolean isLive(long time) {
    return time < until;
  }

  @Override
  public final long number() {
    return number;
  }

  /** Who has it, for people; {@code detail} is what. */
  protected final Holder describe(String detail) {
    return describe(detail, 0);
  }

  /** The same of what is held under a fencing token. */
  protected final Holder describe(String detail, long token) {
    return Holder.newBuilder()
        .setParty(party)
        .setSince(Times.timestamp(since))
        .setDetail(detail)
        .setToken(token)
        .build();
  }

  protected final TenureState saveTenure() {
    return TenureState.newBuilder()
        .setOrder(number)
        .setSession(session == null ? 0 : session.number())
        .setParty(party)
        .setSince(since)
        .setUntil(until == Timers.NEVER ? 0 : until)
        .build();
  }
}
