package dev.polyproc.server.engine.queue;

import dev.polyproc.internal.v1.QueueState;
import dev.polyproc.server.engine.object.World;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The items of a queue by their keys, where it limits how many of a key are out or its keys rotate:
 * which item is the next one.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>No key has more items out than it may, but for those that went out before a restart with
 *       another limit.
 *   <li>A key that may give none does not hold up others. To find the next item takes no longer
 *       where there are many of those.
 *   <li>In a fair queue, a key that has an item that may go out waits for one round of each other
 *       key.
 * </ul>
 */
final class Lanes {
  private final int mostOut;
  private final boolean fair;
  private Map<String, Lane> lanes = new TreeMap<>();

  /** Those that have an item that may go out, the one whose first item is the first first. */
  private final TreeSet<Lane> ready =
      new TreeSet<>(Comparator.comparing((Lane lane) -> lane.items().first(), Item.ORDER));

  /** The same of a fair queue, the one that gives the next item first. */
  private final LinkedHashSet<Lane> rotation = new LinkedHashSet<>();

  /** How many more items the first gives in its round; 0: that has not begun. */
  private int leftInRound;

  /** For a queue of a shape; null where that has no use for keys. */
  static @Nullable Lanes of(QueueShape shape) {
    return shape.hasLanes() ? new Lanes(shape.maxOutPerKey(), shape.isFair()) : null;
  }

  private Lanes(int mostOut, boolean fair) {
    this.mostOut = mostOut;
    this.fair = fair;
  }

  /** The next item that may go out; null when there is none. */
  @Nullable Item next() {
    Lane lane = firstReady();
    return lane == null ? null : lane.items().first();
  }

  private @Nullable Lane firstReady() {
    if (fair) {
      return rotation.isEmpty() ? null : rotation.iterator().next();
    }
    return ready.isEmpty() ? null : ready.first();
  }

  /** An item has come. */
  void add(Item item) {
    Lane lane = lanes.computeIfAbsent(item.key(), Lane::new);
    change(lane, () -> lane.items().add(item));
  }

  /** An item has left, and not by being handed out. */
  void remove(Item item) {
    Lane lane = lane(item);
    change(lane, () -> lane.items().remove(item));
  }

  /** The next item is handed out; {@code held}: it is reserved, or in hand. */
  void handedOut(Item item, boolean held) {
    Lane lane = lane(item);
    if (leftInRound == 0) {
      leftInRound = Math.max(1, item.terms().options().getWeight());
    }
    leftInRound--;
    change(
        lane,
        () -> {
          lane.items().remove(item);
          lane.out(held ? 1 : 0);
        });
    if (fair && leftInRound == 0 && rotation.remove(lane)) {
      rotation.add(lane);
    }
  }

  /** What was out is back. */
  void cameBack(Item item) {
    Lane lane = lane(item);
    change(
        lane,
        () -> {
          lane.out(-1);
          lane.items().add(item);
        });
  }

  /** What was out is so no more, and does not come back. */
  void ended(Item item) {
    Lane lane = lane(item);
    change(lane, () -> lane.out(-1));
  }

  /** What was not here is out. */
  void wentOut(Item item) {
    Lane lane = lanes.computeIfAbsent(item.key(), Lane::new);
    change(lane, () -> lane.out(1));
  }

  private Lane lane(Item item) {
    Lane lane = lanes.get(item.key());
    if (lane == null) {
      throw new IllegalStateException("Expected the key of the item at " + item.place());
    }
    return lane;
  }

  private void change(Lane lane, Runnable change) {
    if (!fair && lane.isReady(mostOut)) {
      ready.remove(lane);
    }
    change.run();
    boolean isReady = lane.isReady(mostOut);
    if (fair) {
      changeRotation(lane, isReady);
    } else if (isReady) {
      ready.add(lane);
    }
    if (lane.isEmpty()) {
      lanes.remove(lane.key());
    }
  }

  private void changeRotation(Lane lane, boolean isReady) {
    if (isReady) {
      rotation.add(lane);
      return;
    }
    if (firstReady() == lane) {
      leftInRound = 0;
    }
    rotation.remove(lane);
  }

  /** Forgets all items that are here; what is out is so still. */
  void clear(Iterable<Item> out) {
    Map<String, Lane> still = new TreeMap<>();
    for (Item item : out) {
      Lane lane = lane(item);
      lane.items().clear();
      still.put(lane.key(), lane);
    }
    lanes = still;
    ready.clear();
    rotation.clear();
    leftInRound = 0;
  }

  void save(QueueState.Builder state) {
    if (fair) {
      rotation.forEach(lane -> state.addTurns(lane.key()));
      state.setLeftInTurn(leftInRound);
    }
  }

  /** All items are back, and their keys rotate as they did. */
  void restoreRotation(QueueState state) {
    if (fair) {
      rotation.clear();
      for (String key : state.getTurnsList()) {
        Lane lane = lanes.get(key);
        if (lane == null) {
          throw new IllegalStateException("Expected items of the key " + key);
        }
        rotation.add(lane);
      }
      leftInRound = state.getLeftInTurn();
    }
  }

  void check(int items) {
    int found = 0;
    int mayGiveSome = 0;
    for (Lane lane : lanes.values()) {
      found += lane.items().size();
      mayGiveSome += lane.isReady(mostOut) ? 1 : 0;
      World.require(lane.out() >= 0, "no key has less than nothing out");
      World.require(
          !lane.isReady(mostOut) || (fair ? rotation.contains(lane) : ready.contains(lane)),
          "a key that has an item that may go out is in line");
    }
    World.require(
        (fair ? rotation.size() : ready.size()) == mayGiveSome,
        "no other key is in line, and none twice");
    World.require(found == items, "each item has its key");
  }
}
