package dev.polyproc.client;

import dev.polyproc.client.internal.object.Holds;
import dev.polyproc.client.internal.object.Release;
import dev.polyproc.client.internal.request.Requestor;
import dev.polyproc.client.internal.wire.Durations;
import dev.polyproc.client.internal.wire.Operation;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Holder;
import dev.polyproc.v1.ReadWriteLockAcquireRequest;
import dev.polyproc.v1.ReadWriteLockAcquireResponse;
import dev.polyproc.v1.ReadWriteLockCreateRequest;
import dev.polyproc.v1.ReadWriteLockCreateResponse;
import dev.polyproc.v1.ReadWriteLockGetRequest;
import dev.polyproc.v1.ReadWriteLockGetResponse;
import dev.polyproc.v1.ReadWriteLockServiceGrpc;
import dev.polyproc.v1.ReadWriteMode;
import dev.polyproc.v1.Ref;
import dev.polyproc.v1.Waiter;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import org.jspecify.annotations.Nullable;

/**
 * A lock that many may hold to read, or one to write, in any number of programs and languages: a
 * fair {@link java.util.concurrent.locks.ReentrantReadWriteLock}.
 *
 * <pre>{@code
 * try (Hold hold = lock.readLock().acquire()) {
 *   // nobody writes
 * }
 * }</pre>
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>Who waits is served in the order of arrival; readers that stand together go together, and
 *       one behind a writer does not pass it.
 *   <li>The owner is the thread within the client's session. It may acquire again what it holds,
 *       whoever waits; who writes may read as well, and reads on when it has stopped writing. What
 *       an async twin got has an owner of its own.
 *   <li>When a writer's program dies, the lock goes on as it was created to; by default the next in
 *       line has it at once, and {@link Hold#previousOwnerDied} says so. Those that read leave
 *       nothing half done.
 *   <li>A release names the token of its hold, so that it never releases a later one.
 * </ul>
 *
 * <p><b>Otherwise than {@code ReentrantReadWriteLock}</b>
 *
 * <ul>
 *   <li>Who reads and asks to write would wait for itself: that is refused at once, with {@code
 *       ERROR_REASON_WOULD_DEADLOCK}; a {@code tryLock} answers that it did not get it.
 *   <li>{@code tryLock()} does not pass those that wait.
 *   <li>There are no conditions; those of a {@link PolyLock} are there for that.
 * </ul>
 */
public final class PolyReadWriteLock extends Handle implements ReadWriteLock {
  private static final Operation<ReadWriteLockCreateRequest, ReadWriteLockCreateResponse> CREATE =
      Operation.of(ReadWriteLockServiceGrpc.getCreateMethod());
  private static final Operation<ReadWriteLockAcquireRequest, ReadWriteLockAcquireResponse>
      ACQUIRE = Operation.of(ReadWriteLockServiceGrpc.getAcquireMethod());
  private static final Operation<ReadWriteLockGetRequest, ReadWriteLockGetResponse> GET =
      Operation.of(ReadWriteLockServiceGrpc.getGetMethod());

  private final Holds<Hold> writes;
  private final Holds<Hold> reads;
  private final ModeLock readLock;
  private final ModeLock writeLock;

  private PolyReadWriteLock(
      Requestor requestor,
      Ref ref,
      Holds<Hold> writes,
      Holds<Hold> reads,
      @Nullable Duration lease) {
    super(requestor, ref);
    this.writes = writes;
    this.reads = reads;
    ReadWriteLockAcquireRequest.Builder acquire =
        ReadWriteLockAcquireRequest.newBuilder().setLock(ref.getName());
    if (lease != null) {
      acquire.setLease(Durations.of(lease));
    }
    readLock =
        new ModeLock(
            requestor, ref, acquire.setMode(ReadWriteMode.READ_WRITE_MODE_READ).build(), reads);
    writeLock =
        new ModeLock(
            requestor, ref, acquire.setMode(ReadWriteMode.READ_WRITE_MODE_WRITE).build(), writes);
  }

  static PolyReadWriteLock create(
      Requestor requestor,
      Holds<Hold> writes,
      Holds<Hold> reads,
      ReadWriteLockCreateRequest shape) {
    return of(requestor, writes, reads, requestor.call(CREATE, shape).getRef());
  }

  static PolyReadWriteLock of(Requestor requestor, Holds<Hold> writes, Holds<Hold> reads, Ref ref) {
    return new PolyReadWriteLock(requestor.meaning(ref), ref, writes, reads, null);
  }

  /**
   * The same lock, but each hold ends by itself after so long, whatever else happens; after a
   * writer's the next holder is told that the previous one died.
   */
  public PolyReadWriteLock leased(Duration longestHold) {
    return new PolyReadWriteLock(requestor, ref, writes, reads, longestHold);
  }

  /** The lock to read. */
  @Override
  public ModeLock readLock() {
    return readLock;
  }

  /** The lock to write. */
  @Override
  public ModeLock writeLock() {
    return writeLock;
  }

