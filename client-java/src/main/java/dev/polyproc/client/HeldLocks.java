package dev.polyproc.client;

import com.google.protobuf.Duration;
import dev.polyproc.client.internal.request.Requestor;
import dev.polyproc.client.internal.wire.Errors;
import dev.polyproc.client.internal.wire.Operation;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.LockAcquireAllRequest;
import dev.polyproc.v1.LockAcquireAllResponse;
import dev.polyproc.v1.LockAcquireRequest;
import dev.polyproc.v1.LockServiceGrpc;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What one {@link Toolbox#lockAll(List)} has: a hold of each of its locks. Closing it releases them
 * all; any thread may.
 */
public final class HeldLocks implements AutoCloseable {
  private static final Operation<LockAcquireAllRequest, LockAcquireAllResponse> ACQUIRE_ALL =
      Operation.of(LockServiceGrpc.getAcquireAllMethod());

  private final List<Hold> holds;

  private HeldLocks(List<Hold> holds) {
    this.holds = List.copyOf(holds);
  }

  static HeldLocks acquire(Requestor requestor, List<PolyLock> locks) throws InterruptedException {
    Requestor any = requestor.meaningAny();
    return held(any.await(ACQUIRE_ALL, request(any, locks, null)), locks, Requestor.owner());
  }

  static @Nullable HeldLocks acquire(
      Requestor requestor, List<PolyLock> locks, long timeout, TimeUnit unit)
      throws InterruptedException {
    Requestor any = requestor.meaningAny();
    LockAcquireAllRequest request = request(any, locks, any.timeout(timeout, unit));
    return of(any.await(ACQUIRE_ALL, request, timeout, unit), locks, Requestor.owner());
  }

  static @Nullable HeldLocks tryAcquire(Requestor requestor, List<PolyLock> locks) {
    Requestor any = requestor.meaningAny();
    Duration now = any.timeout(0, TimeUnit.SECONDS);
    return of(any.call(ACQUIRE_ALL, request(any, locks, now)), locks, Requestor.owner());
  }

  static CompletableFuture<HeldLocks> acquireAsync(Requestor requestor, List<PolyLock> locks) {
    Requestor any = requestor.meaningAny();
    List<PolyLock> all = List.copyOf(locks);
    String owner = Requestor.newOwner();
    return any.async(
        ACQUIRE_ALL, request(any, all, null), response -> held(response, all, owner), owner);
  }

  static CompletableFuture<Optional<HeldLocks>> acquireAsync(
      Requestor requestor, List<PolyLock> locks, long timeout, TimeUnit unit) {
    Requestor any = requestor.meaningAny();
    List<PolyLock> all = List.copyOf(locks);
    String owner = Requestor.newOwner();
    return any.async(
        ACQUIRE_ALL,
        request(any, all, any.timeout(timeout, unit)),
        response -> Optional.ofNullable(of(response, all, owner)),
        owner);
  }

  private static LockAcquireAllRequest request(
      Requestor requestor, List<PolyLock> locks, @Nullable Duration timeout) {
    if (locks.isEmpty()) {
      throw new IllegalArgumentException("Expected locks to acquire, but there are none");
    }
    LockAcquireRequest how = how(locks.get(0));
    LockAcquireAllRequest.Builder request = LockAcquireAllRequest.newBuilder();
    for (PolyLock lock : locks) {
      if (lock.requestor().session() != requestor.session()) {
        throw new IllegalArgumentException(
            "Expected locks of this client, but '" + lock.name() + "' is another one's");
      }
      if (!how(lock).equals(how)) {
        throw new IllegalArgumentException(
            "Expected locks that go together, but '"
                + lock.name()
                + "' differs from '"
                + locks.get(0).name()
                + "': do not mix "
                + difference(how(lock), how));
      }
      request.addLocks(lock.name()).addIncarnations(lock.ref().getIncarnation());
    }
    if (how.hasLease()) {
      request.setLease(how.getLease());
    }
    if (how.hasCreate()) {
      request.setCreate(how.getCreate()).clearIncarnations();
    }
    return timeout == null ? request.build() : request.setTimeout(timeout).build();
  }

  private static String difference(LockAcquireRequest how, LockAcquireRequest other) {
    if (how.hasCreate() != other.hasCreate()) {
      return "those of keyLock and of lock";
    }
    return how.getCreate().equals(other.getCreate())
        ? "those that are leased for different times"
        : "locks per key of different shapes";
  }

  private static LockAcquireRequest how(PolyLock lock) {
    return lock.acquiring().toBuilder().clearLock().build();
  }

  private static @Nullable HeldLocks of(
      LockAcquireAllResponse response, List<PolyLock> locks, String owner) {
    if (!response.getAcquired()) {
      return null;
    }
    List<Hold> holds = new ArrayList<>();
    for (int i = 0; i < locks.size(); i++) {
      holds.add(Objects.requireNonNull(locks.get(i).acquirer().hold(response.getHolds(i), owner)));
    }
    return new HeldLocks(holds);
  }

  private static HeldLocks held(
      LockAcquireAllResponse response, List<PolyLock> locks, String owner) {
    HeldLocks held = of(response, locks, owner);
    if (held == null) {
      throw Errors.of(
          ErrorReason.ERROR_REASON_INTERNAL,
          "Expected to wait for " + locks.size() + " locks for ever, but the time was up");
    }
    return held;
  }

  /** The hold of each lock, in the order in which they were given. */
  public List<Hold> holds() {
    return holds;
  }

  /**
   * Releases all that were not released before, whether or not the daemon refuses one of them.
   * Waits for the daemon's word.
   *
   * @throws PolyprocException when a hold ended before, as {@link Hold#close} says; those of others
   *     are suppressed
   * @throws IllegalStateException on the client's event loop, where nothing waits; the locks are
   *     still held, and {@link #closeAsync} releases them
   */
  @Override
  public void close() {
    holds.get(0).tenure().mayRelease();
    PolyprocException first = null;
    for (int i = holds.size() - 1; i >= 0; i--) {
      try {
        holds.get(i).close();
      } catch (PolyprocException e) {
        if (first == null) {
          first = e;
        } else {
          first.addSuppressed(e);
        }
      }
    }
    if (first != null) {
      throw first;
    }
  }

  /** The twin of {@link #close}. */
  public CompletableFuture<@Nullable Void> closeAsync() {
    return CompletableFuture.allOf(
        holds.stream().map(Hold::closeAsync).toArray(CompletableFuture[]::new));
  }

  @Override
  public String toString() {
    return "HeldLocks " + holds;
  }
}
