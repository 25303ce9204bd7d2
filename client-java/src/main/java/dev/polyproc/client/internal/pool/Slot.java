package dev.polyproc.client.internal.pool;

import org.jspecify.annotations.Nullable;

/** What one thread of a worker does: it runs a task, or waits for one. */
final class Slot {
  private @Nullable Thread thread;
  private @Nullable Run run;

  /** The thread that it is of. */
  synchronized void begin() {
    thread = Thread.currentThread();
  }

  /** The thread begins with a run; an interrupt from before does not count. */
  synchronized void begin(Run begun) {
    run = begun;
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
