package dev.polyproc.embedded;

import java.time.Duration;
import java.time.Instant;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Time that stands still until it is told to pass.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>To let time pass costs what becomes due meanwhile, however long it is.
 *   <li>It never goes back, and ends before its nanoseconds do.
 * </ul>
 */
final class VirtualTime implements Time {
  /** Nanoseconds since 1970 end in 2262; what lasts the longest still fits behind this. */
  private static final Instant END = Instant.parse("2240-01-01T00:00:00Z");

  private final Loop loop;
  private final Queue<Due> dues = new PriorityQueue<>();
  private volatile long now =
      TimeUnit.SECONDS.toNanos(Instant.parse("2026-01-01T00:00:00Z").getEpochSecond());
  private long scheduled;

  /** Whether time passes: what is due at once is so before it goes on. */
  private boolean passing;

  /** What is due when; what was scheduled first goes first. */
  private record Due(long at, long number, Runnable task) implements Comparable<Due> {
    @Override
    public int compareTo(Due other) {
      return at == other.at ? Long.compare(number, other.number) : Long.compare(at, other.at);
    }
  }

  VirtualTime(Loop loop) {
    this.loop = loop;
  }

  @Override
  public long nanos() {
    return now;
  }

  @Override
  public void run(long nanos, Runnable task) {
    var unused = runUnlessTakenBack(nanos, task);
  }

  @Override
  public Runnable runUnlessTakenBack(long nanos, Runnable task) {
    synchronized (dues) {
      if (nanos <= 0 && !passing) {
        loop.afterwards(task);
        return () -> {};
      }
      long at = nanos > Long.MAX_VALUE - now ? Long.MAX_VALUE : now + Math.max(0, nanos);
      Due due = new Due(at, ++scheduled, task);
      dues.add(due);
      return () -> takeBack(due);
    }
  }

  private void takeBack(Due due) {
    synchronized (dues) {
      dues.remove(due);
    }
  }

  /**
   * Lets time pass, and runs what becomes due when it is due. On the loop.
   *
   * @param around runs before and after all that
   * @param stopped whether to leave the rest undone
   * @return whether all is done
   * @throws IllegalArgumentException when time would end
   */
  boolean advance(Duration duration, Runnable around, BooleanSupplier stopped) {
    Instant from = Instant.EPOCH.plusNanos(now);
    if (Duration.between(from, END).compareTo(duration) < 0) {
      throw new IllegalArgumentException(
          "Expected virtual time to stay before "
              + END
              + ", but it is to go "
              + duration
              + " from "
              + from);
    }
    long until = now + duration.toNanos();
    around.run();
    if (!pass(until, stopped)) {
      return false;
    }
    now = until;
    around.run();
    return true;
  }

  private boolean pass(long until, BooleanSupplier stopped) {
    isPassing(true);
    try {
      for (Due due = next(until); due != null; due = next(until)) {
        if (stopped.getAsBoolean()) {
          return false;
        }
        now = Math.max(now, due.at());
        due.task().run();
      }
      return true;
    } finally {
      isPassing(false);
    }
  }

  private void isPassing(boolean passes) {
    synchronized (dues) {
      passing = passes;
    }
  }

  /** What is due next until a time; null when nothing is: then time has passed. */
  private @Nullable Due next(long until) {
    synchronized (dues) {
      Due due = dues.peek();
      if (due == null || due.at() > until) {
        passing = false;
        return null;
      }
      return dues.poll();
    }
  }
}
