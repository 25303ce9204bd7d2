package dev.polyproc.client.internal.object;

import dev.polyproc.client.internal.request.Requestor;
import dev.polyproc.v1.Ref;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What one acquisition of a lock or a read-write lock gave to an owner, until it is released or its
 * lease is over.
 */
public final class Tenure {
  private final Requestor requestor;
  private final Ref lock;
  private final Release<?> release;
  private final String owner;
  private final long token;
  private final long endNanos;

  /**
   * A tenure that begins now.
   *
   * @param release what ends it
   * @param leaseNanos how long it lasts from now on at most; {@code Long.MAX_VALUE} without a lease
   */
  public Tenure(
      Requestor requestor,
      Ref lock,
      Release<?> release,
      String owner,
      long token,
      long leaseNanos) {
    this.requestor = requestor;
    this.lock = lock;
    this.release = release;
    this.owner = owner;
    this.token = token;
    this.endNanos = leaseNanos == Long.MAX_VALUE ? leaseNanos : System.nanoTime() + leaseNanos;
  }

  /** Of which lock it is. */
  public Ref lock() {
    return lock;
  }

  /** Who has it, as the daemon knows it. */
  public String owner() {
    return owner;
  }

  /** The fencing token. */
  public long token() {
    return token;
  }

  /** Whether its lease is over by this program's clock, and so by the daemon's. */
  public boolean isOver() {
    return endNanos != Long.MAX_VALUE && System.nanoTime() - endNanos > 0;
  }

  /** Whether both are leased, and this one lasts longer. */
  boolean isLeasedLongerThan(Tenure other) {
    boolean bothLeased = endNanos != Long.MAX_VALUE && other.endNanos != Long.MAX_VALUE;
    return bothLeased && endNanos - other.endNanos > 0;
  }

  /** Refuses to wait on the event loop for a release. */
  public void mayRelease() {
    release.mayWait(requestor);
  }

  /** Releases the lock, or one count of it. */
  public void release() {
    release.call(requestor, owner);
  }

  /** The twin of {@link #release}. */
  public CompletableFuture<@Nullable Void> releaseAsync() {
    return release.async(requestor, owner);
  }
}
