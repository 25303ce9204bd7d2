package dev.polyproc.client.internal.object;

import dev.polyproc.client.internal.request.Requestor;
import dev.polyproc.client.internal.wire.Operation;
import dev.polyproc.v1.LockReleaseRequest;
import dev.polyproc.v1.LockReleaseResponse;
import dev.polyproc.v1.LockServiceGrpc;
import dev.polyproc.v1.ReadWriteLockReleaseRequest;
import dev.polyproc.v1.ReadWriteLockReleaseResponse;
import dev.polyproc.v1.ReadWriteLockServiceGrpc;
import dev.polyproc.v1.ReadWriteMode;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What one acquisition of a lock or a read-write lock gave to an owner, until it is released or its
 * lease is over.
 */
public final class Tenure {
  private static final Operation<LockReleaseRequest, LockReleaseResponse> RELEASE =
      Operation.of(LockServiceGrpc.getReleaseMethod());
  private static final Operation<ReadWriteLockReleaseRequest, ReadWriteLockReleaseResponse>
      RELEASE_ONE_WAY = Operation.of(ReadWriteLockServiceGrpc.getReleaseMethod());

  private final Requestor requestor;
  private final String lock;
  private final ReadWriteMode mode;
  private final String owner;
  private final long token;
  private final long endNanos;

  /**
   * Of a lock.
   *
   * @param lock its name
   * @param leaseNanos how long it lasts from now on at most; {@code Long.MAX_VALUE} without a lease
   */
  public Tenure(Requestor requestor, String lock, String owner, long token, long leaseNanos) {
    this(requestor, lock, ReadWriteMode.READ_WRITE_MODE_UNSPECIFIED, owner, token, leaseNanos);
  }

  /**
   * Of a read-write lock.
   *
   * @param mode how it is held
   */
  public Tenure(
      Requestor requestor,
      String lock,
      ReadWriteMode mode,
      String owner,
      long token,
      long leaseNanos) {
    this.requestor = requestor;
    this.lock = lock;
    this.mode = mode;
    this.owner = owner;
    this.token = token;
    this.endNanos = leaseNanos == Long.MAX_VALUE ? leaseNanos : System.nanoTime() + leaseNanos;
  }

  /** The lock's name. */
  public String lock() {
    return lock;
  }

  /** Whether it is of a read-write lock. */
  public boolean isOneWay() {
    return mode != ReadWriteMode.READ_WRITE_MODE_UNSPECIFIED;
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
    requestor.mayWait(isOneWay() ? RELEASE_ONE_WAY : RELEASE);
  }

  /** Releases the lock, or one count of it. */
  public void release() {
    if (isOneWay()) {
      requestor.call(RELEASE_ONE_WAY, releasingOneWay(), owner);
    } else {
      requestor.call(RELEASE, releasing(), owner);
    }
  }

  /** The twin of {@link #release}. */
  public CompletableFuture<@Nullable Void> releaseAsync() {
    return isOneWay()
        ? requestor.async(RELEASE_ONE_WAY, releasingOneWay(), response -> null, owner)
        : requestor.async(RELEASE, releasing(), response -> null, owner);
  }

  private ReadWriteLockReleaseRequest releasingOneWay() {
    return ReadWriteLockReleaseRequest.newBuilder()
        .setLock(lock)
        .setMode(mode)
        .setToken(token)
        .build();
  }

  private LockReleaseRequest releasing() {
    return LockReleaseRequest.newBuilder().setLock(lock).setToken(token).build();
  }
}
