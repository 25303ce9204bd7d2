package dev.polyproc.client;

import dev.polyproc.client.internal.object.Holds;
import dev.polyproc.client.internal.object.Release;
import dev.polyproc.client.internal.request.Requestor;
import dev.polyproc.client.internal.wire.Durations;
import dev.polyproc.client.internal.wire.Operation;
import dev.polyproc.v1.ConditionCreateRequest;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Holder;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.LockAcquireRequest;
import dev.polyproc.v1.LockAcquireResponse;
import dev.polyproc.v1.LockCreateRequest;
import dev.polyproc.v1.LockCreateResponse;
import dev.polyproc.v1.LockGetRequest;
import dev.polyproc.v1.LockGetResponse;
import dev.polyproc.v1.LockServiceGrpc;
import dev.polyproc.v1.ObjectKind;
import dev.polyproc.v1.Ref;
import dev.polyproc.v1.Waiter;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import org.jspecify.annotations.Nullable;

/**
 * A lock that crosses processes and languages, in two ways: as a {@code Lock} of {@code
 * java.util.concurrent}, whose holder is the thread, and by {@link #acquire}, whose {@link Hold}
 * can be closed by any thread, carries the fencing token and guards other calls.
 *
 * <pre>{@code
 * try (Hold hold = lock.acquire()) {
 *   polyproc.guardedBy(hold).dict("accounts", String.class, Long.class).put("alice", 5L);
 * }
 * }</pre>
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>Who waits is served in the order of arrival, never overtaken.
 *   <li>The owner is the thread within the client's session: two threads of one client exclude each
 *       other. What {@link #acquireAsync} got has an owner of its own.
 *   <li>When the holder's program dies, the lock goes on as it was created to; by default the next
 *       in line has it at once, and {@link Hold#previousOwnerDied} says so.
 *   <li>A release names the token of its hold, so that it never releases a later one.
 *   <li>A lock per key, {@link Toolbox#keyLock}, is there only while it is used, and goes by its
 *       name.
 *   <li>A plain lock is not reentrant: a thread that acquires it twice waits for itself, as with
 *       Python's. A reentrant one is created with {@code LOCK_KIND_REENTRANT}.
 * </ul>
 */
public final class PolyLock extends Handle implements Lock {
  private static final Operation<LockCreateRequest, LockCreateResponse> CREATE =
      Operation.of(LockServiceGrpc.getCreateMethod());
  private static final Operation<LockAcquireRequest, LockAcquireResponse> ACQUIRE =
      Operation.of(LockServiceGrpc.getAcquireMethod());
  private static final Operation<LockGetRequest, LockGetResponse> GET =
      Operation.of(LockServiceGrpc.getGetMethod());

  private final LockAcquireRequest acquire;
  private final Holds<Hold> holds;
  private final Own acquirer;

  private PolyLock(Requestor requestor, Ref ref, LockAcquireRequest acquire, Holds<Hold> holds) {
    super(requestor, ref);
    this.acquire = acquire;
    this.holds = holds;
    this.acquirer = new Own();
  }

  static PolyLock create(Requestor requestor, Holds<Hold> holds, LockCreateRequest shape) {
    return shape.getLifetime() == Lifetime.LIFETIME_WHILE_USED
        ? whileUsed(requestor, holds, shape)
        : of(requestor, holds, requestor.call(CREATE, shape).getRef());
  }

  /** Asks the daemon nothing: the lock is made when it is acquired. */
  private static PolyLock whileUsed(
      Requestor requestor, Holds<Hold> holds, LockCreateRequest shape) {
    Ref ref =
        Ref.newBuilder().setKind(ObjectKind.OBJECT_KIND_LOCK).setName(shape.getLock()).build();
    return new PolyLock(
        requestor.meaning(ref),
        ref,
        LockAcquireRequest.newBuilder()
            .setLock(shape.getLock())
            .setCreate(shape.toBuilder().clearLock())
            .build(),
        holds);
  }

  /**
   * The lock that a ref means; one without an incarnation goes by name, as a plain lock per key.
   */
  static PolyLock of(Requestor requestor, Holds<Hold> holds, Ref ref) {
    if (ref.getIncarnation() == 0) {
      return whileUsed(requestor, holds, keyShape(ref.getName()));
    }
    return new PolyLock(
        requestor.meaning(ref),
        ref,
        LockAcquireRequest.newBuilder().setLock(ref.getName()).build(),
        holds);
  }

  /** The shape of a plain lock per key. */
  static LockCreateRequest keyShape(String name) {
    return LockCreateRequest.newBuilder()
        .setLock(name)
        .setLifetime(Lifetime.LIFETIME_WHILE_USED)
        .build();
  }

  /**
   * The same lock, but each hold ends by itself after so long, whatever else happens; the next
   * holder is told that the previous one died.
   */
  public PolyLock leased(Duration longestHold) {
    return new PolyLock(
        requestor, ref, acquire.toBuilder().setLease(Durations.of(longestHold)).build(), holds);
  }

  /** Acquires the lock, and waits for it, whoever interrupts. */
  @Override
  public void lock() {
    acquirer.lock();
  }

  /** Acquires the lock, and waits for it. */
  @Override
  public void lockInterruptibly() throws InterruptedException {
    acquirer.lockInterruptibly();
  }

  /** Acquires the lock if nobody holds it, and answers whether that was so. */
  @Override
  public boolean tryLock() {
    return acquirer.tryLock();
  }

