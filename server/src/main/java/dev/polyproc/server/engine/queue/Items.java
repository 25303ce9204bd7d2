package dev.polyproc.server.engine.queue;

import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * Items in their order.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>To add at an end and to take from one take constant time; anywhere else, logarithmic.
 *   <li>A page takes time in proportion to its length, wherever it begins.
 * </ul>
 */
final class Items implements Iterable<Item> {
  private SortedRuns<Item> inOrder = new SortedRuns<>(Item.ORDER);

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

  /** Leaves all to others, which are none yet. */
  void leaveTo(Items others) {
    others.inOrder = inOrder;
    inOrder = new SortedRuns<>(Item.ORDER);
  }

  @Override
  public Iterator<Item> iterator() {
    return inOrder.iterator();
  }
}
