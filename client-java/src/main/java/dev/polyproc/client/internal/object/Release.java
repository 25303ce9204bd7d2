package dev.polyproc.client.internal.object;

import com.google.protobuf.MessageLite;
import dev.polyproc.client.internal.request.Requestor;
import dev.polyproc.client.internal.wire.Operation;
import dev.polyproc.v1.LockReleaseRequest;
import dev.polyproc.v1.LockServiceGrpc;
import dev.polyproc.v1.ReadWriteLockReleaseRequest;
import dev.polyproc.v1.ReadWriteLockServiceGrpc;
import dev.polyproc.v1.ReadWriteMode;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What releases a tenure: an rpc, and what it is told.
 *
 * @param <Q> the request
 */
public final class Release<Q extends MessageLite> {
  private static final Operation<LockReleaseRequest, ?> LOCK =
      Operation.of(LockServiceGrpc.getReleaseMethod());
  private static final Operation<ReadWriteLockReleaseRequest, ?> READ_WRITE_LOCK =
      Operation.of(ReadWriteLockServiceGrpc.getReleaseMethod());

  private final Operation<Q, ?> operation;
  private final Q request;

  private Release(Operation<Q, ?> operation, Q request) {
    this.operation = operation;
    this.request = request;
  }

  /** Of a lock, or one count of it. */
  public static Release<?> ofLock(String lock, long token) {
    return new Release<>(
        LOCK, LockReleaseRequest.newBuilder().setLock(lock).setToken(token).build());
  }

  /** Of a read-write lock as it is held, or one count of it. */
  public static Release<?> ofReadWriteLock(String lock, ReadWriteMode mode, long token) {
    return new Release<>(
        READ_WRITE_LOCK,
        ReadWriteLockReleaseRequest.newBuilder()
            .setLock(lock)
            .setMode(mode)
            .setToken(token)
            .build());
  }

  void mayWait(Requestor requestor) {
    requestor.mayWait(operation);
  }

  void call(Requestor requestor, String owner) {
    requestor.call(operation, request, owner);
  }

  CompletableFuture<@Nullable Void> async(Requestor requestor, String owner) {
    return requestor.async(operation, request, response -> null, owner);
  }
}
