package dev.polyproc.server.engine.sync;

import dev.polyproc.internal.v1.HoldState;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.object.Restored;
import dev.polyproc.server.engine.object.Tenure;
import dev.polyproc.v1.Holder;

/** One acquisition of a lock, from the grant to the last release. */
final class Hold extends Tenure {
  /** What it takes beside the texts of its party. */
  private static final long BYTES = 400;

  private final Lock lock;
  private final long token;
  private int holds;

  /** A hold by who calls, for {@code lease} nanoseconds at most. */
  Hold(Lock lock, Invocation call, long lease, long token) {
    super(lock, call, lease);
    this.lock = lock;
    this.token = token;
    this.holds = 1;
  }

  Hold(Lock lock, HoldState saved, Restored restored) {
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

  long token() {
    return token;
  }

  int holds() {
    return holds;
  }

  @Override
  protected void timeIsUp() {
    lock.leaseEnded();
  }

  @Override
  public void sessionEnded() {
    lock.ownerEnded();
  }

  Holder describe() {
    String times = holds == 1 ? "" : holds == 2 ? ", held twice" : ", held " + holds + " times";
    return describe("token " + token + times + (isOrphan() ? ", its session has ended" : ""));
  }

  HoldState save() {
    return HoldState.newBuilder().setTenure(saveTenure()).setToken(token).setHolds(holds).build();
  }
}
