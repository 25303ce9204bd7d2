package dev.polyproc.client;

import dev.polyproc.v1.QueueEnd;
import java.util.Collection;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.concurrent.BlockingDeque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A queue with two ends: a {@code BlockingDeque}. First is where a queue is got from, last is where
 * it is put to. Made by {@link PolyQueue#asDeque} of any queue that neither limits its keys nor is
 * fair, so that some may use it as a queue and others as a deque.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>Those of {@link PolyQueue}, for either end. Who waits at one end and who waits at the other
 *       stand in one line.
 *   <li>All is one call but {@link #removeLastOccurrence} and {@link #descendingIterator}, which
 *       have all items listed, a page at a time, delayed ones too.
 *   <li>In a queue {@link QueueOptions#byPriority} an end is that of the item's priority where it
 *       is put, and that of all where it is taken.
 * </ul>
 */
public final class PolyDeque<E> extends QueueView<E> implements BlockingDeque<E> {
  private final PolyQueue<E> head;
  private final PolyQueue<E> tail;

  PolyDeque(PolyQueue<E> queue) {
    super(queue);
    this.head = queue.at(QueueEnd.QUEUE_END_HEAD);
    this.tail = queue.at(QueueEnd.QUEUE_END_TAIL);
  }

  @Override
  public void putFirst(E item) throws InterruptedException {
    head.put(item);
  }

  @Override
  public void putLast(E item) throws InterruptedException {
    tail.put(item);
  }

  @Override
  public boolean offerFirst(E item) {
    return head.offer(item);
  }

  @Override
  public boolean offerLast(E item) {
    return tail.offer(item);
  }

  @Override
  public boolean offerFirst(E item, long timeout, TimeUnit unit) throws InterruptedException {
    return head.offer(item, timeout, unit);
  }

  @Override
  public boolean offerLast(E item, long timeout, TimeUnit unit) throws InterruptedException {
    return tail.offer(item, timeout, unit);
  }

  @Override
  public void addFirst(E item) {
    head.add(item);
  }

  @Override
  public void addLast(E item) {
    tail.add(item);
  }

  @Override
  public E takeFirst() throws InterruptedException {
    return head.take();
  }

  @Override
  public E takeLast() throws InterruptedException {
    return tail.take();
  }

  @Override
  public @Nullable E pollFirst() {
    return head.poll();
  }

  @Override
  public @Nullable E pollLast() {
    return tail.poll();
  }

  @Override
  public @Nullable E pollFirst(long timeout, TimeUnit unit) throws InterruptedException {
    return head.poll(timeout, unit);
  }

  @Override
  public @Nullable E pollLast(long timeout, TimeUnit unit) throws InterruptedException {
    return tail.poll(timeout, unit);
  }

  @Override
  public E removeFirst() {
    return head.remove();
  }

  @Override
  public E removeLast() {
    return tail.remove();
  }

  @Override
  public @Nullable E peekFirst() {
    return head.peek();
  }

  @Override
  public @Nullable E peekLast() {
    return tail.peek();
  }

  @Override
  public E getFirst() {
    return there(peekFirst());
  }

  @Override
  public E getLast() {
    return there(peekLast());
  }

  private E there(@Nullable E item) {
    if (item == null) {
      throw new NoSuchElementException("Expected an item in " + this + ", but it is empty");
    }
    return item;
  }

  // As a stack.

  @Override
  public void push(E item) {
    addFirst(item);
  }

  @Override
  public E pop() {
    return removeFirst();
  }

  // As a queue: put last, taken first, whatever the order of the queue.

  @Override
  public boolean add(E item) {
    addLast(item);
    return true;
  }

  @Override
  public boolean addAll(Collection<? extends E> added) {
    requireAnother(added);
    return tail.addAll(added);
  }

  @Override
  public void put(E item) throws InterruptedException {
    putLast(item);
  }

  @Override
  public boolean offer(E item) {
    return offerLast(item);
  }

  @Override
  public boolean offer(E item, long timeout, TimeUnit unit) throws InterruptedException {
    return offerLast(item, timeout, unit);
  }

  @Override
  public boolean removeFirstOccurrence(@Nullable Object item) {
    return remove(item);
  }

  /** Removes the last item that is equal; answers whether there was one. All items come here. */
  @Override
  public boolean removeLastOccurrence(@Nullable Object item) {
    return queue().content().removeLast(item);
  }

  /** From last to first, of the items that were there when it was asked for. */
  @Override
  public Iterator<E> descendingIterator() {
    return queue().content().descendingIterator();
  }
}
