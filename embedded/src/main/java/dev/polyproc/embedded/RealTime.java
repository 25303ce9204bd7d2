package dev.polyproc.embedded;

import dev.polyproc.server.log.Later;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Time as it passes. */
final class RealTime implements Time {
  private final long offset =
      TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis()) - System.nanoTime();
  private final Later later;

  RealTime(ScheduledExecutorService loop) {
    this.later = Later.on(loop);
  }

  @Override
  public long nanos() {
    return offset + System.nanoTime();
  }

  @Override
  public void run(long nanos, Runnable task) {
    later.run(nanos, task);
  }
}
