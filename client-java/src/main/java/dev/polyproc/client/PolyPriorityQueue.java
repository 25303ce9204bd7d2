package dev.polyproc.client;

import java.util.Objects;
import java.util.function.ToIntFunction;

/**
 * A queue whose items of the lowest priority are taken first, and of one priority in the order in
 * which they were put: as {@link java.util.concurrent.PriorityBlockingQueue}, where a number says
 * the order. Made by {@link PolyQueue#asPriorityQueue} of a queue that was created with {@link
 * QueueOptions#byPriority}; what is put into others is refused, unless its priority is 0.
 *
 * <pre>{@code
 * PolyPriorityQueue<Job> jobs =
 *     polyproc
 *         .queue("jobs", Codec.of(Job.class), QueueOptions.DEFAULTS.byPriority())
 *         .asPriorityQueue(Job::level);
 * }</pre>
 *
 * <p>Otherwise than {@code PriorityBlockingQueue}, it may be full, and an iteration meets the items
 * in their order.
 */
public final class PolyPriorityQueue<E> extends OptionsView<E> {
  private final ToIntFunction<? super E> priority;

  PolyPriorityQueue(PolyQueue<E> queue, ToIntFunction<? super E> priority) {
    super(queue);
    this.priority =
        Objects.requireNonNull(priority, "Expected what tells the priority, but it is null");
  }

  @Override
  ItemOptions options(E item) {
    return ItemOptions.NONE.priority(priority.applyAsInt(item));
  }
}
