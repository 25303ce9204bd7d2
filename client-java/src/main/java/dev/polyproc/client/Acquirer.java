package dev.polyproc.client;

import com.google.protobuf.Duration;
import com.google.protobuf.MessageLite;
import dev.polyproc.client.internal.object.Holds;
import dev.polyproc.client.internal.object.Release;
import dev.polyproc.client.internal.object.Tenure;
import dev.polyproc.client.internal.request.Requestor;
import dev.polyproc.client.internal.wire.Durations;
import dev.polyproc.client.internal.wire.Errors;
import dev.polyproc.client.internal.wire.Operation;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Ref;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How a lock, or a read-write lock one way, is acquired: by a thread, whose holds it keeps until
 * the thread unlocks, and as a {@link Hold}, which any thread may close. What an async twin
 * acquires has an owner of its own: it excludes all else, of the same thread, too.
 *
 * @param <Q> the request
 * @param <S> the response
 */
abstract class Acquirer<Q extends MessageLite, S extends MessageLite> {
  /** The hold is over, as the daemon says. */
  private static final Set<ErrorReason> NOT_HELD =
      EnumSet.of(
          ErrorReason.ERROR_REASON_NOT_HELD,
          ErrorReason.ERROR_REASON_NOT_OWNER,
          ErrorReason.ERROR_REASON_STALE_TOKEN);

  private final Requestor requestor;
  private final Ref ref;
  private final Holds<Hold> holds;
  private final Operation<Q, S> operation;
  private final Q request;
  private final long lease;

  Acquirer(
      Requestor requestor,
      Ref ref,
      Holds<Hold> holds,
      Operation<Q, S> operation,
      Q request,
      @Nullable Duration lease) {
    this.requestor = requestor;
    this.ref = ref;
    this.holds = holds;
    this.operation = operation;
    this.request = request;
    this.lease = lease == null ? Long.MAX_VALUE : Durations.nanos(lease);
  }

  /** The request that waits for a time. */
  abstract Q within(Duration timeout);

  /** What the response gave to an owner; null where that is nothing. */
  abstract @Nullable Hold hold(S response, String owner);

  abstract Release<?> release(long token);

  /** What the calling thread would do, such as to hold the lock of this name. */
  abstract String doing();

  /** A hold that begins now. */
  Hold begin(String owner, long token, boolean previousOwnerDied) {
    return new Hold(
        new Tenure(requestor, ref, release(token), owner, token, lease), previousOwnerDied);
  }

  // As a thread.

  void lock() {
    keep(call(Requestor.owner()));
  }

  void lockInterruptibly() throws InterruptedException {
    keep(acquire());
  }

  boolean tryLock() {
    String owner = Requestor.owner();
    Q now = within(requestor.timeout(0, TimeUnit.SECONDS));
    return keep(hold(requestor.call(operation, now, owner), owner));
  }

  boolean tryLock(long timeout, TimeUnit unit) throws InterruptedException {
    return keep(acquire(timeout, unit));
  }

  void unlock() {
    Hold hold = required("");
    try {
      hold.tenure().release();
      holds.release(ref, Requestor.owner());
    } catch (PolyprocException e) {
      throw notHeld(e);
    }
  }

  Optional<Hold> hold() {
    return Optional.ofNullable(holds.get(ref, Requestor.owner()))
        .filter(hold -> !hold.tenure().isOver());
  }

  int count() {
    return holds.count(ref, Requestor.owner());
  }

  /**
   * What the calling thread holds, be it over by its lease.
   *
   * @param hint what else it is told that holds nothing
   */
  Hold required(String hint) {
    Hold hold = holds.get(ref, Requestor.owner());
    if (hold == null) {
      throw new IllegalMonitorStateException(
          "Expected the calling thread to " + doing() + ", but it does not" + hint);
    }
    return hold;
  }

  /** The calling thread holds it so many times, in the place of what it had before. */
  void put(Hold hold, int count) {
    holds.put(ref, hold.tenure(), hold, count);
  }

  /** The calling thread holds nothing. */
  void forget() {
    holds.remove(ref, Requestor.owner());
  }

  /** What the calling thread is told that does not hold it, as the daemon says; else the cause. */
  RuntimeException notHeld(PolyprocException e) {
    RuntimeException thrown = ended(e);
    if (thrown != e) {
      forget();
    }
    return thrown;
  }

  /** That a hold is over, where the daemon says so; else the cause. */
  static RuntimeException ended(PolyprocException e) {
    return NOT_HELD.contains(e.reason())
        ? (IllegalMonitorStateException)
            new IllegalMonitorStateException(e.getMessage()).initCause(e)
        : e;
  }

  private boolean keep(@Nullable Hold hold) {
    if (hold != null) {
      holds.add(ref, hold.tenure(), hold);
    }
    return hold != null;
  }

  // As holds.

  /** Waits, whoever interrupts. */
  Hold call(String owner) {
    return held(requestor.call(operation, request, owner), owner);
  }

  Hold acquire() throws InterruptedException {
    return held(requestor.await(operation, request), Requestor.owner());
  }

  @Nullable Hold acquire(long timeout, TimeUnit unit) throws InterruptedException {
    Q timed = within(requestor.timeout(timeout, unit));
    return hold(requestor.await(operation, timed, timeout, unit), Requestor.owner());
  }

  CompletableFuture<Hold> acquireAsync() {
    String owner = Requestor.newOwner();
    return requestor.async(operation, request, response -> held(response, owner), owner);
  }

  CompletableFuture<Optional<Hold>> acquireAsync(long timeout, TimeUnit unit) {
    String owner = Requestor.newOwner();
    return requestor.async(
        operation,
        within(requestor.timeout(timeout, unit)),
        response -> Optional.ofNullable(hold(response, owner)),
        owner);
  }

  private Hold held(S response, String owner) {
    Hold hold = hold(response, owner);
    if (hold == null) {
      throw Errors.of(
          ErrorReason.ERROR_REASON_INTERNAL,
          "Expected to wait for ever to " + doing() + ", but the time was up");
    }
    return hold;
  }
}
