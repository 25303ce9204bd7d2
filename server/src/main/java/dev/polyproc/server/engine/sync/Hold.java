package dev.polyproc.server.engine.sync;

import dev.polyproc.internal.v1.HoldState;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.object.Restored;
import dev.polyproc.server.engine.object.Tenure;
import dev.polyproc.v1.Holder;
import java.util.ArrayList;
import java.util.List;

/** One acquisition of a lock, from the grant to the last release. */
final class Hold extends Tenure {
  /** What it takes beside the texts of its party. */
  private static final long BYTES = 400;

  private final Lock lock;
  private final long token;
  private int holds;

  /** The ways back from conditions by which it is held. */
  private List<WayBack> ways = List.of();

  /** A hold by who calls, so many times, for {@code lease} nanoseconds at most. */
  Hold(Lock lock, Invocation call, long lease, long token, int holds) {
    super(lock, call, lease);
    this.lock = lock;
    this.token = token;
    this.holds = holds;
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

  /** Counts so many times more. A lease can make a leased hold longer, never shorter. */
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
    List<WayBack> more = new ArrayList<>(ways);
    more.add(way);
    ways = more;
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
