package dev.polyproc.integration;

import com.google.protobuf.util.Durations;
import dev.polyproc.v1.ElementType;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.LockAcquireRequest;
import dev.polyproc.v1.LockCreateRequest;
import dev.polyproc.v1.LockKind;
import dev.polyproc.v1.LockReleaseRequest;
import dev.polyproc.v1.QueueCreateRequest;
import dev.polyproc.v1.QueueGetRequest;
import dev.polyproc.v1.QueuePutRequest;
import dev.polyproc.v1.QueueSizeRequest;
import dev.polyproc.v1.SharedMemoryCreateRequest;
import dev.polyproc.v1.SharedMemoryLocateRequest;
import dev.polyproc.v1.Value;

/** The requests that many tests send, in a word each. */
final class Requests {
  private Requests() {}

  static Value text(String text) {
    return Value.newBuilder().setText(text).build();
  }

  static Value number(long number) {
    return Value.newBuilder().setInt(number).build();
  }

  static QueueCreateRequest createQueue(String queue) {
    return QueueCreateRequest.newBuilder().setQueue(queue).build();
  }

  static QueuePutRequest put(String queue, Value item) {
    return QueuePutRequest.newBuilder().setQueue(queue).setItem(item).build();
  }

  static QueuePutRequest put(String queue, long item) {
    return put(queue, number(item));
  }

  /** A Get that waits for ever. */
  static QueueGetRequest get(String queue) {
    return QueueGetRequest.newBuilder().setQueue(queue).build();
  }

  /** A Get that does not wait. */
  static QueueGetRequest getNow(String queue) {
    return get(queue).toBuilder().setTimeout(Durations.ZERO).build();
  }

  /** A Get that reserves, and waits for ever. */
  static QueueGetRequest reserve(String queue) {
    return get(queue).toBuilder().setReserve(true).build();
  }

  static QueueSizeRequest size(String queue) {
    return QueueSizeRequest.newBuilder().setQueue(queue).build();
  }

  static LockCreateRequest createLock(String lock) {
    return LockCreateRequest.newBuilder().setLock(lock).build();
  }

  /** An Acquire that waits for ever. */
  static LockAcquireRequest acquire(String lock) {
    return LockAcquireRequest.newBuilder().setLock(lock).build();
  }

  /** An Acquire that waits some milliseconds; 0: not at all. */
  static LockAcquireRequest acquire(String lock, long millis) {
    return acquire(lock).toBuilder().setTimeout(Durations.fromMillis(millis)).build();
  }

  /**
   * An Acquire of the lock that a value, an array or a segment names, which makes it where it is
   * not there; it waits for ever.
   */
  static LockAcquireRequest acquireGuard(String lock) {
    return acquire(lock).toBuilder()
        .setCreate(
            LockCreateRequest.newBuilder()
                .setKind(LockKind.LOCK_KIND_REENTRANT)
                .setLifetime(Lifetime.LIFETIME_WHILE_USED))
        .build();
  }

  /** A segment of shared memory. */
  static SharedMemoryCreateRequest createMemory(String memory, ElementType type, long length) {
    return SharedMemoryCreateRequest.newBuilder()
        .setMemory(memory)
        .setType(type)
        .setLength(length)
        .build();
  }

  static SharedMemoryLocateRequest locate(String memory) {
    return SharedMemoryLocateRequest.newBuilder().setMemory(memory).build();
  }

  static LockReleaseRequest release(String lock, long token) {
    return LockReleaseRequest.newBuilder().setLock(lock).setToken(token).build();
  }
}
