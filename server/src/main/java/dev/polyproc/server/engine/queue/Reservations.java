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
  private final Hands hands;

  Reservations(Queue queue, World world) {
    this.queue = queue;
    this.world = world;
    this.hands = new Hands(world.turn());
  }

  /** An item that has left the queue is reserved from now on. */
  Reservation add(Reservation reservation) {
    byNumber.put(reservation.number(), reservation);
    if (reservation.isInHand()) {
      hands.add(reservation);
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
              "it is another queue's, or has ended: it was acknowledged, rejected, released or"
                  + " given up, its time was up, or its session or consumer ended; name the queue"
                  + " that gave it out: where you did, the item is done with, or another attempt"
                  + " has it");
    }
    // Those of a session are its own to end, whichever thread of it calls; others are anyone's.
    Caller holder = reservation.session();
    if (reservation.isOver()) {
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

  /** Those that are in hand. */
  Hands hands() {
    return hands;
  }

  /** The oldest; null when there is none. */
  @Nullable Reservation oldest() {
    return byNumber.isEmpty() ? null : byNumber.firstEntry().getValue();
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
      hands.remove(reservation);
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

  List<Holder> describe(int max) {
    return byNumber.values().stream()
        .filter(reservation -> !reservation.isOver())
        .limit(max)
        .map(Reservation::describe)
        .toList();
  }

  @Override
  public Iterator<Reservation> iterator() {
    return byNumber.values().iterator();
  }
}
