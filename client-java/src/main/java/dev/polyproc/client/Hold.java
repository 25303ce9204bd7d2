package dev.polyproc.client;

import dev.polyproc.client.internal.object.Tenure;
import dev.polyproc.v1.Guard;
import dev.polyproc.v1.ObjectKind;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * One acquisition of a {@link PolyLock} or a {@link PolyReadWriteLock}. Closing it releases the
 * lock; any thread may.
 */
public final class Hold implements AutoCloseable {
  private volatile Tenure tenure;
  private volatile boolean previousOwnerDied;
  private final AtomicBoolean closed = new AtomicBoolean();

  Hold(Tenure tenure, boolean previousOwnerDied) {
    this.tenure = tenure;
    this.previousOwnerDied = previousOwnerDied;
  }

  /**
   * The fencing token: higher than those of all acquisitions of all locks before. A wait at a
   * condition with this hold gives it another one.
   */
  public long token() {
    return tenure.token();
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
    Tenure held = tenure;
    return Guard.newBuilder().setLock(held.lock().getName()).setToken(held.token()).build();
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
    tenure.mayRelease();
    if (closed.compareAndSet(false, true)) {
      tenure.release();
    }
  }

  /** The twin of {@link #close}. */
  public CompletableFuture<@Nullable Void> closeAsync() {
    return closed.compareAndSet(false, true)
        ? tenure.releaseAsync()
        : CompletableFuture.completedFuture(null);
  }

  /** A wait gave the lock up, and has it again. */
  void become(Hold again) {
    tenure = again.tenure;
    previousOwnerDied = again.previousOwnerDied;
  }

  /** What it is closed by, and whether it is over. */
  Tenure tenure() {
    return tenure;
  }

  @Override
  public String toString() {
    Tenure last = tenure;
    String state = closed.get() ? "released" : last.isOver() ? "outlived its lease" : "held";
    boolean plain = last.lock().getKind() == ObjectKind.OBJECT_KIND_LOCK;
    String lock = plain ? "PolyLock" : "PolyReadWriteLock";
    return "Hold of " + lock + " '" + last.lock().getName() + "', " + state;
  }
}
