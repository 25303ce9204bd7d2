package dev.polyproc.client;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Delayed;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A queue whose items can be taken only when their delay is over: as {@link
 * java.util.concurrent.DelayQueue}. Made by {@link PolyQueue#asDelayQueue} of any queue.
 *
 * <pre>{@code
 * PolyDelayQueue<String> retries =
 *     polyproc.queue("retries", String.class).asDelayQueue(job -> Duration.ofSeconds(30));
 * }</pre>
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>A delay counts from when there is room for its item, on the daemon's clock, also where the
 *       program dies that put it.
 *   <li>{@link #poll} and {@link #drainTo} take what is due; {@link #peek}, {@link #size}, {@link
 *       #contains}, {@link #remove(Object)}, {@link #iterator} and {@link #clear} see all items.
 * </ul>
 *
 * <p>Otherwise than {@code DelayQueue}, it may be full; and those that are due are taken in the
 * queue's order, so of a queue of another order than first in, first out not by their delays.
 */
public final class PolyDelayQueue<E> extends OptionsView<E> {
  private final Function<? super E, Duration> delay;

  PolyDelayQueue(PolyQueue<E> queue, Function<? super E, Duration> delay) {
    super(queue);
    this.delay = Objects.requireNonNull(delay, "Expected what tells the delay, but it is null");
  }

  /** The delay that an item tells by itself, for {@link PolyQueue#asDelayQueue}. */
  public static Duration ofDelayed(Delayed item) {
    return Duration.ofNanos(item.getDelay(TimeUnit.NANOSECONDS));
  }

  /** What is not in the future can be taken at once, as in {@code DelayQueue}. */
  @Override
  ItemOptions options(E item) {
    Duration wanted = delay.apply(item);
    return wanted.isNegative() || wanted.isZero()
        ? ItemOptions.NONE
        : ItemOptions.NONE.delay(wanted);
  }

  /** The item that is taken next, be it due or not, which stays there; null when there is none. */
  @Override
  public @Nullable E peek() {
    return queue().content().first();
  }

  /** How many items there are, due or not. */
  @Override
  public int size() {
    var status = queue().status();
    return status.getSize() + status.getDelayed();
  }
}