  /** Acquires the lock, and waits for it until the time is up; answers whether it did. */
  @Override
  public boolean tryLock(long timeout, TimeUnit unit) throws InterruptedException {
    return acquirer.tryLock(timeout, unit);
  }

  /**
   * Releases the lock that the calling thread acquired with {@link #lock} and its like. To let
   * another thread release it, {@link #acquire} it and hand the {@link Hold} over.
   *
   * @throws IllegalMonitorStateException when the calling thread does not hold it so, or not any
   *     more: its lease ran out, or somebody else released it; the cause then has the daemon's
   *     reason
   */
  @Override
  public void unlock() {
    acquirer.unlock();
  }

  /**
   * A new condition of this lock, which nobody else can find: keep what this answers, and hand it
   * to others as a value. It is there as long as this client, so {@link Toolbox#drop} it when it is
   * done with. One that programs share has a name: {@link #condition}.
   *
   * @throws UnsupportedOperationException of a lock per key, which has none
   */
  @Override
  public PolyCondition newCondition() {
    return condition(ConditionCreateRequest.newBuilder().setLifetime(Lifetime.LIFETIME_REFERENCED));
  }

  /**
   * The condition of a name, of this lock: the same for all that ask for it.
   *
   * @throws UnsupportedOperationException of a lock per key, which has none
   */
  public PolyCondition condition(String name) {
    String created = Toolbox.created("a condition", name);
    return condition(ConditionCreateRequest.newBuilder().setCondition(created));
  }

  private PolyCondition condition(ConditionCreateRequest.Builder shape) {
    if (acquire.hasCreate()) {
      throw new UnsupportedOperationException(
          "Expected a lock that stays for a condition, but '" + name() + "' is a lock per key");
    }
    shape.setLock(name()).setLockIncarnation(ref().getIncarnation());
    return PolyCondition.create(requestor.meaningAny(), holds, shape.build(), this);
  }

  // For several at once.

  /** Whose it is. */
  Requestor requestor() {
    return requestor;
  }

  /** How it is acquired. */
  LockAcquireRequest acquiring() {
    return acquire;
  }

  // For its conditions.

  Acquirer<LockAcquireRequest, LockAcquireResponse> acquirer() {
    return acquirer;
  }

  /** How often the calling thread holds it by {@link #lock} and its like. */
  int count() {
    return acquirer.count();
  }

  /** The token of who holds it. */
  long token() {
    return get().getToken();
  }

  /** How long it is held at most; {@code null}: as long as the session. */
  com.google.protobuf.@Nullable Duration longestHold() {
    return acquire.hasLease() ? acquire.getLease() : null;
  }

  /**
   * The calling thread's hold by {@link #lock} and its like, for its token; empty without one, and
   * when its lease is over.
   */
  public Optional<Hold> hold() {
    return acquirer.hold();
  }

  /** Acquires the lock, and waits for it. Close the hold to release it. */
  public Hold acquire() throws InterruptedException {
    return acquirer.acquire();
  }

  /** Acquires the lock, and waits for it until the time is up; null when it did not get it. */
  public @Nullable Hold acquire(long timeout, TimeUnit unit) throws InterruptedException {
    return acquirer.acquire(timeout, unit);
  }

  /**
   * The twin of {@link #acquire()}. The hold has an owner of its own, and any thread may close it:
   * two of them exclude each other, and what the calling thread holds, also where the lock is
   * reentrant.
   */
  public CompletableFuture<Hold> acquireAsync() {
    return acquirer.acquireAsync();
  }

  /** The twin of {@link #acquire(long, TimeUnit)}; empty when it did not get the lock. */
  public CompletableFuture<Optional<Hold>> acquireAsync(long timeout, TimeUnit unit) {
    return acquirer.acquireAsync(timeout, unit);
  }

  /** Who holds the lock; empty when nobody does. */
  public Optional<Holder> holder() {
    LockGetResponse lock = get();
    return lock.hasHolder() ? Optional.of(lock.getHolder()) : Optional.empty();
  }

  /** Who waits for the lock, in line. */
  public List<Waiter> waiters() {
    return get().getWaitersList();
  }

  /** Whether somebody holds the lock. */
  public boolean isLocked() {
    return get().getHeld();
  }

  private LockGetResponse get() {
    try {
      return requestor.call(GET, LockGetRequest.newBuilder().setLock(name()).build());
    } catch (PolyprocException e) {
      if (acquire.hasCreate() && e.reason() == ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND) {
        return LockGetResponse.getDefaultInstance();
      }
      throw e;
    }
  }

  private final class Own extends Acquirer<LockAcquireRequest, LockAcquireResponse> {
    Own() {
      super(requestor, ref, holds, ACQUIRE, acquire, longestHold());
    }

    @Override
    LockAcquireRequest within(com.google.protobuf.Duration timeout) {
      return acquire.toBuilder().setTimeout(timeout).build();
    }

    @Override
    @Nullable Hold hold(LockAcquireResponse response, String owner) {
      return response.getAcquired()
          ? begin(owner, response.getToken(), response.getPreviousOwnerDied())
          : null;
    }

    @Override
    Release<?> release(long token) {
      return Release.ofLock(name(), token);
    }

    @Override
    String doing() {
      return "hold lock '" + name() + "'";
    }
  }
}
