package dev.polyproc.client.internal.transport;

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
 *   <li>What is executed, submitted or scheduled is run at its time, whoever runs the loop, or
 *       nobody. Nobody runs it only while {@link #lendWhen} allows it; what comes from the network
 *       then may be late by twice {@link #PATIENCE_NANOS}.
 *   <li>A caller runs nothing but what its own call needs: it stops before the next task, and
 *       before it reads from the network again, once it is not alone any more. It runs the loop for
 *       three times {@link #PATIENCE_NANOS} at the most, and what it has begun by then.
 * </ul>
 */
public final class SharedLoop extends SingleThreadIoEventLoop {
  /**
   * So often the loop's own thread looks whether callers still come. It is longer than a turn of
   * the system's scheduler: else a call which waits for the processor looks as if none came, and
   * the loop goes to and fro (seen beside one busy program on one processor: 30 µs a call instead
   * of 17).
   */
  static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  /**
   * So many callers must have been alone in a row. It is high, since to take the loop back from
   * callers who are alone for a moment only costs more than each of them could gain.
   */
  public static final int CALLERS = 100;

  /** Netty's own bound for running tasks between two looks at the network. */
  private static final long TASKS_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final Runnable NOTHING = () -> {};

  private final boolean lendable;
  private final long patienceNanos;

  /**
   * The thread that runs the loop; null before the start, and when it is lent and nobody does. All
   * that belongs to the loop is handed over through it.
   *
   * <p>No task is left behind: who adds one does so before it reads this, and who sets this to null
   * looks for tasks afterwards; one of the two sees the other, and reclaims the loop.
   */
  private final AtomicReference<@Nullable Thread> leader = new AtomicReference<>();

  /** How many callers in a row were alone, and could have run the loop. */
  private final AtomicInteger aloneInARow = new AtomicInteger();

  /** How many callers have run the loop. */
  private final AtomicLong led = new AtomicLong();

  /** The loop's own thread; null before the start. */
  private volatile @Nullable Thread owner;

  /**
   * Whether the loop's own thread is to run the loop, so that no caller begins to, and one who does
   * leaves. Anybody may want it back; only {@link #lend} sets it to false.
   */
  private volatile boolean wantedBack = true;

  private volatile BooleanSupplier mayLend = () -> false;

  private SharedLoop(
      IoEventLoopGroup parent,
      Executor executor,
      IoHandlerFactory handlers,
      boolean lendable,
      long patienceNanos) {
    super(parent, executor, handlers);
    this.lendable = lendable;
    this.patienceNanos = patienceNanos;
  }

  /**
   * A group of one such loop.
   *
   * @param lendable false where a thread that is interrupted must not run the loop, since the JDK's
   *     channels close then, and where replies come as tasks, which may be anybody's
   */
  static EventLoopGroup group(ThreadFactory threads, IoHandlerFactory handlers, boolean lendable) {
    return group(threads, handlers, lendable, PATIENCE_NANOS);
  }

  /** The same with another {@link #PATIENCE_NANOS}. */
  static EventLoopGroup group(
      ThreadFactory threads, IoHandlerFactory handlers, boolean lendable, long patienceNanos) {
    // Netty looks at the clock three times a round where its handlers say that loops could go on in
    // other threads, to know how busy they are: these do not say so.
    return new MultiThreadIoEventLoopGroup(1, threads, handlers::newHandler) {
      @Override
      protected IoEventLoop newChild(
          Executor executor, IoHandlerFactory factory, Object... unused) {
        return new SharedLoop(this, executor, factory, lendable, patienceNanos);
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
   * Says when the loop may be lent, and stay so while nobody runs it: when no call is in flight, so
   * that no reply can be late.
   */
  public void lendWhen(BooleanSupplier nothingInFlight) {
    mayLend = nothingInFlight;
  }

  /**
   * Runs the loop on the calling thread, if it is lent and {@code alone}, until the result is there
   * or the loop has to go back to its own thread.
   *
   * @param first what is done first
   * @param result what the calling thread waits for; it may not be there yet on return
   * @param alone whether no other call than this, which may be done, is in flight; it is false
   *     before another call executes anything
   * @return false if the loop was not run, and {@code first} not either
   */
  public boolean lead(Runnable first, Future<?> result, BooleanSupplier alone) {
    Thread caller = Thread.currentThread();
    if (!lendable || PlatformDependent.isVirtualThread(caller)) {
      return false;
    }
    if (!alone.getAsBoolean()) {
      aloneInARow.set(0);
      return false;
    }
    if (wantedBack || !leader.compareAndSet(null, caller)) {
      aloneInARow.incrementAndGet();
      return false;
    }
    led.incrementAndGet();
    try {
      super.execute(first);
      runTasksWhile(alone);
      while (!result.isDone() && !wantedBack) {
        if (alone.getAsBoolean() && !isShuttingDown()) {
          runIo();
          runTasksWhile(alone);
        } else {
          wantedBack = true;
        }
      }
    } finally {
      leader.set(null);
      if (wantedBack || pendingTasks() > 0 || !mayLend.getAsBoolean()) {
        reclaim();
      }
    }
    return true;
  }

  /** Runs what waits, but not what came with another's call: that is for the loop's own thread. */
  private void runTasksWhile(BooleanSupplier alone) {
    for (Runnable due = pollScheduledTask(); due != null; due = pollScheduledTask()) {
      safeExecute(due);
    }
    while (peekTask() != null && alone.getAsBoolean()) {
      Runnable task = pollTask();
      if (task != null) {
        safeExecute(task);
      }
    }
    afterRunningAllTasks();
  }

  @Override
  protected void run() {
    owner = Thread.currentThread();
    leader.set(owner);
    ioHandler().initialize();
    do {
      runIo();
      if (isShuttingDown()) {
        ioHandler().prepareToDestroy();
      }
      runAllTasks(TASKS_NANOS);
      if (aloneInARow.get() >= CALLERS && mayLend.getAsBoolean() && !isShuttingDown()) {
        lend();
        takeBack();
      }
    } while (!confirmShutdown());
  }

  /** Leaves the loop to callers, for as long as one comes after the other. */
  private void lend() {
    aloneInARow.set(0);
    wantedBack = false;
    leader.set(null);
    if (pendingTasks() > 0) {
      return;
    }
    long before;
    do {
      before = led.get();
      park();
    } while (!wantedBack && led.get() != before && !isShuttingDown());
  }

  private void takeBack() {
    wantedBack = true;
    while (!leader.compareAndSet(null, owner)) {
      super.execute(NOTHING); // wakes the caller who runs it, and who then leaves
      park();
    }
  }

  private void park() {
    boolean unused = Thread.interrupted(); // by somebody's callback: it must not keep us awake
    LockSupport.parkNanos(this, patienceNanos);
  }

  /** Has the loop's own thread run the loop. */
  private void reclaim() {
    wantedBack = true;
    LockSupport.unpark(owner);
  }
}
