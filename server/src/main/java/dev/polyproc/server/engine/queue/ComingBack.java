package dev.polyproc.server.engine.queue;

import dev.polyproc.server.engine.object.World;
import dev.polyproc.v1.QueueDeadLetterCause;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;

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
    return putBack(end(ended, stock.deadLetters()::from), true, true);
  }

  /**
   * Ends reservations of items that nobody has begun with, and that come back as if they had not
   * been handed out; answers how many did.
   */
  int release(List<Reservation> ended) {
    return putBack(end(ended, (reservation, item) -> item.notHandedOut()), true, false);
  }

  private List<Item> end(List<Reservation> ended, BiFunction<Reservation, Item, Item> as) {
    List<Item> out = new ArrayList<>(ended.size());
    for (Reservation reservation : ended) {
      stock.reservations().end(reservation);
      out.add(as.apply(reservation, reservation.item()));
    }
    return out;
  }

  /** Puts items back that were taken for good, and counted for a session; 0: for none. */
  void putBackTaken(List<Item> taken, long counted) {
    takeBack(taken, counted, true);
  }

  /** The same of items that nobody has seen: they come back as if they had not been handed out. */
  void releaseTaken(List<Item> taken, long counted) {
    takeBack(taken.stream().map(Item::notHandedOut).toList(), counted, false);
  }

  private void takeBack(List<Item> taken, long counted, boolean isAttempt) {
    if (queue.isDeleted()) {
      return;
    }
    stock.unfinished().cameBack(taken.size(), counted);
    taken.forEach(stock::takeBack);
    putBack(taken, false, isAttempt);
  }

  /**
   * Items come back, one after the other; answers how many did.
   *
   * @param wereOut whether their keys have them out
   * @param isAttempt whether that they were handed out counts, so that it may have been the last
   */
  private int putBack(List<Item> items, boolean wereOut, boolean isAttempt) {
    if (queue.isDeleted()) {
      items.forEach(stock::discard);
      return 0;
    }
    long before = stock.totals().returns();
    world.together(
        () -> {
          items.forEach(item -> putBack(item, wereOut, isAttempt));
          world.advance(queue);
        });
    return Math.toIntExact(stock.totals().returns() - before);
  }

  /**
   * An item comes back. While a session is ending it stands aside until all have come back from
   * that, and its key has it out until then.
   */
  private void putBack(Item item, boolean wasOut, boolean isAttempt) {
    Available available = stock.available();
    boolean comesBack = !isNotComingBack(item, isAttempt);
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
  private boolean isNotComingBack(Item item, boolean isAttempt) {
    if (stock.isClosedAtOnce()) {
      stock.drop(item);
      return true;
    }
    if (item.terms().expires() <= world.clock().now()) {
      stock.expire(item);
      return true;
    }
    return isAttempt
        && isUsedUp(item)
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
