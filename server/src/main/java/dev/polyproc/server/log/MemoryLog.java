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
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A log that keeps nothing: whoever submits applies, at once, under the one lock. Who finds it
 * taken leaves what he has to whoever took it, and waits for nothing (flat combining: Hendler and
 * others, "Flat combining and the synchronization-parallelism tradeoff", 2010). As lasting as a
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

  /** So many submissions of other threads are applied in a row at most, but one. */
  private static final int MOST_OF_OTHERS = 64;

  private final ReentrantLock lock = new ReentrantLock();

  /** What came while another thread applied something. */
  private final Queue<Submission> waiting = new ConcurrentLinkedQueue<>();

  private final Engine engine;
  private final LongSupplier clock;
  private final Later later;
  private final Consumer<Throwable> bug;
  private final EffectQueue effects;
  private long nextTick = Timers.NEVER;
  private Runnable takeBackTick = () -> {};
  private boolean draining;

  /** Calls that were submitted together, or an event. */
  private static final class Submission {
    private final List<Invocation> calls;
    private final @Nullable NodeEvent event;
    private final Applied then;
    private int done;
    private boolean windowIsFull;

    Submission(List<Invocation> calls, @Nullable NodeEvent event, Applied then) {
      this.calls = calls;
      this.event = event;
      this.then = then;
    }
  }

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
    submit(new Submission(calls, null, then));
  }

  @Override
  public void submit(NodeEvent event) {
    submit(new Submission(List.of(), event, Applied.UNHEARD));
  }

  /** Applies it, unless another thread is applying something: that one goes on with it then. */
  private void submit(Submission submission) {
    if (waiting.isEmpty() && lock.tryLock()) {
      applyAndUnlock(submission);
    } else {
      waiting.add(submission);
    }
    goOn();
  }

  @Override
  public boolean submitWhereNoSessionIs(NodeEvent event) {
    lock.lock();
    if (engine.hasSessions()) {
      lock.unlock();
      goOn();
      return false;
    }
    applyAndUnlock(new Submission(List.of(), event, Applied.UNHEARD));
    goOn();
    return true;
  }

  /**
   * Applies what waits, as long as no other thread does: whoever gives the lock up has to look, as
   * others did not wait for it.
   */
  private void goOn() {
    for (int i = 0; !waiting.isEmpty() && lock.tryLock(); i++) {
      Submission next = waiting.poll();
      if (next == null) {
        lock.unlock();
      } else {
        applyForAnother(next);
      }
      if (i == MOST_OF_OTHERS) {
        later.run(0, this::goOn); // This thread has things of its own to do.
        return;
      }
    }
  }

  private void applyForAnother(Submission submission) {
    try {
      applyAndUnlock(submission);
    } catch (Throwable e) {
      // Whoever submitted it does not hear of it here; and this thread has nothing to do with it.
      EffectQueue.failed("What another thread submitted", e);
    }
  }

  private void applyAndUnlock(Submission submission) {
    List<Recipient> touched;
    try {
      if (submission.event == null) {
        apply(submission);
      } else {
        apply(submission.event);
      }
      touched = afterEntries();
    } finally {
      lock.unlock();
    }
    afterLock(touched);
    submission.then.applied(submission.done, submission.windowIsFull);
  }

  private void apply(Submission submission) {
    long now = clock.getAsLong();
    long before = engine.work();
    List<Invocation> calls = submission.calls;
    // Where calls that came together are long together, others come before the next of them.
    while (submission.done < calls.size() && engine.work() - before <= Turn.PIECE) {
      Invocation call = calls.get(submission.done);
      submission.windowIsFull = engine.mustWait(call);
      if (submission.windowIsFull) {
        break;
      }
      if (draining) {
        call.refuseToWait();
      }
      apply(now, call);
      submission.done++;
    }
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

  private void apply(NodeEvent event) {
    try {
      draining |= event.hasDrain();
      engine.apply(clock.getAsLong(), event);
    } catch (RuntimeException | Error e) {
      bug.accept(new IllegalStateException("Expected to apply " + event.getKindCase(), e));
      throw e;
    }
  }

  /** Under the lock: takes what goes out, in its order. */
  private List<Recipient> afterEntries() {
    effects.add(engine.takeEffects());
    long due = engine.nextDeadline();
    if (due < nextTick) {
      nextTick = due;
      wake(due);
    }
    return engine.takeTouched();
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
   * been scheduled meanwhile. Whoever has something to apply comes first: it would be this thread's
   * turn again and again otherwise, which is awake.
   */
  private void tick(long due) {
    for (int i = 0; i < MOST_YIELDS && lock.isLocked(); i++) {
      Thread.yield();
    }
    lock.lock();
    boolean isDue = nextTick == due;
    if (isDue) {
      nextTick = Timers.NEVER;
    }
    lock.unlock();
    if (isDue) {
      submit(TICK);
    } else {
      goOn();
    }
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
