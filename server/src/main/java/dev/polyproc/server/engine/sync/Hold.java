package dev.polyproc.server.engine.sync;

import dev.polyproc.internal.v1.HoldState;
import dev.polyproc.server.engine.call.Caller;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.object.Restored;
import dev.polyproc.server.engine.object.Tenure;
import dev.polyproc.v1.Holder;
import dev.polyproc.v1.OnOwnerEnd;

/** One acquisition of a lock or a read-write lock, from the grant to the last release. */
final class Hold extends Tenure {
  /** What it takes beside the texts of its party. */
  private static final long BYTES = 400;

  private final Held lock;
  private final long token;
  private int holds;

  /** A hold by who calls, for {@code lease} nanoseconds at most. */
  Hold(Held lock, Invocation call, long lease, long token) {
    super(lock, call, lease);
    this.lock = lock;
    this.token = token;
    this.holds = 1;
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

  /** Counts once more. A lease can make a leased hold longer, never shorter. */
  void again(long lease) {
    holds++;
    extend(lease);
  }

  /** Counts once less. */
  void less() {
    holds--;
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
    return describe(how + "token " + token + times + (isOrphan() ? ", its session has ended" : ""));
  }

  HoldState save() {
    return HoldState.newBuilder().setTenure(saveTenure()).setToken(token).setHolds(holds).build();
  }
}
