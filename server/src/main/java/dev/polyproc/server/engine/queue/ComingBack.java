package dev.polyproc.server.engine.queue;

import dev.polyproc.server.engine.object.World;
import dev.polyproc.v1.QueueDeadLetterCause;
import java.util.ArrayList;
import java.util.List;

/**
 * How items that were handed out come back to a queue: to their places, or to the dead letters, as
 * their attempts are used up or their times to live are over.
 */
final class ComingBack {
  private final Queue queue;
  private final World world;
  private final QueueShape shape;
  private final Stock stock;

  ComingBack(Queue queue, World world, QueueShape shape, Stock stock) {
    this.queue = queue;
    this.world = world;
    this.shape = shape;
    this.stock = stock;
  }

  /** Ends reservations whose items are not done with; answers how many items came back. */
  int putBackReserved(List<Reservation> ended) {
    List<Item> out = new ArrayList<>(ended.size());
    for (Reservation reservation : ended) {
      stock.reservations().end(reservation);
      out.add(stock.deadLetters().from(reservation, reservation.item()));
    }
    return putBack(out, true);
  }

  /** The same for one whose handing out is not counted. */
  int release(Reservation reservation) {
    stock.reservations().end(reservation);
    Item item = reservation.item().notHandedOut();
    return putBack(List.of(stock.deadLetters().from(reservation, item)), true);
  }

  /** Puts items back that were taken for good, and counted for a session; 0: for none. */
  void putBackTaken(List<Item> taken, long counted) {
    if (queue.isDeleted()) {
      return;
    }
    stock.unfinished().cameBack(taken.size(), counted);
    taken.forEach(stock::takeBack);
    putBack(taken, false);
  }

  /**
   * Items come back, one after the other; answers how many did.
   *
   * @param wereOut whether their keys have them out
   */
  private int putBack(List<Item> items, boolean wereOut) {
    if (queue.isDeleted()) {
      items.forEach(stock::discard);
      return 0;
    }
    long before = stock.totals().returns();
    world.together(
        () -> {
          items.forEach(item -> putBack(item, wereOut));
          world.advance(queue);
        });
    return Math.toIntExact(stock.totals().returns() - before);
  }

  /**
   * An item comes back. While a session is ending it stands aside until all have come back from
   * that, and its key has it out until then.
   */
  private void putBack(Item item, boolean wasOut) {
    Available available = stock.available();
    boolean comesBack = !isNotComingBack(item);
    long session = world.returning(queue);
    if (comesBack) {
      stock.totals().returned();
    }
    if (comesBack && session != 0) {
      stock.aside().put(session, item);
      if (!wasOut) {
        available.wentOut(item);
      }
    } else if (comesBack && wasOut) {
      available.cameBack(item);
    } else if (comesBack) {
      available.add(item);
    } else if (wasOut) {
      available.ended(item);
    }
  }

  /** Whether an item that would come back becomes a dead letter, or is dropped. */
  private boolean isNotComingBack(Item item) {
    if (stock.isClosedAtOnce()) {
      stock.drop(item);
      return true;
    }
    if (item.terms().expires() <= world.clock().now()) {
      stock.expire(item);
      return true;
    }
    return isUsedUp(item)
        && stock.deadLetters().move(item, QueueDeadLetterCause.QUEUE_DEAD_LETTER_CAUSE_ATTEMPTS);
  }

  private boolean isUsedUp(Item item) {
    return shape.maxAttempts() > 0 && item.attempts() >= shape.maxAttempts();
  }

  /** All have come back from a session that is ending: they find their places. */
  void hasBack(long session) {
    Available available = stock.available();
    for (Item item : stock.aside().remove(session)) {
      if (item.terms().expires() <= world.clock().now()) {
        available.ended(item);
        stock.expire(item);
      } else {
        available.cameBack(item);
      }
    }
  }
}
