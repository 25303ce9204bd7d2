package dev.polyproc.server.engine;

import com.google.protobuf.Message;
import dev.polyproc.server.engine.time.Times;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.LockAcquireRequest;
import dev.polyproc.v1.LockAcquireResponse;
import dev.polyproc.v1.LockCreateRequest;
import dev.polyproc.v1.LockCreateResponse;
import dev.polyproc.v1.LockGetRequest;
import dev.polyproc.v1.LockGetResponse;
import dev.polyproc.v1.LockKind;
import dev.polyproc.v1.LockReleaseRequest;
import dev.polyproc.v1.LockReleaseResponse;
import dev.polyproc.v1.OnOwnerEnd;
import java.time.Duration;

/** The calls of a client to one lock. */
public final class LockCalls {
  private final Client client;
  private final String lock;

  LockCalls(Client client, String lock) {
    this.client = client;
    this.lock = lock;
  }

  private <R extends Message> Pending<R> call(String method, Message request, R prototype) {
    return client.call("LockService/" + method, request, prototype);
  }

  public Pending<LockCreateResponse> create() {
    return create(LockCreateRequest.newBuilder());
  }

  public Pending<LockCreateResponse> createReentrant() {
    return create(LockCreateRequest.newBuilder().setKind(LockKind.LOCK_KIND_REENTRANT));
  }

  public Pending<LockCreateResponse> create(OnOwnerEnd onOwnerEnd) {
    return create(LockCreateRequest.newBuilder().setOnOwnerEnd(onOwnerEnd));
  }

  public Pending<LockCreateResponse> create(LockCreateRequest.Builder shape) {
    return call("Create", shape.setLock(lock).build(), LockCreateResponse.getDefaultInstance());
  }

  public Pending<LockAcquireResponse> acquire() {
    return acquire(LockAcquireRequest.newBuilder());
  }

  public Pending<LockAcquireResponse> acquire(Duration timeout) {
    return acquire(LockAcquireRequest.newBuilder().setTimeout(Times.duration(timeout.toNanos())));
  }

  /** Acquires the lock for so long at most. */
  public Pending<LockAcquireResponse> lease(Duration lease) {
    return acquire(LockAcquireRequest.newBuilder().setLease(Times.duration(lease.toNanos())));
  }

  public Pending<LockAcquireResponse> acquire(LockAcquireRequest.Builder how) {
    return call("Acquire", how.setLock(lock).build(), LockAcquireResponse.getDefaultInstance());
  }

  /** Acquires the lock, which is there only while it is used. */
  public Pending<LockAcquireResponse> acquireWhileUsed() {
    return acquire(whileUsed(LockCreateRequest.newBuilder()));
  }

  /** An acquisition of a lock of some shape, which is there only while it is used. */
  public static LockAcquireRequest.Builder whileUsed(LockCreateRequest.Builder shape) {
    return LockAcquireRequest.newBuilder()
        .setCreate(shape.setLifetime(Lifetime.LIFETIME_WHILE_USED));
  }

  /** Releases whatever hold there is. */
  public Pending<LockReleaseResponse> release() {
    return release(0);
  }

  public Pending<LockReleaseResponse> release(long token) {
    return call(
        "Release",
        LockReleaseRequest.newBuilder().setLock(lock).setToken(token).build(),
        LockReleaseResponse.getDefaultInstance());
  }

  /** The lock as it is. */
  public LockGetResponse get() {
    return call(
            "Get",
            LockGetRequest.newBuilder().setLock(lock).build(),
            LockGetResponse.getDefaultInstance())
        .response();
  }
}
