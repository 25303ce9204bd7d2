package dev.polyproc.server.engine.sync;

import dev.polyproc.internal.v1.PermitHoldState;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.object.Restored;
import dev.polyproc.server.engine.object.Tenure;
import dev.polyproc.v1.Holder;
import org.jspecify.annotations.Nullable;

/** What one Acquire has of the permits of a semaphore, until the last of them is released. */
final class PermitHold extends Tenure {
  /** What it takes beside the texts of its party, with its places in {@link PermitHolds}. */
  private static final long BYTES = 640;

  private final Semaphore semaphore;
  private final long token;
  private final boolean byToken;
  private int permits;
  private PermitHolds.@Nullable Share share;

  /** A hold by who calls. */
  PermitHold(Semaphore semaphore, Invocation call, PermitTerms terms, int permits, long token) {
    super(semaphore, call, terms.lease());
    this.byToken = terms.byToken();
    this.semaphore = semaphore;
    this.token = token;
    this.permits = permits;
  }

  PermitHold(Semaphore semaphore, PermitHoldState saved, Restored restored) {
    super(semaphore, saved.getTenure(), restored);
    this.semaphore = semaphore;
    this.token = saved.getToken();
    this.byToken = saved.getByToken();
    this.permits = saved.getPermits();
  }

  /** What a hold by the caller takes out of the budget. */
  static long footprint(Invocation call) {
    return BYTES + call.textBytes();
  }

  @Override
  protected long bytes() {
    return BYTES;
  }

  long token() {
    return token;
  }

  /** Whether a release without a token may take it off; of one whose session has ended it may. */
  boolean isOpen() {
    return !byToken || isOrphan();
  }

  /** How many permits; 0 where they came back before the rest of what its session held. */
  int permits() {
    return share != null && share.isSpent() ? 0 : permits;
  }

  void less(int released) {
    permits -= released;
  }

  /** Among whose it is; null where its owner cannot be told from others. */
  PermitHolds.@Nullable Share share() {
    return share;
  }

  void share(PermitHolds.@Nullable Share among) {
    share = among;
  }

  /** Whether who calls with its token may release it, where only its owner does. */
  boolean isReleasedBy(Invocation call) {
    return session() == null || session() == call.session();
  }

  @Override
  protected void timeIsUp() {
    semaphore.leaseEnded(this);
  }

  @Override
  public void sessionEnded() {
    semaphore.ownerEnded(this);
  }

  Holder describe() {
    return describe(
        "token "
            + token
            + ", "
            + Semaphore.count(permits())
            + (isOrphan() ? ", its session has ended" : ""),
        token);
  }

  PermitHoldState save() {
    return PermitHoldState.newBuilder()
        .setTenure(saveTenure())
        .setToken(token)
        .setPermits(permits())
        .setByToken(byToken)
        .build();
  }
}
