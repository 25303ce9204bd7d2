package dev.polyproc.client;

import dev.polyproc.v1.Guard;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** One acquisition of a {@link PolyLock}. Closing it releases the lock; any thread may. */
public final class Hold implements AutoCloseable {
  private final PolyLock lock;
  private final long token;
  private final boolean previousOwnerDied;
  private final String owner;
  private final long endNanos;
  private final AtomicBoolean closed = new AtomicBoolean();

  /**
   * @param leaseNanos how long it lasts from now on at most; {@code Long.MAX_VALUE} without a lease
   */
  Hold(PolyLock lock, long token, boolean previousOwnerDied, String owner, long leaseNanos) {
    this.lock = lock;
    this.token = token;
    this.previousOwnerDied = previousOwnerDied;
    this.owner = owner;
    this.endNanos = leaseNanos == Long.MAX_VALUE ? leaseNanos : System.nanoTime() + leaseNanos;
  }

  /** The fencing token: higher than those of all acquisitions of all locks before. */
  public long token() {
    return token;
  }

  /**
   * Whether the last holder ended, or outlived its lease, without releasing the lock: what the lock
   * protects may be half done.
   */
  public boolean previousOwnerDied() {
    return previousOwnerDied;
  }

  /** The condition under which guarded calls take effect: that this very hold lasts. */
  public Guard guard() {
    return Guard.newBuilder().setLock(lock.name()).setToken(token).build();
  }

  /**
   * Releases the lock; once, however often it is called. Waits for the daemon's word.
   *
   * @throws PolyprocException when the hold ended before, by its lease or with the session: what
   *     was done under it without a guard may have met another holder's work
   * @throws IllegalStateException on the client's event loop, where nothing waits; the lock is
   *     still held, and {@link #closeAsync} releases it
   */
  @Override
  public void close() {
    lock.mayRelease();
    if (closed.compareAndSet(false, true)) {
      lock.release(token, owner);
    }
  }

  /** The twin of {@link #close}. */
  public CompletableFuture<@Nullable Void> closeAsync() {
    return closed.compareAndSet(false, true)
        ? lock.releaseAsync(token, owner)
        : CompletableFuture.completedFuture(null);
  }

  String owner() {
    return owner;
  }

  /** Whether its lease is over by this program's clock, and so by the daemon's. */
  boolean isOver() {
    return endNanos != Long.MAX_VALUE && System.nanoTime() - endNanos > 0;
  }

  /** What a further acquisition under the same token makes of it: a lease lasts on, or longer. */
  Hold again(Hold other) {
    boolean bothLeased = endNanos != Long.MAX_VALUE && other.endNanos != Long.MAX_VALUE;
    return bothLeased && other.endNanos - endNanos > 0 ? other : this;
  }

  @Override
  public String toString() {
    String state = closed.get() ? "released" : isOver() ? "outlived its lease" : "held";
    return "Hold of " + lock + ", " + state;
  }
}
