package dev.polyproc.client.internal.pool;

import dev.polyproc.v1.PoolCompletion;
import dev.polyproc.v1.PoolRun;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What one thread of a worker does: it runs a task, or waits for one. */
final class Slot {
  private final Deque<PoolRun> waiting = new ArrayDeque<>();
  private List<PoolCompletion> unsaid = new ArrayList<>();
  private @Nullable Thread thread;
  private @Nullable Run run;
  private long begun;

  /** The thread that it is of. */
  synchronized void begin() {
    thread = Thread.currentThread();
  }

  /** The thread was handed some tasks. */
  synchronized void add(List<PoolRun> runs) {
    waiting.addAll(runs);
  }

  /** The next of them, with which the thread begins; null where there is none. */
  synchronized @Nullable PoolRun next() {
    begun++;
    return waiting.poll();
  }

  /** Those with which the thread has not begun, and will not begin any more. */
  synchronized List<PoolRun> leave() {
    List<PoolRun> left = List.copyOf(waiting);
    waiting.clear();
    return left;
  }

  /** What came of a task, which the daemon is to be told. */
  synchronized void add(PoolCompletion completion) {
    unsaid.add(completion);
  }

  /** What the daemon has not been told; who asks tells it. */
  synchronized List<PoolCompletion> unsaid() {
    List<PoolCompletion> all = unsaid;
    unsaid = new ArrayList<>();
    return all;
  }

  /** How many tasks the thread has begun with; -1 where none waits behind that. */
  synchronized long begun() {
    return waiting.isEmpty() ? -1 : begun;
  }

  /** The thread begins with a run; an interrupt from before does not count. */
  synchronized void begin(Run next) {
    run = next;
    boolean unused = Thread.interrupted();
  }

  /** The thread is done with it; an interrupt that was for it does not count any more. */
  synchronized void end() {
    run = null;
    boolean unused = Thread.interrupted();
  }

  /** Interrupts the thread if that is what it runs. */
  synchronized void cancel(long number) {
    if (run != null && run.number() == number && thread != null) {
      run.cancel();
      thread.interrupt();
    }
  }

  /** Interrupts the thread if it runs nothing. */
  synchronized void wake() {
    if (run == null && thread != null) {
      thread.interrupt();
    }
  }
}
