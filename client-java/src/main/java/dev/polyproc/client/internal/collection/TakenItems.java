package dev.polyproc.client.internal.collection;

import dev.polyproc.client.Codec;
import dev.polyproc.client.internal.value.Codecs;
import dev.polyproc.client.internal.value.Values;
import dev.polyproc.v1.QueueDelivery;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;

/**
 * Items that were taken together. One that is not of the queue's type is told by an {@link
 * UnexpectedValueException} when it is asked for, and takes no other with it.
 */
public final class TakenItems<E> extends AbstractList<E> {
  private final Codec<E> codec;
  private final List<QueueDelivery> deliveries;
  private final List<E> decoded;

  /** Decodes the items up to the first that cannot be. */
  public TakenItems(Codec<E> codec, List<QueueDelivery> deliveries) {
    this.codec = codec;
    this.deliveries = deliveries;
    this.decoded = new ArrayList<>(deliveries.size());
    try {
      deliveries.forEach(delivery -> decoded.add(codec.decode(delivery.getItem())));
    } catch (RuntimeException e) {
      // It is thrown again by get; the items after it are decoded there.
    }
  }

  @Override
  public E get(int index) {
    return index < decoded.size()
        ? decoded.get(index)
        : Codecs.taken(codec, deliveries.get(index).getItem());
  }

  @Override
  public int size() {
    return deliveries.size();
  }

  /** The items; one that is not of the queue's type in words. */
  @Override
  public String toString() {
    StringJoiner all = new StringJoiner(", ", "[", "]");
    for (int i = 0; i < size(); i++) {
      all.add(
          i < decoded.size()
              ? String.valueOf(decoded.get(i))
              : Values.describe(deliveries.get(i).getItem()));
    }
    return all.toString();
  }
}
