package dev.polyproc.server.engine.sync;

import dev.polyproc.internal.v1.HoldState;
import dev.polyproc.server.engine.Call;
import dev.polyproc.server.engine.Holding;
import dev.polyproc.server.engine.Session;
import dev.polyproc.server.engine.Timers;
import dev.polyproc.server.engine.Timers.Timer;
import dev.polyproc.server.engine.Times;
import dev.polyproc.v1.Holder;
import dev.polyproc.v1.Party;
import org.jspecify.annotations.Nullable;

/** One acquisition of a lock, from the grant to the last release. */
final class Hold implements Holding {
  /** What it takes beside the texts of its party. */
  private static final long BYTES = 400;

  private final Lock lock;
  private final long order;
  private final long token;
  private final Party party;
  private final long since;
  private int holds;
  private long until;
  private @Nullable Session session;
  private @Nullable Timer lease;

  /**
   * A hold by {@code session}; by nobody when that is null.
   *
   * @param until when its lease ends, or {@link Timers#NEVER}
   */
  Hold(
      Lock lock,
      long order,
      long token,
      int holds,
      @Nullable Session session,
      Party party,
      long since,
      long until) {
    this.lock = lock;
    this.order = order;
    this.token = token;
    this.holds = holds;
    this.session = session;
    this.party = party;
    this.since = since;
    this.until = until;
  }

  /** What a hold by the caller takes out of the budget. */
  static long footprint(Call call) {
    return BYTES + call.textBytes();
  }

  /** What it takes out of the budget. */
  long footprint() {
    return BYTES + Call.textBytes(party);
  }

  /** Takes effect. */
  void start(Timers timers) {
    if (session != null) {
      session.hold(this);
    }
    if (until != Timers.NEVER) {
      lease = timers.at(until, order, lock::leaseEnded);
    }
  }

  /** Is over, one way or the other. */
  void end(Timers timers) {
    timers.cancel(lease);
    if (session != null) {
      session.letGo(this);
    }
  }

  /** Counts once more. A lease can make a leased hold longer, never shorter. */
  void again(long newUntil, Timers timers) {
    holds++;
    if (newUntil != Timers.NEVER && newUntil > until) {
      timers.cancel(lease);
      until = newUntil;
      lease = timers.at(until, order, lock::leaseEnded);
    }
  }

  /** Counts once less. */
  void less() {
    holds--;
  }

  /** Its session ended, and it goes on without an owner. */
  void orphan() {
    session = null;
  }

  /** Whether the caller is who holds it. Without a session nobody can be told from others. */
  boolean isOf(Call call) {
    return session != null && session == call.session() && party.getOwner().equals(call.owner());
  }

  /**
   * Whether the caller may release a hold that only its owner releases. Where the owner's session
   * ended that is anyone; where there never was one, who knows the token.
   */
  boolean isReleasedBy(Call call, long shownToken) {
    return session == null ? isOrphan() || shownToken == token : isOf(call);
  }

  private boolean isOrphan() {
    return session == null && party.getSession() != 0;
  }

  long token() {
    return token;
  }

  int holds() {
    return holds;
  }

  /** Whether its lease lets it live at a time. */
  boolean isLive(long time) {
    return time < until;
  }

  @Override
  public long order() {
    return order;
  }

  @Override
  public void sessionEnded() {
    lock.ownerEnded();
  }

  Holder describe() {
    String times = holds == 1 ? "" : holds == 2 ? ", held twice" : ", held " + holds + " times";
    return Holder.newBuilder()
        .setParty(party)
        .setSince(Times.timestamp(since))
        .setDetail("token " + token + times + (isOrphan() ? ", its session has ended" : ""))
        .build();
  }

  HoldState save() {
    return HoldState.newBuilder()
        .setOrder(order)
        .setToken(token)
        .setHolds(holds)
        .setSession(session == null ? 0 : session.number())
        .setParty(party)
        .setSince(since)
        .setUntil(until == Timers.NEVER ? 0 : until)
        .build();
  }
}
