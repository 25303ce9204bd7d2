package dev.polyproc.server.engine.queue;

import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.time.Timers.Timer;
import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * What of a queue is due when: many things with one timer, that of the first.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>What is due is dealt with in the order of the times, and of the numbers where those are
 *       equal, and each with all that comes of it before the next.
 * </ul>
 */
final class Deadlines<T> implements Iterable<T> {
  private final World world;
  private final ToLongFunction<T> time;
  private final ToLongFunction<T> number;
  private final Consumer<T> due;
  private final Runnable then;

  /** Made when it is needed: most queues have none. */
  private @Nullable SortedRuns<T> all;

  private @Nullable Timer timer;
  private boolean stopped;

  /**
   * For things of some kind.
   *
   * @param number no other thing, and no other timer of that time, has it
   * @param due deals with one that is due and is not here any more
   * @param then is done after one was dealt with
   */
  Deadlines(
      World world,
      ToLongFunction<T> time,
      ToLongFunction<T> number,
      Consumer<T> due,
      Runnable then) {
    this.world = world;
    this.time = time;
    this.number = number;
    this.due = due;
    this.then = then;
  }

  int size() {
    return all == null ? 0 : all.size();
  }

  void add(T thing) {
    if (all == null) {
      all = new SortedRuns<>(Comparator.comparingLong(time).thenComparingLong(number));
    }
    all.add(thing);
    setTimer();
  }

  void remove(T thing) {
    if (all != null && all.remove(thing)) {
      setTimer();
    }
  }

  /** Forgets all: nothing of it is due any more. */
  void clear() {
    all = null;
    setTimer();
  }

  /** Leaves all to others, which are none yet. */
  void leaveTo(Deadlines<T> others) {
    others.all = all;
    others.setTimer();
    clear();
  }

  /** Nothing is due any more, though it is there. */
  void stop() {
    world.timers().cancel(timer);
    timer = null;
    stopped = true;
  }

  /** Takes any; null when there is none. */
  @Nullable T removeAny() {
    T first = all == null ? null : all.pollFirst();
    setTimer();
    return first;
  }

  /** Those behind one, which need not be here. */
  Iterator<T> after(T one) {
    return all == null ? Collections.emptyIterator() : all.after(one);
  }

  @Override
  public Iterator<T> iterator() {
    return all == null ? Collections.emptyIterator() : all.iterator();
  }

  private @Nullable T first() {
    return all == null || all.isEmpty() ? null : all.first();
  }

  private void setTimer() {
    T first = stopped ? null : first();
    if (timer != null
        && first != null
        && timer.deadline() == time.applyAsLong(first)
        && timer.number() == number.applyAsLong(first)) {
      return;
    }
    world.timers().cancel(timer);
    timer =
        first == null
            ? null
            : world.timers().at(time.applyAsLong(first), number.applyAsLong(first), this::timeIsUp);
  }

  /** Deals with the first alone: what others see of it comes before the next thing is due. */
  private void timeIsUp() {
    timer = null;
    due.accept(Objects.requireNonNull(Objects.requireNonNull(all).pollFirst()));
    setTimer();
    then.run();
  }
}
