package dev.polyproc.server.engine.queue;

import dev.polyproc.internal.v1.QueueState;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.time.Timers;
import java.util.Comparator;
import java.util.Iterator;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The items of a queue that can be got: in their order, by keys where those count, by places where
 * priorities mix them, and by the ends of their times to live.
 */
final class Available implements Iterable<Item> {
  private final Items items = new Items();
  private final @Nullable Lanes lanes;
  private @Nullable SortedRuns<Item> byPlace;
  private final Deadlines<Item> expiring;

  /**
   * Those of a queue of a shape.
   *
   * @param expired deals with one that has left, as its time to live is over
   * @param then is done after some have
   */
  Available(World world, QueueShape shape, Consumer<Item> expired, Runnable then) {
    this.lanes = Lanes.of(shape);
    this.byPlace = shape.isRanked() ? noneByPlace() : null;
    this.expiring =
        new Deadlines<>(
            world,
            item -> item.terms().expires(),
            Item::place,
            item -> {
              removeButForTime(item);
              expired.accept(item);
            },
            then);
  }

  private static SortedRuns<Item> noneByPlace() {
    return new SortedRuns<>(Comparator.comparingLong(Item::place));
  }

  /** All in their order. */
  Items items() {
    return items;
  }

  int size() {
    return items.size();
  }

  /** The item that a call gets next, from the tail where it asks for that; null: it waits. */
  @Nullable Item next(boolean fromTail) {
    if (lanes != null) {
      return lanes.next();
    }
    if (items.isEmpty()) {
      return null;
    }
    return fromTail ? items.last() : items.first();
  }

  void add(Item item) {
    if (lanes != null) {
      lanes.add(item);
    }
    addElsewhere(item);
  }

  /** What was out is back. */
  void cameBack(Item item) {
    if (lanes != null) {
      lanes.cameBack(item);
    }
    addElsewhere(item);
  }

  private void addElsewhere(Item item) {
    items.add(item);
    if (byPlace != null) {
      byPlace.add(item);
    }
    if (item.terms().expires() != Timers.NEVER) {
      expiring.add(item);
    }
  }

  /** The next one is handed out; {@code held}: it is reserved, or in hand. */
  void handOut(Item item, boolean held) {
    items.remove(item);
    if (lanes != null) {
      lanes.handedOut(item, held);
    }
    removeElsewhere(item);
  }

  /** One has left, and is not handed out. */
  void remove(Item item) {
    removeButForTime(item);
    if (item.terms().expires() != Timers.NEVER) {
      expiring.remove(item);
    }
  }

  /** Takes any; null when there is none. */
  @Nullable Item removeAny() {
    if (items.isEmpty()) {
      return null;
    }
    Item first = items.first();
    remove(first);
    return first;
  }

  private void removeButForTime(Item item) {
    items.remove(item);
    if (lanes != null) {
      lanes.remove(item);
    }
    if (byPlace != null) {
      byPlace.remove(item);
    }
  }

  private void removeElsewhere(Item item) {
    if (byPlace != null) {
      byPlace.remove(item);
    }
    if (item.terms().expires() != Timers.NEVER) {
      expiring.remove(item);
    }
  }

  /** What was out is so no more, and does not come back. */
  void ended(Item item) {
    if (lanes != null) {
      lanes.ended(item);
    }
  }

  /** What was not here is out: reserved, in hand, or aside. */
  void wentOut(Item item) {
    if (lanes != null) {
      lanes.wentOut(item);
    }
  }

  /** The one at a place; null when it is not here. */
  @Nullable Item at(long place) {
    if (place <= 0) {
      return null;
    }
    return byPlace == null ? items.at(place) : byPlace.find(Item.probe(0, place));
  }

  /** The one that has been there longest; null when there is none. */
  @Nullable Item oldest() {
    if (byPlace == null) {
      return items.oldest();
    }
    return byPlace.isEmpty() ? null : byPlace.first();
  }

  /** Those of a priority behind a position, and of higher ones. */
  Iterator<Item> after(int priority, long position) {
    return items.after(priority, position);
  }

  /** Those behind one, which need not be here. */
  Iterator<Item> after(Item one) {
    return items.after(one);
  }

  /** Leaves all to others, which only keep it; what is out is so still. */
  void leaveTo(Available others, Iterable<Item> out) {
    items.leaveTo(others.items);
    if (lanes != null) {
      lanes.clear(out);
    }
    if (byPlace != null) {
      byPlace = noneByPlace();
    }
    expiring.clear();
  }

  @Override
  public Iterator<Item> iterator() {
    return items.iterator();
  }

  /** No time to live ends any more: the queue is deleted. */
  void stop() {
    expiring.stop();
  }

  void save(QueueState.Builder state) {
    items.forEach(item -> state.addItems(item.save()));
    if (lanes != null) {
      lanes.save(state);
    }
  }

  /** All items are back, and so is what is out. */
  void restoreRotation(QueueState state) {
    if (lanes != null) {
      lanes.restoreRotation(state);
    }
  }

  void check() {
    if (lanes != null) {
      lanes.check(items.size());
    }
    World.require(
        byPlace == null || byPlace.size() == items.size(), "each item is found by its place");
  }
}
