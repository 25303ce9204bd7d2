package dev.polyproc.server.engine.queue;

import dev.polyproc.internal.v1.ReturningState;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.PriorityQueue;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Items in the order of their places: a ring that grows, and a heap of those that came back.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>Adding at the tail and taking from the head take constant time.
 *   <li>To come back, and to be taken then, takes logarithmic time in the number of those that came
 *       back, wherever their places are.
 *   <li>A page takes time in proportion to its length, wherever it begins. Those that came back
 *       find their places in the ring before, all of them at once: the cost is that of the items
 *       before the last of them, or of those behind the first of them, whichever are fewer.
 * </ul>
 */
final class Items implements Iterable<Item> {
  private static final int SMALL = 16;
  private static final Comparator<Item> BY_PLACE = Comparator.comparingLong(Item::place);

  private @Nullable Item[] ring = new Item[SMALL];
  private int head;
  private int size;

  /** Items that came back, and have no place in the ring: the first of all is here, or there. */
  private @Nullable PriorityQueue<Item> back;

  /** Items that came back from sessions that are ending, by the sessions' numbers. */
  private @Nullable TreeMap<Long, List<Item>> aside;

  int size() {
    return size + (back == null ? 0 : back.size());
  }

  boolean isEmpty() {
    return size() == 0;
  }

  /** The item at the head. */
  Item first() {
    Item returned = firstOfReturned();
    return returned == null ? inRing(0) : returned;
  }

  /** Of those that came back the first, where it is before all of the ring. */
  private @Nullable Item firstOfReturned() {
    Item returned = back == null ? null : back.peek();
    return returned != null && (size == 0 || returned.place() < inRing(0).place())
        ? returned
        : null;
  }

  /** The item at a position from the head. */
  Item get(int position) {
    settle();
    return inRing(position);
  }

  private Item inRing(int position) {
    Item item = position < size ? ring[index(position)] : null;
    if (item == null) {
      throw new NoSuchElementException("Expected an item at " + position + " of " + size);
    }
    return item;
  }

  /** Adds an item whose place is above all others. */
  void addLast(Item item) {
    if (size == ring.length) {
      resize(size * 2);
    }
    ring[index(size)] = item;
    size++;
  }

  Item removeFirst() {
    Item returned = firstOfReturned();
    if (returned == null || back == null) {
      return removeFirstInRing();
    }
    back.remove();
    if (back.isEmpty()) {
      back = null;
    }
    return returned;
  }

  private Item removeFirstInRing() {
    Item item = inRing(0);
    ring[head] = null;
    head = index(1);
    size--;
    if (ring.length > SMALL && size < ring.length / 8) {
      resize(ring.length / 4);
    }
    return item;
  }

  /** Items come back from a session that is ending: aside, until all of them have. */
  void putAside(long session, List<Item> items) {
    if (!items.isEmpty()) {
      if (aside == null) {
        aside = new TreeMap<>();
      }
      aside.computeIfAbsent(session, number -> new ArrayList<>()).addAll(items);
    }
  }

  /** All have come back from a session: they find their places. */
  void putBackFrom(long session) {
    List<Item> items = aside == null ? null : aside.remove(session);
    if (items != null) {
      dropAside();
      putBack(items);
    }
  }

  /** Takes one of those that are aside; null when there is none. */
  @Nullable Item removeAside() {
    if (aside == null) {
      return null;
    }
    Map.Entry<Long, List<Item>> last = aside.lastEntry();
    Item item = last.getValue().remove(last.getValue().size() - 1);
    if (last.getValue().isEmpty()) {
      aside.remove(last.getKey());
      dropAside();
    }
    return item;
  }

  private void dropAside() {
    if (aside != null && aside.isEmpty()) {
      aside = null;
    }
  }

  /** How many are aside. */
  int aside() {
    return aside == null ? 0 : aside.values().stream().mapToInt(List::size).sum();
  }

  /** Does something with those that are aside, and the numbers of the sessions. */
  void forEachAside(BiConsumer<Long, Item> action) {
    if (aside != null) {
      aside.forEach((session, items) -> items.forEach(item -> action.accept(session, item)));
    }
  }

  /** What stands aside, as a snapshot has it. */
  List<ReturningState> saveAside() {
    List<ReturningState> saved = new ArrayList<>();
    forEachAside(
        (session, item) ->
            saved.add(
                ReturningState.newBuilder().setSession(session).setItem(item.save()).build()));
    return saved;
  }

  /** Items come back to their places. */
  void putBack(List<Item> items) {
    if (!items.isEmpty()) {
      if (back == null) {
        back = new PriorityQueue<>(BY_PLACE);
      }
      back.addAll(items);
    }
  }

  /** What has come back finds its places in the ring. */
  private void settle() {
    if (back == null) {
      return;
    }
    List<Item> sorted = new ArrayList<>(back);
    back = null;
    sorted.sort(BY_PLACE);
    int behind = size - afterInRing(sorted.get(0).place());
    if (behind <= afterInRing(sorted.get(sorted.size() - 1).place())) {
      mergeAtTail(sorted, size - behind);
    } else {
      mergeAtHead(sorted);
    }
  }

  /** All items behind the first one that comes back are taken out, and put back with them. */
  private void mergeAtTail(List<Item> sorted, int from) {
    for (int i = from; i < size; i++) {
      sorted.add(inRing(i));
      ring[index(i)] = null;
    }
    size = from;
    sorted.sort(BY_PLACE); // Two runs that are sorted: a merge.
    sorted.forEach(this::addLast);
  }

  /**
   * All items before the last one that comes back are taken out, merged, and put before the rest.
   */
  private void mergeAtHead(List<Item> sorted) {
    List<Item> front = new ArrayList<>();
    int next = 0;
    while (next < sorted.size()) {
      Item first = sorted.get(next);
      if (size > 0 && inRing(0).place() < first.place()) {
        front.add(removeFirstInRing());
      } else {
        front.add(first);
        next++;
      }
    }
    for (int i = front.size() - 1; i >= 0; i--) {
      addFirst(front.get(i));
    }
  }

  private void addFirst(Item item) {
    if (size == ring.length) {
      resize(size * 2);
    }
    head = (head - 1) & (ring.length - 1);
    ring[head] = item;
    size++;
  }

  /** Removes the item at a position. */
  Item remove(int position) {
    Item removed = get(position);
    for (int i = position; i > 0; i--) {
      ring[index(i)] = ring[index(i - 1)];
    }
    removeFirst();
    return removed;
  }

  /** The first position whose item's place is above {@code place}; the size when none is. */
  int after(long place) {
    settle();
    return afterInRing(place);
  }

  private int afterInRing(long place) {
    int low = 0;
    int high = size;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (inRing(middle).place() <= place) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** The position of the item at a place; -1 when it is not here. */
  int at(long place) {
    int position = after(place - 1);
    return position < size && get(position).place() == place ? position : -1;
  }

  void clear() {
    ring = new Item[SMALL];
    back = null;
    head = 0;
    size = 0;
  }

  @Override
  public Iterator<Item> iterator() {
    return new Iterator<>() {
      private int next;

      @Override
      public boolean hasNext() {
        return next < size();
      }

      @Override
      public Item next() {
        return get(next++);
      }
    };
  }

  private int index(int position) {
    return (head + position) & (ring.length - 1);
  }

  private void resize(int capacity) {
    @Nullable Item[] bigger = new Item[Math.max(SMALL, capacity)];
    for (int i = 0; i < size; i++) {
      bigger[i] = ring[index(i)];
    }
    ring = bigger;
    head = 0;
  }
}
