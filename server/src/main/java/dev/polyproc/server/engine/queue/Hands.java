package dev.polyproc.server.engine.queue;

import dev.polyproc.server.engine.call.Caller;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Owner;
import dev.polyproc.server.engine.time.Turn;
import java.util.Comparator;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What sessions took of a queue and have not finished: of each owner, the oldest first. */
final class Hands {
  private static final Comparator<Owner> ORDER =
      Comparator.comparingLong(Owner::session).thenComparing(Owner::name);

  /** To look at what an owner has goes through a few objects that are far from each other. */
  private static final int STEPS = 2;

  private final Turn turn;
  private final TreeMap<Owner, TreeMap<Long, Reservation>> byOwner = new TreeMap<>(ORDER);
  private int count;

  /** With the turn that counts the owners who are looked at. */
  Hands(Turn turn) {
    this.turn = turn;
  }

  /** How many items they are. */
  int count() {
    return count;
  }

  void add(Reservation reservation) {
    count++;
    byOwner
        .computeIfAbsent(reservation.owner(), owner -> new TreeMap<>())
        .put(reservation.number(), reservation);
  }

  void remove(Reservation reservation) {
    TreeMap<Long, Reservation> its = byOwner.get(reservation.owner());
    if (its == null || its.remove(reservation.number()) == null) {
      throw new IllegalStateException("Expected item " + reservation.number() + " in hand");
    }
    count--;
    if (its.isEmpty()) {
      byOwner.remove(reservation.owner());
    }
  }

  /**
   * What a caller means who does not say which: the oldest of that very owner, else of its session,
   * else of anybody; null when nobody has any. Who has nothing in hand makes it look at all owners.
   */
  @Nullable Reservation meantBy(Invocation call) {
    Caller session = call.session();
    if (session == null) {
      return oldest(byOwner);
    }
    TreeMap<Long, Reservation> own = byOwner.get(call.owner());
    if (own != null) {
      return own.firstEntry().getValue();
    }
    Reservation its =
        oldest(
            byOwner.subMap(new Owner(session.number(), ""), new Owner(session.number() + 1, "")));
    return its == null ? oldest(byOwner) : its;
  }

  private @Nullable Reservation oldest(SortedMap<Owner, TreeMap<Long, Reservation>> some) {
    Reservation oldest = null;
    for (Map<Long, Reservation> its : some.values()) {
      turn.stepped(STEPS);
      Reservation first = its.values().iterator().next();
      if (!first.isOver() && (oldest == null || first.number() < oldest.number())) {
        oldest = first;
      }
    }
    return oldest;
  }
}
