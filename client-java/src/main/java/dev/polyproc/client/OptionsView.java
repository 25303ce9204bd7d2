package dev.polyproc.client;

import java.util.Collection;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/** A queue whose items say themselves how they are treated. */
abstract class OptionsView<E> extends QueueView<E> {
  OptionsView(PolyQueue<E> queue) {
    super(queue);
  }

  abstract ItemOptions options(E item);

  private ItemOptions known(E item) {
    return options(Objects.requireNonNull(item, "Expected an item, but it is null"));
  }

  @Override
  public final void put(E item) throws InterruptedException {
    queue().put(item, known(item));
  }

  @Override
  public final boolean offer(E item) {
    return queue().offer(item, known(item)) == PutResult.ACCEPTED;
  }

  @Override
  public final boolean offer(E item, long timeout, TimeUnit unit) throws InterruptedException {
    return queue().offer(item, known(item), timeout, unit) == PutResult.ACCEPTED;
  }

  /**
   * Puts items, one after the other.
   *
   * @throws IllegalStateException when there is not room for all; those before are put
   */
  @Override
  public final boolean addAll(Collection<? extends E> added) {
    requireAnother(added);
    boolean any = false;
    for (E item : added) {
      any |= add(item);
    }
    return any;
  }
}
