package dev.polyproc.server.engine.queue;

import dev.polyproc.server.engine.call.Caller;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Holder;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The reservations of a queue, in the order in which they were made. */
final class Reservations implements Iterable<Reservation> {
  private final Queue queue;
  private final World world;
  private final TreeMap<Long, Reservation> byNumber = new TreeMap<>();

  /** Those that are in hand, by the numbers of the sessions that have them. */
  private final TreeMap<Long, TreeMap<Long, Reservation>> inHand = new TreeMap<>();

  private int countInHand;

  Reservations(Queue queue, World world) {
    this.queue = queue;
    this.world = world;
  }

  /** An item that has left the queue is reserved from now on. */
  Reservation add(Reservation reservation) {
    byNumber.put(reservation.number(), reservation);
    if (reservation.isInHand()) {
      countInHand++;
      inHand
          .computeIfAbsent(reservation.owner().session(), session -> new TreeMap<>())
          .put(reservation.number(), reservation);
    }
    reservation.start();
    return reservation;
  }

  /** Whether a reservation lasts. */
  boolean has(Reservation reservation) {
    return byNumber.get(reservation.number()) == reservation;
  }

  /** Those of some numbers, as far as they last. */
  List<Reservation> of(List<Long> numbers) {
    return numbers.stream().map(byNumber::get).filter(Objects::nonNull).toList();
  }

  int size() {
    return byNumber.size();
  }

  boolean isEmpty() {
    return byNumber.isEmpty();
  }

  /** The reservation of a number, if the caller may end it. */
  Reservation find(long number, Invocation call) {
    Reservation reservation = byNumber.get(number);
    if (reservation == null && world.clock().isBeforeStart(number)) {
      throw refusal(
          number,
          "ENDED",
          "the daemon was restarted since it gave that number out; what it had before is gone");
    }
    if (reservation == null) {
      boolean neverWas = number <= queue.number() || number > world.clock().lastNumber();
      throw neverWas
          ? refusal(
              number,
              "UNKNOWN",
              "the queue never gave it out; take the number that came with the item")
          : refusal(
              number,
              "ENDED",
              "it is another queue's, or has ended: it was acknowledged, rejected or given up, its"
                  + " time was up, or its session or consumer ended; name the queue that gave it"
                  + " out: where you did, the item is done with, or another attempt has it");
    }
    // Those of a session are its own to end, whichever thread of it calls; others are anyone's.
    Caller holder = reservation.session();
    if (isOver(reservation)) {
      throw refusal(number, "ENDED", "its session has ended");
    }
    if (reservation.owner().isKnown() && holder != call.session()) {
      throw refusal(
          number,
          "OTHERS",
          "it is session "
              + reservation.owner().session()
              + "'s; call with that session's id, if it is yours");
    }
    return reservation;
  }

  private Refusal refusal(long number, String state, String actual) {
    return new Refusal(
            ErrorReason.ERROR_REASON_RESERVATION_ENDED,
            "Expected reservation "
                + Long.toUnsignedString(number)
                + " of '"
                + queue.name()
                + "' to be the caller's, but "
                + actual)
        .with("object", queue.name())
        .with("state", state);
  }

  /** How many are in hand. */
  int inHand() {
    return countInHand;
  }

  /** The oldest; null when there is none. */
  @Nullable Reservation oldest() {
    return byNumber.isEmpty() ? null : byNumber.firstEntry().getValue();
  }

  /** What a session has in hand, else what anybody has: the oldest; null when nobody has any. */
  @Nullable Reservation inHandOf(@Nullable Caller session) {
    TreeMap<Long, Reservation> own = session == null ? null : inHand.get(session.number());
    return own == null ? oldestInHand() : own.firstEntry().getValue();
  }

  private @Nullable Reservation oldestInHand() {
    Reservation oldest = null;
    for (TreeMap<Long, Reservation> its : inHand.values()) {
      Reservation first = its.firstEntry().getValue();
      if (!isOver(first) && (oldest == null || first.number() < oldest.number())) {
        oldest = first;
      }
    }
    return oldest;
  }

  /** Those that were delivered to the parked call of a number. */
  List<Reservation> deliveredTo(long consumer) {
    return byNumber.values().stream()
        .filter(reservation -> reservation.consumerNumber() == consumer)
        .toList();
  }

  /** A reservation is over; whoever ends it knows what becomes of its item. */
  void end(Reservation reservation) {
    byNumber.remove(reservation.number());
    if (reservation.isInHand()) {
      countInHand--;
      long session = reservation.owner().session();
      TreeMap<Long, Reservation> its = inHand.get(session);
      if (its != null && its.remove(reservation.number()) != null && its.isEmpty()) {
        inHand.remove(session);
      }
    }
    reservation.end();
  }

  /** The oldest is over; the answer is what was reserved, or null when nothing is. */
  @Nullable Item endOldest() {
    if (byNumber.isEmpty()) {
      return null;
    }
    Reservation oldest = byNumber.values().iterator().next();
    end(oldest);
    return oldest.item();
  }

  /** Whether it ends in a later entry, as the session that has it has ended. */
  private static boolean isOver(Reservation reservation) {
    Caller holder = reservation.session();
    return holder != null && holder.hasEnded();
  }

  List<Holder> describe(int max) {
    return byNumber.values().stream()
        .filter(reservation -> !isOver(reservation))
        .limit(max)
        .map(Reservation::describe)
        .toList();
  }

  @Override
  public Iterator<Reservation> iterator() {
    return byNumber.values().iterator();
  }
}