  /** Who writes; empty when nobody does. */
  public Optional<Holder> writer() {
    ReadWriteLockGetResponse lock = get();
    return lock.hasWriter() ? Optional.of(lock.getWriter()) : Optional.empty();
  }

  /** Who reads, the oldest first; the first of them where they are many. */
  public List<Holder> readers() {
    return get().getReadersList();
  }

  /** Who waits, in line; the first of them where they are many. */
  public List<Waiter> waiters() {
    return get().getWaitersList();
  }

  /** Whether anybody writes, in any program. */
  public boolean isWriteLocked() {
    return get().hasWriter();
  }

  /** How many read, in all programs. */
  public int getReadLockCount() {
    return get().getReading();
  }

  /** How many wait, in all programs. */
  public int getQueueLength() {
    return get().getWaiting();
  }

  private ReadWriteLockGetResponse get() {
    return requestor.call(GET, ReadWriteLockGetRequest.newBuilder().setLock(name()).build());
  }

  /**
   * A read-write lock as one reads it, or writes it: as a {@code Lock} of {@code
   * java.util.concurrent}, whose holder is the thread, and by {@link #acquire}, whose {@link Hold}
   * can be closed by any thread.
   */
  public static final class ModeLock implements Lock {
    private final Ref ref;
    private final ReadWriteLockAcquireRequest acquire;
    private final Own acquirer;

    private ModeLock(
        Requestor requestor, Ref ref, ReadWriteLockAcquireRequest acquire, Holds<Hold> holds) {
      this.ref = ref;
      this.acquire = acquire;
      this.acquirer = new Own(requestor, holds);
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

    /** Acquires the lock if it can be had now, and answers whether that was so. */
    @Override
    public boolean tryLock() {
      try {
        return acquirer.tryLock();
      } catch (PolyprocException e) {
        return orNot(e);
      }
    }

    /** Acquires the lock, and waits for it until the time is up; answers whether it did. */
    @Override
    public boolean tryLock(long timeout, TimeUnit unit) throws InterruptedException {
      try {
        return acquirer.tryLock(timeout, unit);
      } catch (PolyprocException e) {
        return orNot(e);
      }
    }

    /** Whoever tries is told so that it would wait for itself. */
    private static boolean orNot(PolyprocException e) {
      if (e.reason() == ErrorReason.ERROR_REASON_WOULD_DEADLOCK) {
        return false;
      }
      throw e;
    }

    /**
     * Releases the lock that the calling thread acquired with {@link #lock} and its like.
     *
     * @throws IllegalMonitorStateException when the calling thread does not hold it so, or not any
     *     more: its lease ran out, or somebody else released it; the cause then has the daemon's
     *     reason
     */
    @Override
    public void unlock() {
      acquirer.unlock();
    }

    private String verb() {
      return acquire.getMode() == ReadWriteMode.READ_WRITE_MODE_READ ? "read" : "write";
    }

    /**
     * There is none.
     *
     * @throws UnsupportedOperationException always
     */
    @Override
    public Condition newCondition() {
      throw new UnsupportedOperationException(
          "Expected a lock that has conditions, but '"
              + ref.getName()
              + "' is a read-write lock; take a PolyLock");
    }

    /**
     * The calling thread's hold by {@link #lock} and its like, for its token; empty without one,
     * and when its lease is over.
     */
    public Optional<Hold> hold() {
      return acquirer.hold();
    }

    /** How often the calling thread holds it so. */
    public int getHoldCount() {
      return acquirer.count();
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
     * The twin of {@link #acquire()}. The hold has an owner of its own, and any thread may close
     * it: it excludes what the calling thread holds, and others of its kind; who reads and waits so
     * to write waits for itself.
     */
    public CompletableFuture<Hold> acquireAsync() {
      return acquirer.acquireAsync();
    }

    /** The twin of {@link #acquire(long, TimeUnit)}; empty when it did not get the lock. */
    public CompletableFuture<Optional<Hold>> acquireAsync(long timeout, TimeUnit unit) {
      return acquirer.acquireAsync(timeout, unit);
    }

    @Override
    public String toString() {
      return "PolyReadWriteLock '" + ref.getName() + "' to " + verb();
    }

    private final class Own
        extends Acquirer<ReadWriteLockAcquireRequest, ReadWriteLockAcquireResponse> {
      Own(Requestor requestor, Holds<Hold> holds) {
        super(
            requestor,
            ref,
            holds,
            ACQUIRE,
            acquire,
            acquire.hasLease() ? acquire.getLease() : null);
      }

      @Override
      ReadWriteLockAcquireRequest within(com.google.protobuf.Duration timeout) {
        return acquire.toBuilder().setTimeout(timeout).build();
      }

      @Override
      @Nullable Hold hold(ReadWriteLockAcquireResponse response, String owner) {
        return response.getAcquired()
            ? begin(owner, response.getToken(), response.getPreviousOwnerDied())
            : null;
      }

      @Override
      Release<?> release(long token) {
        return Release.ofReadWriteLock(ref.getName(), acquire.getMode(), token);
      }

      @Override
      String doing() {
        return verb() + " '" + ref.getName() + "'";
      }
    }
  }
}
