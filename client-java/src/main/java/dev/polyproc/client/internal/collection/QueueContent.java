package dev.polyproc.client.internal.collection;

import com.google.protobuf.Duration;
import dev.polyproc.client.Codec;
import dev.polyproc.client.PolyprocException;
import dev.polyproc.client.internal.request.Batches;
import dev.polyproc.client.internal.request.Requestor;
import dev.polyproc.client.internal.value.Codecs;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.QueueContainsResponse;
import dev.polyproc.v1.QueueDelivery;
import dev.polyproc.v1.QueuePeekResponse;
import dev.polyproc.v1.QueueRemoveResponse;
import dev.polyproc.v1.QueueSizeResponse;
import dev.polyproc.v1.Value;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What a {@code PolyQueue} is as a collection: its items as they are, without waiting for any. Its
 * twins, and what it answers by {@code equals} and {@code toString}, are here, too.
 */
public final class QueueContent<E> {
  private final Requestor requestor;
  private final Codec<E> codec;
  private final QueueRequests<E> requests;
  private final QueueItems<E> items;

  /** How many items the queue holds at most; 0 until the daemon was asked. */
  private volatile int capacity;

  /**
   * @param capacity how many items the queue holds at most; 0 where only the daemon knows
   */
  public QueueContent(Requestor requestor, QueueRequests<E> requests, int capacity) {
    this.requestor = requestor;
    this.codec = requests.codec();
    this.requests = requests;
    this.items = new QueueItems<>(requestor, requests.name(), codec);
    this.capacity = capacity;
  }

  /** The same content, where other reservations are asked for. */
  public QueueContent<E> with(QueueRequests<E> others) {
    return new QueueContent<>(requestor, others, capacity);
  }

  /** Refuses a queue where it would be filled from, or drained to, itself. */
  public static void requireAnother(Collection<?> other, Object queue) {
    if (Objects.requireNonNull(other, "Expected another collection, but it is null") == queue) {
      throw new IllegalArgumentException("Expected another collection, but it is the queue itself");
    }
  }

  /**
   * Puts items at the tail: those that the daemon takes in one call all at once and next to each
   * other.
   *
   * @throws IllegalStateException when there is not room for all; those before are put
   */
  public boolean addAll(Collection<? extends E> added) {
    Batches<Value> batches = new Batches<>(requestor.limits(), this::addBatch);
    added.forEach(item -> batches.add(requests.item(item)));
    batches.flush();
    return !added.isEmpty();
  }

  private void addBatch(List<Value> batch) {
    Duration atOnce = requestor.timeout(0, TimeUnit.SECONDS);
    if (batch.size() <= capacity()
        && requestor.call(QueueRequests.PUT_MANY, requests.putMany(batch, atOnce)).getAccepted()) {
      return;
    }
    for (Value item : batch) { // as far as there is room
      if (!requestor.call(QueueRequests.PUT, requests.put(item, atOnce)).getAccepted()) {
        throw new IllegalStateException(
            "Expected room for more items, but queue '" + requests.name() + "' is full");
      }
    }
  }

  /** The item that is the next to be got, which stays there; null when there is none. */
  public @Nullable E peek() {
    return head(requestor.call(QueueRequests.PEEK, requests.peek()));
  }

  /** The first item that can be got or is delayed, which stays there; null when there is none. */
  public @Nullable E first() {
    return items.first();
  }

  /** The twin of {@link #peek}. */
  public CompletableFuture<@Nullable E> peekAsync() {
    return requestor.async(QueueRequests.PEEK, requests.peek(), this::head);
  }

  /**
   * Takes up to {@code max} of the items that are there now, as {@code poll} would.
   *
   * @throws UnexpectedValueException when an item is not of this queue's type; the others are in
   *     the collection
   */
  public int drainTo(Collection<? super E> to, int max) {
    QueueDrain<E> drain = new QueueDrain<>(codec, to);
    int left = max <= 0 ? 0 : Math.min(max, size());
    while (left > 0) {
      List<QueueDelivery> taken = takeAtOnce(Math.min(left, requestor.pageSize()));
      drain.add(taken);
      left = taken.isEmpty() ? 0 : left - taken.size();
    }
    return drain.end();
  }

