package dev.polyproc.benchmarks;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.HdrHistogram.Histogram;

/**
 * Calls at a fixed rate by one thread. What a call took counts from when it was due: a call that
 * has to wait for the one before it has begun all the same, as it would for a program's users.
 */
final class Probe {
  /** A thread that sleeps wakes up later than it asked for by about so much. */
  private static final long LATE = TimeUnit.MICROSECONDS.toNanos(80);

  private static final long LONGEST = TimeUnit.MINUTES.toNanos(10);
  private static final int DIGITS = 3;

  private final OneAtATime.Step call;
  private final long period;

  /** Calls so often a second. */
  Probe(OneAtATime.Step call, int perSecond) {
    this.call = call;
    this.period = TimeUnit.SECONDS.toNanos(1) / perSecond;
  }

  /** Calls as long as it is told to go on. */
  Tail run(BooleanSupplier goesOn) throws Exception {
    Histogram nanos = new Histogram(LONGEST, DIGITS);
    for (long due = System.nanoTime(); goesOn.getAsBoolean(); due += period) {
      await(due);
      call.run();
      nanos.recordValue(Math.min(System.nanoTime() - due, LONGEST));
    }
    return Tail.of(nanos);
  }

  private static void await(long due) {
    for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
      if (left > LATE) {
        LockSupport.parkNanos(left - LATE);
      } else {
        Thread.onSpinWait();
      }
    }
  }
}
