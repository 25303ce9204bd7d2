package dev.polyproc.embedded;

import java.util.concurrent.TimeUnit;

/** Time as it passes. */
final class RealTime implements Time {
  private final long offset =
      TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis()) - System.nanoTime();
  private final Loop loop;

  RealTime(Loop loop) {
    this.loop = loop;
  }

  @Override
  public long nanos() {
    return offset + System.nanoTime();
  }

  @Override
  public void run(long nanos, Runnable task) {
    var unused = loop.later(nanos, task);
  }

  @Override
  public Runnable runUnlessTakenBack(long nanos, Runnable task) {
    return loop.later(nanos, task);
  }
}
