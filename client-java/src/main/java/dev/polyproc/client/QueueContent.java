package dev.polyproc.client;

import com.google.protobuf.Duration;
import dev.polyproc.client.internal.request.Batches;
import dev.polyproc.client.internal.request.Requestor;
import dev.polyproc.client.internal.value.Codecs;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.QueueContainsResponse;
import dev.polyproc.v1.QueueDelivery;
import dev.polyproc.v1.QueuePeekResponse;
import dev.polyproc.v1.QueueRemoveResponse;
import dev.polyproc.v1.QueueSizeResponse;
import dev.polyproc.v1.Ref;
import dev.polyproc.v1.Value;
import java.util.AbstractQueue;
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

/** What a {@link PolyQueue} is as a collection: its items as they are, without waiting for any. */
abstract sealed class QueueContent<E> extends AbstractQueue<E> permits PolyQueue {
  final Requestor requestor;
  final Codec<E> codec;
  final QueueRequests<E> requests;
  private final Ref ref;
  private final QueueItems<E> items;

  /** How many items the queue holds at most; 0 until the daemon was asked. */
  volatile int capacity;

  /**
   * @param capacity how many items the queue holds at most; 0 where only the daemon knows
   */
  QueueContent(Requestor requestor, Ref ref, QueueRequests<E> requests, int capacity) {
    this.requestor = requestor;
    this.ref = ref;
    this.codec = requests.codec();
    this.requests = requests;
    this.items = new QueueItems<>(requestor, ref.getName(), codec);
    this.capacity = capacity;
  }

  /** The queue's name. */
  public String name() {
    return ref.getName();
  }

  /** Which queue exactly. */
  public Ref ref() {
    return ref;
  }

  /**
   * Puts items at the tail: those that the daemon takes in one call all at once and next to each
   * other.
   *
   * @throws IllegalStateException when there is not room for all; those before are put
   */
  @Override
  public boolean addAll(Collection<? extends E> added) {
    if (added == this) {
      throw new IllegalArgumentException("Expected another collection, but it is the queue itself");
    }
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
            "Expected room for more items, but queue '" + name() + "' is full");
      }
    }
  }

  /** The item at the head, which stays there; null when there is none. */
  @Override
  public @Nullable E peek() {
    return head(requestor.call(QueueRequests.PEEK, requests.peek()));
  }

  /** The twin of {@link #peek}. */
  public CompletableFuture<@Nullable E> peekAsync() {
    return requestor.async(QueueRequests.PEEK, requests.peek(), this::head);
  }

  /** Takes the items that are there now. */
  public int drainTo(Collection<? super E> to) {
    return drainTo(to, Integer.MAX_VALUE);
  }

  /**
   * Takes up to {@code max} of the items that are there now, as {@link #poll} would.
   *
   * @throws UnexpectedValueException when an item is not of this queue's type; the others are in
   *     the collection
   */
  public int drainTo(Collection<? super E> to, int max) {
    Objects.requireNonNull(to, "Expected a collection to drain to, but it is null");
    if (to == this) {
      throw new IllegalArgumentException("Expected another collection, but it is the queue itself");
    }
    Drain<E> drain = new Drain<>(codec, to);
    int page = Math.max(1, requestor.limits().getPageSize());
    int left = max <= 0 ? 0 : Math.min(max, size());
    while (left > 0) {
      List<QueueDelivery> taken = takeAtOnce(Math.min(left, page));
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
  @Override
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
  @Override
  public boolean remove(@Nullable Object item) {
    Value encoded = Codecs.lookup(codec, item);
    return encoded != null
        && item != null
        && (requestor.call(QueueRequests.REMOVE, requests.remove(encoded)).getRemoved()
            || items.remove(item));
  }

  /** The twin of {@link #remove(Object)}, by the daemon's equality alone. */
  public CompletableFuture<Boolean> removeAsync(E item) {
    return requestor.async(
        QueueRequests.REMOVE,
        requests.remove(requests.item(item)),
        QueueRemoveResponse::getRemoved);
  }

  @Override
  public boolean removeAll(Collection<?> others) {
    Objects.requireNonNull(others);
    return items.removeIf(others::contains);
  }

  @Override
  public boolean retainAll(Collection<?> others) {
    Objects.requireNonNull(others);
    return items.removeIf(item -> !others.contains(item));
  }

  @Override
  public boolean removeIf(Predicate<? super E> filter) {
    return items.removeIf(Objects.requireNonNull(filter));
  }

  /** From head to tail; nothing is taken. */
  @Override
  public Iterator<E> iterator() {
    return items.iterator();
  }

  @Override
  public Spliterator<E> spliterator() {
    return Spliterators.spliteratorUnknownSize(
        iterator(), Spliterator.ORDERED | Spliterator.NONNULL | Spliterator.CONCURRENT);
  }

  /** How many items can be taken. */
  @Override
  public int size() {
    return status().getSize();
  }

  /** For how many more items there is room; what comes back from reservations may exceed it. */
  public int remainingCapacity() {
    return Math.max(0, capacity() - size());
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
  @Override
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

  /** Whether it is a handle of the same object, of the same client and under the same guard. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof QueueContent<?> handle && requestor.equals(handle.requestor);
  }

  @Override
  public int hashCode() {
    return requestor.hashCode();
  }

  /** What it is, without a look at its items: that would be calls, of any number. */
  @Override
  public String toString() {
    return "PolyQueue '" + name() + "'";
  }
}
