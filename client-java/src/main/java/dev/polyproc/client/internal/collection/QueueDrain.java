package dev.polyproc.client.internal.collection;

import dev.polyproc.client.Codec;
import dev.polyproc.client.UnexpectedValueException;
import dev.polyproc.client.internal.value.Codecs;
import dev.polyproc.v1.QueueDelivery;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Items on their way from a queue to a collection. They are taken for good, so that one that is not
 * of the queue's type must not keep those after it from the collection: it is told in the end, with
 * its value.
 */
public final class QueueDrain<E> {
  private final Codec<E> codec;
  private final Collection<? super E> to;
  private int count;
  private @Nullable UnexpectedValueException unexpected;

  QueueDrain(Codec<E> codec, Collection<? super E> to) {
    this.codec = codec;
    this.to = to;
  }

  void add(List<QueueDelivery> deliveries) {
    for (QueueDelivery delivery : deliveries) {
      try {
        to.add(Codecs.taken(codec, delivery.getItem()));
        count++;
      } catch (UnexpectedValueException e) {
        if (unexpected == null) {
          unexpected = e;
        } else {
          unexpected.addSuppressed(e);
        }
      }
    }
  }

  /** How many items the collection has got. */
  int end() {
    if (unexpected != null) {
      throw unexpected;
    }
    return count;
  }
}
