package dev.polyproc.server.engine;

import com.google.protobuf.Message;
import dev.polyproc.server.engine.time.Times;
import dev.polyproc.v1.OnOwnerEnd;
import dev.polyproc.v1.ReadWriteLockAcquireRequest;
import dev.polyproc.v1.ReadWriteLockAcquireResponse;
import dev.polyproc.v1.ReadWriteLockCreateRequest;
import dev.polyproc.v1.ReadWriteLockCreateResponse;
import dev.polyproc.v1.ReadWriteLockGetRequest;
import dev.polyproc.v1.ReadWriteLockGetResponse;
import dev.polyproc.v1.ReadWriteLockReleaseRequest;
import dev.polyproc.v1.ReadWriteLockReleaseResponse;
import dev.polyproc.v1.ReadWriteMode;
import java.time.Duration;

/** The calls of a client to one read-write lock. */
public final class ReadWriteLockCalls {
  private static final ReadWriteMode READ = ReadWriteMode.READ_WRITE_MODE_READ;
  private static final ReadWriteMode WRITE = ReadWriteMode.READ_WRITE_MODE_WRITE;

  private final Client client;
  private final String lock;

  ReadWriteLockCalls(Client client, String lock) {
    this.client = client;
    this.lock = lock;
  }

  private <R extends Message> Pending<R> call(String method, Message request, R prototype) {
    return client.call("ReadWriteLockService/" + method, request, prototype);
  }

  public Pending<ReadWriteLockCreateResponse> create() {
    return create(ReadWriteLockCreateRequest.newBuilder());
  }

  public Pending<ReadWriteLockCreateResponse> create(OnOwnerEnd onOwnerEnd) {
    return create(ReadWriteLockCreateRequest.newBuilder().setOnOwnerEnd(onOwnerEnd));
  }

  public Pending<ReadWriteLockCreateResponse> create(ReadWriteLockCreateRequest.Builder shape) {
    return call(
        "Create", shape.setLock(lock).build(), ReadWriteLockCreateResponse.getDefaultInstance());
  }

  public Pending<ReadWriteLockAcquireResponse> read() {
    return acquire(ReadWriteLockAcquireRequest.newBuilder().setMode(READ));
  }

  public Pending<ReadWriteLockAcquireResponse> write() {
    return acquire(ReadWriteLockAcquireRequest.newBuilder().setMode(WRITE));
  }

  public Pending<ReadWriteLockAcquireResponse> read(Duration timeout) {
    return acquire(
        ReadWriteLockAcquireRequest.newBuilder()
            .setMode(READ)
            .setTimeout(Times.duration(timeout.toNanos())));
  }

  public Pending<ReadWriteLockAcquireResponse> write(Duration timeout) {
    return acquire(
        ReadWriteLockAcquireRequest.newBuilder()
            .setMode(WRITE)
            .setTimeout(Times.duration(timeout.toNanos())));
  }

  /** Acquires it for so long at most. */
  public Pending<ReadWriteLockAcquireResponse> lease(ReadWriteMode mode, Duration lease) {
    return acquire(
        ReadWriteLockAcquireRequest.newBuilder()
            .setMode(mode)
            .setLease(Times.duration(lease.toNanos())));
  }

  public Pending<ReadWriteLockAcquireResponse> acquire(ReadWriteLockAcquireRequest.Builder how) {
    return call(
        "Acquire", how.setLock(lock).build(), ReadWriteLockAcquireResponse.getDefaultInstance());
  }

  public Pending<ReadWriteLockReleaseResponse> releaseRead() {
    return release(READ, 0);
  }

  public Pending<ReadWriteLockReleaseResponse> releaseWrite() {
    return release(WRITE, 0);
  }

  public Pending<ReadWriteLockReleaseResponse> release(ReadWriteMode mode, long token) {
    return call(
        "Release",
        ReadWriteLockReleaseRequest.newBuilder()
            .setLock(lock)
            .setMode(mode)
            .setToken(token)
            .build(),
        ReadWriteLockReleaseResponse.getDefaultInstance());
  }

  public ReadWriteLockGetResponse get() {
    return call(
            "Get",
            ReadWriteLockGetRequest.newBuilder().setLock(lock).build(),
            ReadWriteLockGetResponse.getDefaultInstance())
        .response();
  }
}
