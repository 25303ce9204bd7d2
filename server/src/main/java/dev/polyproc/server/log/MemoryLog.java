package dev.polyproc.server.log;

import dev.polyproc.internal.v1.NodeEvent;
import dev.polyproc.internal.v1.Tick;
import dev.polyproc.server.engine.Call;
import dev.polyproc.server.engine.Caller;
import dev.polyproc.server.engine.Effect;
import dev.polyproc.server.engine.Engine;
import dev.polyproc.server.engine.Operation.Kind;
import dev.polyproc.server.engine.Timers;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * A log that keeps nothing: whoever submits applies, at once, under the one lock. As lasting as a
 * {@code multiprocessing.Manager}.
 *
 * <p>Measured: applying on the thread that read the call from the socket beats every hand-over to
 * another thread, which costs 10 to 20 µs each way.
 */
public final class MemoryLog implements CommandLog {
  private static final NodeEvent TICK =
      NodeEvent.newBuilder().setTick(Tick.getDefaultInstance()).build();

  private final ReentrantLock lock = new ReentrantLock();
  private final Engine engine;
  private final LongSupplier clock;
  private final Later later;
  private final Consumer<Effect> effects;
  private final Consumer<Throwable> bug;
  private final Queue<Effect> pendingEffects = new ConcurrentLinkedQueue<>();
  private final AtomicInteger effectDrains = new AtomicInteger();
  private long nextTick = Timers.NEVER;

  /**
   * A log before an engine.
   *
   * @param clock nanoseconds since 1970, never going back
   * @param later wakes the engine when something is due and nobody calls
   * @param effects makes effects happen; called by one thread at a time, outside the lock
   * @param bug is told when the engine threw: it must not be used any more
   */
  public MemoryLog(
      Engine engine,
      LongSupplier clock,
      Later later,
      Consumer<Effect> effects,
      Consumer<Throwable> bug) {
    this.engine = engine;
    this.clock = clock;
    this.later = later;
    this.effects = effects;
    this.bug = bug;
  }

  @Override
  public int submit(List<Call> calls) {
    List<Caller> touched;
    int done = 0;
    lock.lock();
    try {
      long now = clock.getAsLong();
      for (; done < calls.size(); done++) {
        Call call = calls.get(done);
        if (engine.mustWait(call)) {
          break;
        }
        apply(now, call);
      }
      touched = afterEntries();
    } finally {
      lock.unlock();
    }
    afterLock(touched);
    return done;
  }

  private void apply(long now, Call call) {
    try {
      if (call.operation().kind() != Kind.READ || !engine.read(now, call)) {
        engine.apply(now, call);
      }
    } catch (RuntimeException | Error e) {
      bug.accept(new IllegalStateException("Expected to apply " + call.toEnvelope(), e));
      throw e;
    }
  }

  @Override
  public void submit(NodeEvent event) {
    List<Caller> touched;
    lock.lock();
    try {
      engine.apply(clock.getAsLong(), event);
      touched = afterEntries();
    } catch (RuntimeException | Error e) {
      bug.accept(new IllegalStateException("Expected to apply " + event, e));
      throw e;
    } finally {
      lock.unlock();
    }
    afterLock(touched);
  }

  /** Under the lock: takes what goes out, in its order. */
  private List<Caller> afterEntries() {
    pendingEffects.addAll(engine.takeEffects());
    long due = engine.nextDeadline();
    if (due < nextTick) {
      nextTick = due;
      later.run(Math.max(0, due - clock.getAsLong()), () -> tick(due));
    }
    return engine.takeTouched();
  }

  /** Something may be due; what was due earlier has been scheduled on its own. */
  private void tick(long due) {
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

  private void afterLock(List<Caller> touched) {
    if (!pendingEffects.isEmpty() && effectDrains.getAndIncrement() == 0) {
      int seen = 1;
      do {
        for (Effect effect = pendingEffects.poll();
            effect != null;
            effect = pendingEffects.poll()) {
          effects.accept(effect);
        }
        seen = effectDrains.addAndGet(-seen);
      } while (seen != 0);
    }
    for (Caller caller : touched) {
      caller.flush();
    }
  }
}
