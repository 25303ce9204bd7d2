package dev.polyproc.server.log;

import dev.polyproc.internal.v1.NodeEvent;
import dev.polyproc.internal.v1.Tick;
import dev.polyproc.server.engine.Engine;
import dev.polyproc.server.engine.call.Effects;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Recipient;
import dev.polyproc.server.engine.time.Timers;
import dev.polyproc.server.engine.time.Turn;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A log that keeps nothing: whoever submits applies, at once, under the one lock. As lasting as a
 * {@code multiprocessing.Manager}.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>An effect, a reply or a timer that fails, of whatever, keeps no other from its turn. A
 *       process whose start failed so has failed.
 *   <li>What the log says of a call is the name of its method: nothing that its caller sent.
 * </ul>
 *
 * <p>Measured: applying on the thread that read the call from the socket beats every hand-over to
 * another thread, which costs 10 to 20 µs each way.
 */
public final class MemoryLog implements CommandLog {
  private static final NodeEvent TICK =
      NodeEvent.newBuilder().setTick(Tick.getDefaultInstance()).build();

  /** Longer than it takes to wake a thread; it may have been suspended. */
  private static final int MOST_YIELDS = 200;

  private final ReentrantLock lock = new ReentrantLock();
  private final Engine engine;
  private final LongSupplier clock;
  private final Later later;
  private final Consumer<Throwable> bug;
  private final EffectQueue effects;
  private long nextTick = Timers.NEVER;
  private Runnable takeBackTick = () -> {};
  private boolean draining;

  /** A log before an engine; see {@link CommandLog.Factory}. */
  public MemoryLog(
      Engine engine, LongSupplier clock, Later later, Effects effects, Consumer<Throwable> bug) {
    this.engine = engine;
    this.clock = clock;
    this.later = later;
    this.bug = bug;
    this.effects = new EffectQueue(effects, () -> engine.boot().getOrigin(), this::submit);
  }

  @Override
  public void submit(List<Invocation> calls, Applied then) {
    submitAll(null, calls, then);
  }

  @Override
  public void submit(NodeEvent before, List<Invocation> calls, Applied then) {
    submitAll(before, calls, then);
  }

  private void submitAll(@Nullable NodeEvent before, List<Invocation> calls, Applied then) {
    List<Recipient> touched;
    int done = 0;
    boolean windowIsFull = false;
    lock.lock();
    try {
      long now = clock.getAsLong();
      if (before != null) {
        apply(now, before);
      }
      long workBefore = engine.work();
      // Where calls that came together are long together, others come before the next of them.
      for (; done < calls.size() && engine.work() - workBefore <= Turn.PIECE; done++) {
        Invocation call = calls.get(done);
        windowIsFull = engine.mustWait(call);
        if (windowIsFull) {
          break;
        }
        if (draining) {
          call.refuseToWait();
        }
        apply(now, call);
      }
      touched = afterEntries();
    } finally {
      lock.unlock();
    }
    afterLock(touched);
    then.applied(done, windowIsFull);
  }

  private void apply(long now, Invocation call) {
    try {
      if (!call.operation().isRead() || !engine.read(now, call)) {
        engine.apply(now, call);
      }
    } catch (RuntimeException | Error e) {
      // Its name alone: the rest is the caller's, and may be secret.
      bug.accept(new IllegalStateException("Expected to apply " + call.operation().name(), e));
      throw e;
    }
  }

  private void apply(long now, NodeEvent event) {
    try {
      draining |= event.hasDrain();
      engine.apply(now, event);
    } catch (RuntimeException | Error e) {
      bug.accept(new IllegalStateException("Expected to apply " + event.getKindCase(), e));
      throw e;
    }
  }

  @Override
  public void submit(NodeEvent event) {
    submit(event, false);
  }

  @Override
  public boolean submitWhereNoSessionIs(NodeEvent event) {
    return submit(event, true);
  }

  private boolean submit(NodeEvent event, boolean onlyWithoutSessions) {
    List<Recipient> touched;
    lock.lock();
    try {
      if (onlyWithoutSessions && engine.hasSessions()) {
        return false;
      }
      apply(clock.getAsLong(), event);
      touched = afterEntries();
    } finally {
      lock.unlock();
    }
    afterLock(touched);
    return true;
  }

  /** Under the lock: takes what goes out, in its order. */
  private List<Recipient> afterEntries() {
    try {
      effects.add(engine.takeEffects());
      long due = engine.nextDeadline();
      if (due < nextTick) {
        nextTick = due;
        wake(due);
      }
      return engine.takeTouched();
    } catch (RuntimeException | Error e) {
      bug.accept(new IllegalStateException("Expected to take what entries brought about", e));
      throw e;
    }
  }

  private void wake(long due) {
    try {
      takeBackTick.run(); // Or deadlines that come ever earlier would all be kept.
      takeBackTick =
          later.runUnlessTakenBack(Math.max(0, due - clock.getAsLong()), () -> tick(due));
    } catch (RuntimeException | Error e) {
      // The next entry tries again.
      nextTick = Timers.NEVER;
      EffectQueue.failed("Waking up when something is due", e);
    }
  }

  /**
   * Something may be due, or entries have left some of their work, unless something earlier has
   * been scheduled meanwhile. Whoever waits for the lock comes first: it would go to this thread
   * again and again otherwise, which is awake.
   */
  private void tick(long due) {
    for (int i = 0; i < MOST_YIELDS && lock.hasQueuedThreads(); i++) {
      Thread.yield();
    }
    lock.lock();
    try {
      if (nextTick != due) {
        return;
      }
      nextTick = Timers.NEVER;
    } finally {
      lock.unlock();
    }
    submit(TICK);
  }

  private void afterLock(List<Recipient> touched) {
    effects.drain();
    for (Recipient recipient : touched) {
      flush(recipient);
    }
  }

  private static void flush(Recipient recipient) {
    try {
      recipient.flush();
    } catch (Throwable e) {
      // The others want theirs.
      EffectQueue.failed("Sending a reply", e);
    }
  }
}
