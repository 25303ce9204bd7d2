package dev.polyproc.server.engine.sync;

import dev.polyproc.internal.v1.HoldState;
import dev.polyproc.server.engine.call.Caller;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.object.Restored;
import dev.polyproc.server.engine.object.Tenure;
import dev.polyproc.v1.Holder;
import dev.polyproc.v1.OnOwnerEnd;
import java.util.ArrayList;
import java.util.List;

/** One acquisition of a lock or a read-write lock, from the grant to the last release. */
final class Hold extends Tenure {
  /** What it takes beside the texts of its party. */
  private static final long BYTES = 400;

  private final Held lock;
  private final long token;
  private int holds;

  /** The ways back from conditions by which it is held. */
  private List<WayBack> ways = List.of();

  /** A hold by who calls, so many times, for {@code lease} nanoseconds at most. */
  Hold(Held lock, Invocation call, long lease, long token, int holds) {
    super(lock, call, lease);
    this.lock = lock;
    this.token = token;
    this.holds = holds;
  }

  Hold(Held lock, HoldState saved, Restored restored) {
    super(lock, saved.getTenure(), restored);
    this.lock = lock;
    this.token = saved.getToken();
    this.holds = saved.getHolds();
  }

  /** What a hold by the caller takes out of the budget. */
  static long footprint(Invocation call) {
    return BYTES + call.textBytes();
  }

  @Override
  protected long bytes() {
    return BYTES;
  }

  /** Counts so many times more. That makes a leased hold longer, or lasting, never shorter. */
  void again(long lease, int times) {
    holds += times;
    extend(lease);
  }

  /** Counts so many times less. */
  void less(int times) {
    holds -= times;
  }

  /** It is, or is again, because of a wait whose end the client has not confirmed. */
  void unconfirmed(WayBack way) {
    if (ways.isEmpty()) {
      ways = new ArrayList<>(1);
    }
    ways.add(way);
  }

  /** Its owner has shown that it knows of it. */
  void known() {
    ways.forEach(WayBack::known);
    ways = List.of();
  }

  /** Whether the call is its owner's own, or shows its token. */
  boolean isShownBy(Invocation call, long shownToken) {
    return shownToken == token || isOf(call.owner());
  }

  /**
   * Whether the caller may release a hold that only its owner releases. Where the owner's session
   * ended that is anyone; where there never was one, who knows the token.
   */
  boolean isReleasedBy(Invocation call, long shownToken) {
    return session() == null ? isOrphan() || shownToken == token : isOf(call.owner());
  }

  /** Whether it ends in a later entry, as the session that has it has ended. */
  boolean isOver() {
    Caller session = session();
    return session != null
        && session.hasEnded()
        && lock.onOwnerEnd() != OnOwnerEnd.ON_OWNER_END_KEEP;
  }

  /** Whether it lasts, as a read sees it: one whose lease has run out does not. */
  boolean isLasting(long time) {
    return isLive(time) && !isOver();
  }

  long token() {
    return token;
  }

  int holds() {
    return holds;
  }

  @Override
  protected void timeIsUp() {
    if (isOver()) {
      lock.ownerEnded(this); // Its session ended first.
    } else {
      lock.leaseEnded(this);
    }
  }

  @Override
  public void sessionEnded() {
    lock.ownerEnded(this);
  }

  Holder describe() {
    return describeAs("");
  }

  /** Who has it, for people; {@code how} it is held comes first. */
  Holder describeAs(String how) {
    String times = holds == 1 ? "" : holds == 2 ? ", held twice" : ", held " + holds + " times";
    String end = isOrphan() ? ", its session has ended" : "";
    return describe(how + "token " + token + times + end, token);
  }

  HoldState save() {
    return HoldState.newBuilder().setTenure(saveTenure()).setToken(token).setHolds(holds).build();
  }
}
