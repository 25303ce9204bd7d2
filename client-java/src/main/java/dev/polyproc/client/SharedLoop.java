package dev.polyproc.client;

import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.IoEventLoop;
import io.grpc.netty.shaded.io.netty.channel.IoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.IoHandlerFactory;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.SingleThreadIoEventLoop;
import io.grpc.netty.shaded.io.netty.util.internal.PlatformDependent;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * An event loop that lends itself to its callers. While one thread alone makes one call after the
 * other, that thread runs the loop itself for as long as it waits: it writes its request and reads
 * its reply, and nobody has to be woken on this side. In all other cases the loop's own thread runs
 * it. It is the pattern Leader/Followers (Schmidt and others, Pattern-Oriented Software
 * Architecture, volume 2) with one follower; {@code docs/decisions/0014} has the reasons.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>One thread at a time runs the loop, and {@link #inEventLoop} is true on that thread only.
 *   <li>A task is run at once, whoever runs the loop, or nobody. What comes from the network, and
 *       what was scheduled, may wait for {@link #PATIENCE_NANOS} when nobody does, which is only
 *       when {@link #lendWhen} allows it.
 *   <li>A caller runs the loop for no longer than it waits, twice {@link #PATIENCE_NANOS} at the
 *       most, and only while it is alone.
 * </ul>
 */
final class SharedLoop extends SingleThreadIoEventLoop {
  /** So long the loop's own thread waits for the next caller before it runs the loop again. */
  static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  /**
   * So many callers must have been alone in a row. It is high, since to take the loop back from
   * callers who are alone for a moment only costs more than each of them could gain.
   */
  static final int CALLERS = 100;

  /** Netty's own bound for running tasks between two looks at the network. */
  private static final long TASKS_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final boolean lends;

  /** The thread that runs the loop; null before the start, and when it is lent and nobody does. */
  private final AtomicReference<@Nullable Thread> leader = new AtomicReference<>();

  /** How many callers in a row could have run the loop. */
  private final AtomicInteger askedFor = new AtomicInteger();

  /** How many callers have run the loop. */
  private final AtomicLong led = new AtomicLong();

  /** The loop's own thread; null before the start. */
  private volatile @Nullable Thread owner;

  /** Whether the loop's own thread runs the loop, or is about to. */
  private volatile boolean owned = true;

  private volatile BooleanSupplier mayLend = () -> false;

  private SharedLoop(
      IoEventLoopGroup parent, Executor executor, IoHandlerFactory handlers, boolean lends) {
    super(parent, executor, handlers);
    this.lends = lends;
  }

  /**
   * A group of one such loop.
   *
   * @param lends false where a thread that is interrupted must not run the loop: the JDK's channels
   *     close then
   */
  static EventLoopGroup group(ThreadFactory threads, IoHandlerFactory handlers, boolean lends) {
    return new MultiThreadIoEventLoopGroup(1, threads, handlers) {
      @Override
      protected IoEventLoop newChild(
          Executor executor, IoHandlerFactory factory, Object... unused) {
        return new SharedLoop(this, executor, factory, lends);
      }
    };
  }

  @Override
  public boolean inEventLoop(Thread thread) {
    return leader.get() == thread;
  }

  @Override
  public void execute(Runnable task) {
    super.execute(task);
    if (leader.get() == null) {
      reclaim();
    }
  }

  /**
   * Says when the loop may be lent: when nobody waits for anything from the network, so that none
   * of it can be late.
   */
  void lendWhen(BooleanSupplier nothingInFlight) {
    mayLend = nothingInFlight;
  }

  /**
   * Runs the loop on the calling thread, if it is lent and {@code alone}, until the result is there
   * or the loop has to go back to its own thread.
   *
   * @param first what is done first
   * @param result what the calling thread waits for; it may not be there yet on return
   * @param alone whether nobody else waits for anything
   * @return false if the loop was not run, and {@code first} not either
   */
  boolean lead(Runnable first, Future<?> result, BooleanSupplier alone) {
    Thread caller = Thread.currentThread();
    if (!lends || PlatformDependent.isVirtualThread(caller)) {
      return false;
    }
    if (!alone.getAsBoolean()) {
      askedFor.set(0);
      return false;
    }
    if (owned || !leader.compareAndSet(null, caller)) {
      askedFor.incrementAndGet();
      return false;
    }
    led.incrementAndGet();
    try {
      super.execute(first);
      runAllTasks(TASKS_NANOS);
      while (!result.isDone() && !owned) {
        if (alone.getAsBoolean() && !isShuttingDown()) {
          turn();
        } else {
          owned = true;
        }
      }
    } finally {
      leader.set(null);
      if (owned || pendingTasks() > 0) {
        reclaim();
      }
    }
    return true;
  }

  @Override
  protected void run() {
    owner = Thread.currentThread();
    leader.set(owner);
    ioHandler().initialize();
    do {
      turn();
      if (askedFor.get() >= CALLERS && mayLend.getAsBoolean() && !isShuttingDown()) {
        lend();
        takeBack();
      }
    } while (!confirmShutdown());
  }

  private void turn() {
    runIo();
    if (isShuttingDown()) {
      ioHandler().prepareToDestroy();
    }
    runAllTasks(TASKS_NANOS);
  }

  /** Leaves the loop to callers, for as long as one comes after the other. */
  private void lend() {
    askedFor.set(0);
    owned = false;
    leader.set(null);
    if (pendingTasks() > 0) { // added when the loop still seemed to be run
      return;
    }
    long before;
    do {
      before = led.get();
      LockSupport.parkNanos(this, PATIENCE_NANOS);
    } while (!owned && led.get() != before && !isShuttingDown());
  }

  private void takeBack() {
    owned = true;
    while (!leader.compareAndSet(null, owner)) {
      ioHandler().wakeup(); // the caller who runs it, and then leaves
      LockSupport.parkNanos(this, PATIENCE_NANOS);
    }
  }

  /** Has the loop's own thread run the loop. */
  private void reclaim() {
    owned = true;
    LockSupport.unpark(owner);
  }
}
