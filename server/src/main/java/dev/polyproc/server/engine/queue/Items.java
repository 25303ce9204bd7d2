package dev.polyproc.server.engine.queue;

import dev.polyproc.internal.v1.ReturningState;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Items in their order, and those that wait aside to come back to it.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>To add at an end and to take from one take constant time; anywhere else, logarithmic.
 *   <li>A page takes time in proportion to its length, wherever it begins.
 * </ul>
 */
final class Items implements Iterable<Item> {
  private final SortedRuns<Item> inOrder = new SortedRuns<>(Item.ORDER);

  /** Items that came back from sessions that are ending, by the sessions' numbers. */
  private @Nullable TreeMap<Long, List<Item>> aside;

  int size() {
    return inOrder.size();
  }

  boolean isEmpty() {
    return inOrder.isEmpty();
  }

  /** The item at the head. */
  Item first() {
    return inOrder.first();
  }

  /** The item at the tail. */
  Item last() {
    return inOrder.last();
  }

  void add(Item item) {
    if (!inOrder.add(item)) {
      throw new IllegalStateException("Expected one item at place " + item.place());
    }
  }

  void remove(Item item) {
    if (!inOrder.remove(item)) {
      throw new IllegalStateException("Expected an item at place " + item.place());
    }
  }

  /** Takes the item at the head. */
  Item removeFirst() {
    Item first = inOrder.first();
    inOrder.remove(first);
    return first;
  }

  boolean has(Item item) {
    return inOrder.contains(item);
  }

  /** Those of a priority behind a position, and of higher ones. */
  Iterator<Item> after(int priority, long position) {
    return inOrder.after(Item.probe(priority, position));
  }

  /** Those behind one, which need not be here. */
  Iterator<Item> after(Item one) {
    return inOrder.after(one);
  }

  /** Of those that have no priority, the one at a place; null when it is not here. */
  @Nullable Item at(long place) {
    Item atTail = inOrder.find(Item.probe(0, place));
    return atTail != null ? atTail : inOrder.find(Item.probe(0, -place));
  }

  /** Of those that have no priority, the one that has been there longest; null where none is. */
  @Nullable Item oldest() {
    Item behind = inOrder.higher(Item.probe(0, 0));
    Item before = inOrder.lower(Item.probe(0, 0));
    if (behind == null || before == null) {
      return behind == null ? before : behind;
    }
    return behind.place() < before.place() ? behind : before;
  }

  void clear() {
    inOrder.clear();
  }

  @Override
  public Iterator<Item> iterator() {
    return inOrder.iterator();
  }

  // Coming back.

  /** An item comes back from a session that is ending: aside, until all of them have. */
  void putAside(long session, Item item) {
    if (aside == null) {
      aside = new TreeMap<>();
    }
    aside.computeIfAbsent(session, number -> new ArrayList<>()).add(item);
  }

  /** All have come back from a session: what is aside no more. */
  List<Item> removeAside(long session) {
    List<Item> items = aside == null ? null : aside.remove(session);
    dropAside();
    return items == null ? List.of() : items;
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
}
