package dev.polyproc.client;

import dev.polyproc.client.internal.collection.QueueContent;
import dev.polyproc.v1.Ref;
import java.util.AbstractQueue;
import java.util.Collection;
import java.util.Iterator;
import java.util.Spliterator;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A queue, seen as a {@code BlockingQueue} of another kind. It keeps nothing of its own. */
abstract non-sealed class QueueView<E> extends AbstractQueue<E>
    implements BlockingQueue<E>, PolyObject {
  private final PolyQueue<E> queue;

  QueueView(PolyQueue<E> queue) {
    this.queue = queue;
  }

  /** The queue that this is, with all that a {@link PolyQueue} has. */
  public final PolyQueue<E> queue() {
    return queue;
  }

  @Override
  public final String name() {
    return queue.name();
  }

  @Override
  public final Ref ref() {
    return queue.ref();
  }

  @Override
  public void put(E item) throws InterruptedException {
    queue.put(item);
  }

  @Override
  public boolean offer(E item) {
    return queue.offer(item);
  }

  @Override
  public boolean offer(E item, long timeout, TimeUnit unit) throws InterruptedException {
    return queue.offer(item, timeout, unit);
  }

  @Override
  public E take() throws InterruptedException {
    return queue.take();
  }

  @Override
  public @Nullable E poll() {
    return queue.poll();
  }

  @Override
  public @Nullable E poll(long timeout, TimeUnit unit) throws InterruptedException {
    return queue.poll(timeout, unit);
  }

  @Override
  public @Nullable E peek() {
    return queue.peek();
  }

  @Override
  public boolean addAll(Collection<? extends E> added) {
    requireAnother(added);
    return queue.addAll(added);
  }

  @Override
  public int drainTo(Collection<? super E> to) {
    return drainTo(to, Integer.MAX_VALUE);
  }

  @Override
  public int drainTo(Collection<? super E> to, int max) {
    requireAnother(to);
    return queue.drainTo(to, max);
  }

  final void requireAnother(Collection<?> other) {
    QueueContent.requireAnother(other, this);
  }

  @Override
  public int remainingCapacity() {
    return queue.remainingCapacity();
  }

  @Override
  public boolean contains(@Nullable Object item) {
    return queue.contains(item);
  }

  @Override
  public boolean remove(@Nullable Object item) {
    return queue.remove(item);
  }

  @Override
  public boolean removeAll(Collection<?> others) {
    return queue.removeAll(others);
  }

  @Override
  public boolean retainAll(Collection<?> others) {
    return queue.retainAll(others);
  }

  @Override
  public boolean removeIf(Predicate<? super E> filter) {
    return queue.removeIf(filter);
  }

  @Override
  public Iterator<E> iterator() {
    return queue.iterator();
  }

  @Override
  public Spliterator<E> spliterator() {
    return queue.spliterator();
  }

  @Override
  public int size() {
    return queue.size();
  }

  @Override
  public void clear() {
    queue.clear();
  }

  /**
   * Whether it is the same view of the same object, of the same client and under the same guard.
   */
  @Override
  public final boolean equals(@Nullable Object other) {
    return other instanceof QueueView<?> view
        && getClass() == view.getClass()
        && queue.equals(view.queue);
  }

  @Override
  public final int hashCode() {
    return queue.hashCode();
  }

  /** The class and the queue's name: no call. */
  @Override
  public final String toString() {
    return getClass().getSimpleName() + " '" + name() + "'";
  }
}