  /** What is there; nothing of a queue that was closed and emptied meanwhile. */
  private List<QueueDelivery> takeAtOnce(int max) {
    try {
      return requestor
          .call(
              QueueRequests.GET_MANY,
              requests.getMany(max, requestor.timeout(0, TimeUnit.SECONDS), false))
          .getDeliveriesList();
    } catch (PolyprocException e) {
      if (e.reason() == ErrorReason.ERROR_REASON_CLOSED) {
        return List.of();
      }
      throw e;
    }
  }

  /**
   * Whether an equal item is in the queue: by the daemon's equality of values, and where that finds
   * none, by Java's, for which the items come here.
   */
  public boolean contains(@Nullable Object item) {
    Value encoded = Codecs.lookup(codec, item);
    return encoded != null
        && item != null
        && (requestor.call(QueueRequests.CONTAINS, requests.contains(encoded)).getContains()
            || items.contains(item));
  }

  /** The twin of {@link #contains}, by the daemon's equality alone. */
  public CompletableFuture<Boolean> containsAsync(E item) {
    return requestor.async(
        QueueRequests.CONTAINS,
        requests.contains(requests.item(item)),
        QueueContainsResponse::getContains);
  }

  /** Removes the first item that {@link #contains} finds; answers whether there was one. */
  public boolean remove(@Nullable Object item) {
    Value encoded = Codecs.lookup(codec, item);
    return encoded != null
        && item != null
        && (requestor.call(QueueRequests.REMOVE, requests.remove(encoded)).getRemoved()
            || items.remove(item));
  }

  /** Removes the last item that is equal; answers whether there was one. All items come here. */
  public boolean removeLast(@Nullable Object item) {
    Value encoded = Codecs.lookup(codec, item);
    return encoded != null && item != null && items.removeLast(item, encoded);
  }

  /** The twin of {@link #remove(Object)}, by the daemon's equality alone. */
  public CompletableFuture<Boolean> removeAsync(E item) {
    return requestor.async(
        QueueRequests.REMOVE,
        requests.remove(requests.item(item)),
        QueueRemoveResponse::getRemoved);
  }

  public boolean removeAll(Collection<?> others) {
    Objects.requireNonNull(others);
    return items.removeIf(others::contains);
  }

  public boolean retainAll(Collection<?> others) {
    Objects.requireNonNull(others);
    return items.removeIf(item -> !others.contains(item));
  }

  public boolean removeIf(Predicate<? super E> filter) {
    return items.removeIf(Objects.requireNonNull(filter));
  }

  /** From head to tail; nothing is taken. */
  public Iterator<E> iterator() {
    return items.iterator();
  }

  /** From tail to head, of the items that were there when it was asked for. */
  public Iterator<E> descendingIterator() {
    return items.descendingIterator();
  }

  public Spliterator<E> spliterator() {
    return Spliterators.spliteratorUnknownSize(
        iterator(), Spliterator.ORDERED | Spliterator.NONNULL | Spliterator.CONCURRENT);
  }

  /** How many items can be taken. */
  public int size() {
    return status().getSize();
  }

  /** For how many more items there is room; what comes back from reservations may exceed it. */
  public int remainingCapacity() {
    QueueSizeResponse status = status();
    capacity = status.getCapacity();
    return Math.max(0, status.getCapacity() - status.getSize() - status.getDelayed());
  }

  private int capacity() {
    int known = capacity;
    if (known == 0) {
      known = status().getCapacity();
      capacity = known;
    }
    return known;
  }

  /** How many items there are, how many are reserved, how many calls wait, whether it is closed. */
  public QueueSizeResponse status() {
    return requestor.call(QueueRequests.SIZE, requests.size());
  }

  /** The twin of {@link #status}. */
  public CompletableFuture<QueueSizeResponse> statusAsync() {
    return requestor.async(QueueRequests.SIZE, requests.size(), status -> status);
  }

  /** Removes all items; reserved ones stay reserved. */
  public void clear() {
    requestor.call(QueueRequests.CLEAR, requests.clear());
  }

  /** The twin of {@link #clear}. */
  public CompletableFuture<@Nullable Void> clearAsync() {
    return requestor.async(QueueRequests.CLEAR, requests.clear(), response -> null);
  }

  private @Nullable E head(QueuePeekResponse head) {
    return head.hasItem() ? codec.decode(head.getItem()) : null;
  }

  /** What it is, without a look at its items: that would be calls, of any number. */
  @Override
  public String toString() {
    return "PolyQueue '" + requests.name() + "'";
  }
}
