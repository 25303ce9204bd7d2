package dev.polyproc.server.engine.queue;

import dev.polyproc.server.engine.object.ManagedObject;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.time.Times;
import dev.polyproc.v1.QueueDeadLetter;
import dev.polyproc.v1.QueueDeadLetterCause;
import org.jspecify.annotations.Nullable;

/**
 * How items of a queue become dead letters in another one, how those of others arrive in it, and
 * how they leave it to begin anew.
 */
final class DeadLetters {
  private final Queue queue;
  private final World world;
  private final QueueShape shape;
  private final Stock stock;

  /** What is kept of the budget for each item to become one. */
  private final long bytes;

  DeadLetters(Queue queue, World world, QueueShape shape, Stock stock) {
    this.queue = queue;
    this.world = world;
    this.shape = shape;
    this.stock = stock;
    this.bytes = shape.hasDeadLetters() ? ItemTerms.letterBytes(queue.name()) : 0;
  }

  /** What is kept of the budget for an item that is none yet to become one. */
  long bytes() {
    return bytes;
  }

  /** The same for any item: of what is a dead letter already, as far as it takes less. */
  long bytes(Item item) {
    QueueDeadLetter letter = item.letter();
    if (bytes == 0 || letter == null) {
      return bytes;
    }
    return Math.max(0, bytes - ItemTerms.letterBytes(letter.getOrigin().getName()));
  }

  // From here to the dead-letter queue.

  /** The same item, and who had it, where dead letters are to say that. */
  Item from(Reservation reservation, Item item) {
    return shape.hasDeadLetters() ? item.from(reservation.party()) : item;
  }

  /** The item of a reservation becomes one, or is dropped where there is no queue for them. */
  void giveUp(Reservation reservation) {
    Item item = from(reservation, stock.end(reservation));
    if (!move(item, QueueDeadLetterCause.QUEUE_DEAD_LETTER_CAUSE_GIVEN_UP)) {
      stock.drop(item);
    }
  }

  /** Moves an item to the dead-letter queue; false when there is none any more. */
  boolean move(Item item, QueueDeadLetterCause cause) {
    Queue dead = destination();
    if (dead == null) {
      return false;
    }
    stock.totals().deadLetter();
    stock.unfinished().finish(1);
    stock.uniqueKeys().remove(item);
    Item letter = letter(item, cause, dead);
    world.budget().chargeAlways(dead.stock().cost(letter) - stock.cost(item));
    dead.stock().deadLetters().arrive(letter);
    return true;
  }

  /**
   * What takes the dead letters: nothing that goes with a session which has ended, except for what
   * comes back from that very session, since all of that ends together.
   */
  private @Nullable Queue destination() {
    if (!shape.hasDeadLetters()) {
      return null;
    }
    ManagedObject there = world.objects().existing(shape.deadLetterQueue());
    if (there == null && world.isGivingBack()) {
      ManagedObject still = world.objects().existingStill(shape.deadLetterQueue());
      there =
          still == null || still.session() == null || world.isEnding(still.session())
              ? still
              : null;
    }
    return there instanceof Queue dead ? dead : null;
  }

  /** What becomes of an item in a queue, which has its position to say yet. */
  private Item letter(Item item, QueueDeadLetterCause cause, Queue dead) {
    QueueDeadLetter.Builder letter =
        QueueDeadLetter.newBuilder()
            .setOrigin(queue.ref())
            .setAttempts(item.attempts())
            .setCause(cause)
            .setFirst(Times.timestamp(item.since()))
            .setLast(Times.timestamp(world.clock().now()));
    if (item.terms().last() != null) {
      letter.setLastConsumer(item.terms().last());
    }
    return item.asLetter(world.clock().now(), letter.build(), dead.createdAs().isRanked());
  }

  // From elsewhere to here.

  /** One of another queue arrives, charged already: there is always room for it. */
  private void arrive(Item letter) {
    stock.arrived();
    stock.uniqueKeys().add(letter);
    stock.available().add(letter.at(stock.newPosition(shape.isStack())));
    // Where a session is ending, who waits is served when all has come back from it.
    world.returning(queue);
    world.advance(queue);
  }

  // From the dead-letter queue to where they begin anew.

  /** One leaves for another queue. */
  void giveAway(Item letter) {
    world.budget().release(stock.cost(letter));
    stock.available().remove(letter);
    stock.uniqueKeys().remove(letter);
    stock.unfinished().finish(1);
  }

  /**
   * Whether the queue takes an item that became one.
   *
   * @param charged what that takes out of the budget as one
   */
  boolean takesBack(Item letter, long charged) {
    String unique = letter.terms().options().getUniqueKey();
    return queue.hasRoom()
        && !stock.uniqueKeys().isThere(unique)
        && world
            .budget()
            .has(stock.cost(again(letter, 0)) + stock.uniqueKeys().cost(unique) - charged);
  }

  /** An item that became one, and is charged no more, begins anew. */
  void addAgain(Item letter) {
    Item item = again(letter, stock.newPosition(shape.isStack()));
    String unique = item.terms().options().getUniqueKey();
    world.budget().chargeAlways(stock.cost(item) + stock.uniqueKeys().cost(unique));
    stock.uniqueKeys().put(item);
    stock.arrived();
    stock.available().add(item);
    world.advance(queue);
  }

  /** What one is where it begins anew. */
  private Item again(Item letter, long position) {
    long now = world.clock().now();
    ItemTerms terms = ItemTerms.again(letter.terms().options(), shape.isRanked()).beginningAt(now);
    return new Item(position, now, 0, letter.value(), terms);
  }
}
