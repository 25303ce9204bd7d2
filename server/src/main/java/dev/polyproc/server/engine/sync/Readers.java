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

  /** Those whose sessions have ended and that go on without. */
  private final TreeMap<Long, Hold> kept = new TreeMap<>();

  void add(Hold hold) {
    byToken.put(hold.token(), hold);
    if (hold.owner().isKnown()) {
      byOwner.put(hold.owner(), hold);
    }
    if (hold.isOrphan()) {
      kept.put(hold.token(), hold);
    }
  }

  /** Its session has ended, and it goes on without. */
  void orphan(Hold hold) {
    hold.orphan();
    kept.put(hold.token(), hold);
  }

  void remove(Hold hold) {
    byToken.remove(hold.token());
    byOwner.remove(hold.owner(), hold);
    kept.remove(hold.token());
  }

  boolean isEmpty() {
    return byToken.isEmpty();
  }

  int size() {
    return byToken.size();
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

  /** The one whose session has ended and that goes on without; null where several do, or none. */
  @Nullable Hold onlyKept() {
    return kept.size() == 1 ? kept.firstEntry().getValue() : null;
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
      World.require(
          hold.isOrphan() == kept.containsKey(hold.token()), "what is kept for nobody is known");
    }
  }

  @Override
  public Iterator<Hold> iterator() {
    return byToken.values().iterator();
  }
}
