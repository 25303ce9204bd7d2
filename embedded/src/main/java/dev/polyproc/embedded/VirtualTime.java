package dev.polyproc.embedded;

import java.time.Instant;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/** Time that stands still until it is told to pass. */
final class VirtualTime implements Time {
  private final Executor loop;
  private final Queue<Due> dues = new PriorityQueue<>();
  private volatile long now =
      TimeUnit.SECONDS.toNanos(Instant.parse("2026-01-01T00:00:00Z").getEpochSecond());
  private long scheduled;

  /** What is due when; what was scheduled first goes first. */
  private record Due(long at, long number, Runnable task) implements Comparable<Due> {
    @Override
    public int compareTo(Due other) {
      return at == other.at ? Long.compare(number, other.number) : Long.compare(at, other.at);
    }
  }

  VirtualTime(Executor loop) {
    this.loop = loop;
  }

  @Override
  public long nanos() {
    return now;
  }

  @Override
  public void run(long nanos, Runnable task) {
    long at = nanos > Long.MAX_VALUE - now ? Long.MAX_VALUE : now + nanos;
    if (nanos <= 0) {
      loop.execute(task);
      return;
    }
    synchronized (dues) {
      dues.add(new Due(at, ++scheduled, task));
    }
  }

  /**
   * Lets time pass, and runs what becomes due when it is due. On the loop.
   *
   * @param before runs before everything that is due
   */
  void advance(long nanos, Runnable before) {
    long until = now + nanos;
    for (Due due = next(until); due != null; due = next(until)) {
      now = Math.max(now, due.at());
      before.run();
      due.task().run();
    }
    now = until;
    before.run();
  }

  private @org.jspecify.annotations.Nullable Due next(long until) {
    synchronized (dues) {
      Due due = dues.peek();
      return due == null || due.at() > until ? null : dues.poll();
    }
  }
}
