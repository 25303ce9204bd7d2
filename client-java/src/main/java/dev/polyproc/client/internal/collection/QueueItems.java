package dev.polyproc.client.internal.collection;

import dev.polyproc.client.Codec;
import dev.polyproc.client.internal.request.Batches;
import dev.polyproc.client.internal.request.Pages;
import dev.polyproc.client.internal.request.Requestor;
import dev.polyproc.client.internal.value.Codecs;
import dev.polyproc.v1.QueueListRequest;
import dev.polyproc.v1.QueueListResponse;
import dev.polyproc.v1.QueueRemoveRequest;
import dev.polyproc.v1.QueueRemoveResponse;
import dev.polyproc.v1.Value;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The items of a queue from head to tail, each with its place, by which this very item is removed
 * and no equal one. Pages are asked for when an iteration gets to them.
 */
public record QueueItems<E>(Requestor requestor, String name, Codec<E> codec) {
  private record Placed(Value item, long place) {}

  private Pages<Placed> pages() {
    return new Pages<>(
        page -> {
          QueueListResponse found =
              requestor.call(
                  QueueRequests.LIST,
                  QueueListRequest.newBuilder()
                      .setQueue(name)
                      .setPageToken(page)
                      .setReturnPlaces(true)
                      .build());
          List<Placed> items = new ArrayList<>(found.getItemsCount());
          for (int i = 0; i < found.getItemsCount(); i++) {
            items.add(new Placed(found.getItems(i), found.getPlaces(i)));
          }
          return new Pages.Page<>(items, found.getNextPageToken());
        });
  }

  Iterator<E> iterator() {
    return new ItemIterator(pages().iterator());
  }

  /** From tail to head. The pages are all asked for when it begins. */
  Iterator<E> descendingIterator() {
    List<Placed> all = new ArrayList<>();
    pages().forEach(all::add);
    Collections.reverse(all);
    return new ItemIterator(all.iterator());
  }

  @Nullable E first() {
    QueueListResponse found =
        requestor.call(
            QueueRequests.LIST,
            QueueListRequest.newBuilder().setQueue(name).setPageSize(1).build());
    return found.getItemsCount() == 0 ? null : codec.decode(found.getItems(0));
  }

  /** Removes the last item that is equal, and nobody takes meanwhile. */
  boolean removeLast(Object item, Value encoded) {
    Deque<Placed> found = new ArrayDeque<>();
    for (Placed each : pages()) {
      if (Codecs.matches(codec, each.item(), item, encoded)) {
        found.push(each);
      }
    }
    return found.stream()
        .anyMatch(each -> requestor.call(QueueRequests.REMOVE, removal(each.place())).getRemoved());
  }

  /** Removes the items that match and are still there; answers whether there was one. */
  boolean removeIf(Predicate<? super E> matches) {
    boolean[] removed = new boolean[1];
    Batches<QueueRemoveRequest> removes =
        new Batches<>(
            requestor.limits(),
            batch ->
                removed[0] |=
                    requestor.callAll(QueueRequests.REMOVE, batch).stream()
                        .anyMatch(QueueRemoveResponse::getRemoved));
    for (Placed item : pages()) {
      if (matches.test(codec.decode(item.item()))) {
        removes.add(removal(item.place()));
      }
    }
    removes.flush();
    return removed[0];
  }

  /**
   * Whether an item is there whose value the daemon has not found: another value may stand for it.
   */
  boolean contains(Object item) {
    for (Placed each : others()) {
      if (Codecs.matches(codec, each.item(), item, null)) {
        return true;
      }
    }
    return false;
  }

  /** Removes the first item that {@link #contains} finds, and nobody takes meanwhile. */
  boolean remove(Object item) {
    for (Placed each : others()) {
      if (Codecs.matches(codec, each.item(), item, null)
          && requestor.call(QueueRequests.REMOVE, removal(each.place())).getRemoved()) {
        return true;
      }
    }
    return false;
  }

  /** The items, unless the daemon finds all that are equal to one. */
  private Iterable<Placed> others() {
    return Codecs.isExact(codec) ? List.of() : pages();
  }

  private QueueRemoveRequest removal(long place) {
    return QueueRemoveRequest.newBuilder().setQueue(name).setPlace(place).build();
  }

  private final class ItemIterator implements Iterator<E> {
    private final Iterator<Placed> items;
    private @Nullable Placed last;

    ItemIterator(Iterator<Placed> items) {
      this.items = items;
    }

    @Override
    public boolean hasNext() {
      return items.hasNext();
    }

    @Override
    public E next() {
      Placed item = items.next();
      last = item;
      return codec.decode(item.item());
    }

    /** Removes the item, unless somebody has taken it. */
    @Override
    public void remove() {
      Placed item = last;
      if (item == null) {
        throw new IllegalStateException("Expected an item to remove, but next gave none");
      }
      last = null;
      requestor.call(QueueRequests.REMOVE, removal(item.place()));
    }

    @Override
    public String toString() {
      return "an iterator of PolyQueue '" + name + "'";
    }
  }
}
