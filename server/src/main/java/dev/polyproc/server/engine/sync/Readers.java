package dev.polyproc.server.engine.sync;

import dev.polyproc.server.engine.call.Owner;
import dev.polyproc.server.engine.object.World;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The read holds of a read-write lock, the oldest first; an owner has one at most. */
final class Readers implements Iterable<Hold> {
  private final TreeMap<Long, Hold> byToken = new TreeMap<>();
  private final Map<Owner, Hold> byOwner = new HashMap<>();

  void add(Hold hold) {
    byToken.put(hold.token(), hold);
    if (hold.owner().isKnown()) {
      byOwner.put(hold.owner(), hold);
    }
  }

  void remove(Hold hold) {
    byToken.remove(hold.token());
    byOwner.remove(hold.owner(), hold);
  }

  boolean isEmpty() {
    return byToken.isEmpty();
  }

  /** The hold of an owner; null when it has none. */
  @Nullable Hold of(Owner owner) {
    return owner.isKnown() ? byOwner.get(owner) : null;
  }

  /** The hold of a token; null when there is none. */
  @Nullable Hold under(long token) {
    return byToken.get(token);
  }

  @Nullable Hold oldest() {
    return byToken.isEmpty() ? null : byToken.firstEntry().getValue();
  }

  /** Whether one is held by somebody whose session lives. */
  boolean isHeld() {
    return byToken.values().stream().anyMatch(hold -> !hold.isOver());
  }

  /** Those that end in a later entry. */
  List<Hold> over() {
    return byToken.values().stream().filter(Hold::isOver).toList();
  }

  /** How many last, as a read sees them. */
  int count(long time) {
    return (int) lasting(time).count();
  }

  /** Those that last, as a read sees them. */
  Stream<Hold> lasting(long time) {
    return byToken.values().stream().filter(hold -> hold.isLasting(time));
  }

  /** Whether nobody reads but one owner. */
  boolean areAllOf(Owner owner) {
    return byToken.values().stream().allMatch(hold -> hold.isOf(owner));
  }

  void check() {
    for (Hold hold : this) {
      World.require(hold.holds() > 0, "a hold counts at least once");
      World.require(
          !hold.owner().isKnown() || byOwner.get(hold.owner()) == hold, "an owner reads once");
    }
  }

  @Override
  public Iterator<Hold> iterator() {
    return byToken.values().iterator();
  }
}
