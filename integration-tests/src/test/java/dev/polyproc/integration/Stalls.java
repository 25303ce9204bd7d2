package dev.polyproc.integration;

import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How long this process, which does nothing then, did not get a processor: nobody can be served
 * faster than the machine lets anybody run.
 */
final class Stalls implements AutoCloseable {
  private static final long PERIOD = TimeUnit.MILLISECONDS.toNanos(5);

  private final AtomicLong worst = new AtomicLong();
  private final ScheduledExecutorService thread = DaemonThread.scheduled("stalls");
  private long last = System.nanoTime();

  /** Begins to look. */
  Stalls() {
    var unused = thread.scheduleWithFixedDelay(this::look, PERIOD, PERIOD, TimeUnit.NANOSECONDS);
  }

  private void look() {
    long now = System.nanoTime();
    worst.accumulateAndGet(now - last - PERIOD, Math::max);
    last = now;
  }

  /** The longest since the last time this was asked, in milliseconds. */
  long worstMillis() {
    return TimeUnit.NANOSECONDS.toMillis(worst.getAndSet(0));
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
