package dev.polyproc.server.engine.time;

import java.util.Comparator;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What is due when, in engine time.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>Timers fire in the order of their deadlines, and of their numbers where those are equal.
 *   <li>A cancelled timer never fires, and takes no room.
 * </ul>
 */
public final class Timers {
  /** No deadline. */
  public static final long NEVER = Long.MAX_VALUE;

  private final TreeSet<Timer> timers =
      new TreeSet<>(Comparator.comparingLong(Timer::deadline).thenComparingLong(Timer::number));

  /** Something that happens at a time unless it is cancelled. */
  public record Timer(long deadline, long number, Runnable action) {}

  /** Sets a timer; {@code number} is unique. */
  public Timer at(long deadline, long number, Runnable action) {
    Timer timer = new Timer(deadline, number, action);
    if (!timers.add(timer)) {
      throw new IllegalStateException("Expected one timer with the number " + number);
    }
    return timer;
  }

  public void cancel(@Nullable Timer timer) {
    if (timer != null) {
      timers.remove(timer);
    }
  }

  /** The earliest deadline, or {@link #NEVER}. */
  public long next() {
    return timers.isEmpty() ? NEVER : timers.first().deadline();
  }

  /** Fires what is due at {@code now}, as far as the turn reaches; the rest is due later. */
  public void fire(long now, Turn turn) {
    while (!timers.isEmpty() && timers.first().deadline() <= now && !turn.isOver()) {
      Timer timer = timers.pollFirst();
      if (timer != null) {
        turn.spend(1);
        timer.action().run();
      }
    }
  }

  public int size() {
    return timers.size();
  }
}
