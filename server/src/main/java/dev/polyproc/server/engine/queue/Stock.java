package dev.polyproc.server.engine.queue;

import com.google.protobuf.Duration;
import dev.polyproc.internal.v1.ItemState;
import dev.polyproc.internal.v1.QueueState;
import dev.polyproc.internal.v1.ReservationState;
import dev.polyproc.internal.v1.ReturningState;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.object.Figures;
import dev.polyproc.server.engine.object.Restored;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.space.Footprint;
import dev.polyproc.server.engine.time.Times;
import dev.polyproc.v1.QueueDeadLetterCause;
import dev.polyproc.v1.QueueItemOptions;
import dev.polyproc.v1.Value;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is in a queue and what it has handed out: items, and reservations. Who waits is the queue's
 * to know, and it looks after every change whom it can serve.
 *
 * <p><b>Invariants</b>
 *
 * <ul>
 *   <li>Whatever is here, reserved or not, is charged to the budget and counted among the refs.
 *   <li>The unique key of whatever is here, reserved or not, is taken.
 * </ul>
 */
final class Stock {
  /** What it takes beside what other objects do, while it is empty. */
  private static final long BYTES = 750;

  private final Queue queue;
  private final World world;
  private final QueueShape shape;
  private final Available available;
  private final Deadlines<Item> delayed;
  private final Aside aside = new Aside();
  private final Reservations reservations;
  private final UniqueKeys uniqueKeys;
  private final Unfinished unfinished;
  private final DeadLetters deadLetters;

  private final Totals totals = new Totals();

  private boolean closedAtOnce;

  Stock(Queue queue, World world, QueueShape shape) {
    this.queue = queue;
    this.world = world;
    this.shape = shape;
    this.available = new Available(world, shape, this::expire, () -> world.advance(queue));
    this.delayed =
        new Deadlines<>(
            world, Item::since, Item::place, this::delayIsOver, () -> world.advance(queue));
    this.reservations = new Reservations(queue, world);
    this.uniqueKeys = new UniqueKeys(world, shape.uniqueWindow());
    this.unfinished = new Unfinished(queue, world, shape.unfinished());
    this.deadLetters = new DeadLetters(queue, world, shape, this);
  }

  void restore(QueueState state, Restored restored) {
    closedAtOnce = state.getClosedAtOnce();
    totals.restore(state.getTotals());
    for (ItemState saved : state.getItemsList()) {
      available.add(restored(saved));
    }
    for (ItemState saved : state.getDelayedList()) {
      delayed.add(restored(saved));
    }
    for (ReturningState saved : state.getReturningList()) {
      Item item = restored(saved.getItem());
      aside.put(saved.getSession(), item);
      available.wentOut(item);
    }
    for (ReservationState saved : state.getReservationsList()) {
      Reservation reservation = reservations.add(new Reservation(queue, saved, restored));
      world.budget().chargeAlways(cost(reservation.item()));
      uniqueKeys.add(reservation.item());
      available.wentOut(reservation.item());
    }
    available.restoreRotation(state);
    unfinished.restore(state, restored);
    uniqueKeys.restore(state);
  }

  private Item restored(ItemState saved) {
    Item item = Item.restored(saved);
    world.budget().chargeAlways(cost(item));
    uniqueKeys.add(item);
    return item;
  }

  void save(QueueState.Builder state) {
    available.save(state);
    delayed.forEach(item -> state.addDelayed(item.save()));
    state.addAllReturning(aside.save());
    reservations.forEach(reservation -> state.addReservations(reservation.save()));
    uniqueKeys.save(state);
    unfinished.save(state);
    state.setTotals(totals.toProto()).setClosedAtOnce(closedAtOnce);
  }

  Available available() {
    return available;
  }

  /** The items whose delay is not over, the first to be seen first. */
  Deadlines<Item> delayed() {
    return delayed;
  }

  /** What comes back from sessions that are ending. */
  Aside aside() {
    return aside;
  }

  Reservations reservations() {
    return reservations;
  }

  Unfinished unfinished() {
    return unfinished;
  }

  UniqueKeys uniqueKeys() {
    return uniqueKeys;
  }

  DeadLetters deadLetters() {
    return deadLetters;
  }

  Totals totals() {
    return totals;
  }

  /** How many items it holds: those that can be got, and delayed ones. */
  int size() {
    return available.size() + delayed.size();
  }

  /** Whether what would come back is discarded. */
  boolean isClosedAtOnce() {
    return closedAtOnce;
  }

  /** Whether there is nothing that can be got, now or later. */
  boolean isFinished() {
    return closedAtOnce || (size() == 0 && reserved() == 0);
  }

  /** How many items are reserved, in hand, or on their way back. */
  int reserved() {
    return reservations.size() + aside.size();
  }

  String summary() {
    StringBuilder summary = new StringBuilder().append(available.size()).append(" items");
    append(summary, delayed.size(), "delayed");
    append(summary, reserved() - reservations.hands().count(), "reserved");
    append(summary, reservations.hands().count(), "in hand");
    append(summary, unfinished.count(), "unfinished");
    return summary.toString();
  }

  private static void append(StringBuilder summary, int count, String what) {
    if (count > 0) {
      summary.append(", ").append(count).append(' ').append(what);
    }
  }

  /** How long ago the oldest item could first be got that can be; null when there is none. */
  @Nullable Duration oldestItemAge() {
    Item oldest = available.oldest();
    return oldest == null ? null : age(oldest.since());
  }

  /** How long the oldest reservation lasts; null when there is none. */
  @Nullable Duration oldestReservationAge() {
    Reservation oldest = reservations.oldest();
    return oldest == null ? null : age(oldest.since());
  }

  private Duration age(long since) {
    return Times.duration(world.clock().seen() - since);
  }

  /** What happened to it, for operators. */
  Figures figures() {
    return totals
        .figures()
        .with("oldest_item_age", oldestItemAge())
        .with("oldest_reservation_age", oldestReservationAge());
  }

  void forEachValue(java.util.function.Consumer<Value> action) {
    available.forEach(item -> action.accept(item.value()));
    delayed.forEach(item -> action.accept(item.value()));
    aside.forEach((session, item) -> action.accept(item.value()));
    reservations.forEach(reservation -> action.accept(reservation.item().value()));
  }

  void check() {
    available.check();
  }

  // Coming.

  /** The positions of those that are not put, as their unique keys are taken. */
  Duplicates duplicates(Batch batch) {
    return uniqueKeys.duplicates(batch);
  }

  /** What the items of a batch cost that are put. */
  long cost(Batch batch, Duplicates duplicates) {
    return batch.cost(duplicates)
        + uniqueKeys.cost(batch, duplicates)
        + batch.size(duplicates) * deadLetters.bytes();
  }

  /**
   * What an item takes out of the budget, with what is kept for it to become a dead letter: there
   * is always room for that.
   */
  long cost(Item item) {
    return item.cost() + deadLetters.bytes(item);
  }

  /** Adds what is charged and counted already. */
  void add(Batch batch, Duplicates duplicates) {
    world.turn().stepped(batch.size());
    for (int i = 0; i < batch.size(); i++) {
      if (!duplicates.has(i)) {
        put(batch.values().get(i), batch.options(i), batch.atHead());
      }
    }
    totals.duplicates(duplicates.count());
  }

  private void put(Value value, QueueItemOptions options, boolean atHead) {
    long delay = options.hasDelay() ? Times.nanos(options.getDelay()) : 0;
    long since = delay == 0 ? world.clock().now() : world.clock().in(delay);
    ItemTerms terms = ItemTerms.ofOptions(options).beginningAt(since);
    Item item = new Item(newPosition(atHead), since, 0, value, terms);
    uniqueKeys.put(item);
    arrived();
    if (delay == 0) {
      available.add(item);
    } else {
      delayed.add(item);
    }
  }

  /** An item is here that was not, and is counted. */
  void arrived() {
    totals.put(1);
    unfinished.add(1);
  }

  /** Where the next item goes. */
  long newPosition(boolean atHead) {
    long number = world.clock().nextNumber();
    return atHead ? -number : number;
  }

  private void delayIsOver(Item item) {
    // Where it was put at the head, it stands at the head now.
    available.add(item.at(newPosition(item.position() < 0)));
  }

  // Leaving.

  /** The item that a call gets next; null: it waits. */
  @Nullable Item next(GetTerms terms) {
    return available.next(terms.fromTail());
  }

  /** The next one is handed out for good. */
  void takeOut(Item item) {
    available.handOut(item, false);
    totals.got();
    discard(item);
  }

  /** The next one is handed out, and is out as long as a reservation of it lasts. */
  Reservation reserve(Item item, Reservation reservation) {
    available.handOut(item, true);
    totals.got();
    return reservations.add(reservation);
  }

  /** What was taken for good is on its way back, charged and counted again. */
  void takeBack(Item item) {
    world.budget().chargeAlways(cost(item));
    world.references().add(item.value());
    uniqueKeys.add(item);
  }

  /** An item is neither here nor out any more. */
  void discard(Item item) {
    uniqueKeys.remove(item);
    world.budget().release(cost(item));
    world.references().remove(item.value());
  }

  /** An item leaves without having been got. */
  void drop(Item item) {
    discard(item);
    unfinished.finish(1);
  }

  /** An item that is here leaves: somebody removes it. */
  void remove(Item item) {
    if (available.items().has(item)) {
      available.remove(item);
    } else {
      delayed.remove(item);
    }
    drop(item);
  }

  /**
   * Leaves all items to another stock, which gives them back in pieces: here it is as if all had
   * been dropped, but for the budget.
   */
  void leaveTo(Stock other) {
    unfinished.finish(size());
    List<Item> out = new ArrayList<>(reserved());
    aside.forEach((session, item) -> out.add(item));
    reservations.forEach(reservation -> out.add(reservation.item()));
    world.turn().worked(out.size());
    available.leaveTo(other.available, out);
    delayed.leaveTo(other.delayed);
    uniqueKeys.leaveTo(other.uniqueKeys);
    // Of what is out they are taken still.
    out.forEach(uniqueKeys::add);
  }

  /** From now on what would come back is dropped, and so is what is on its way. */
  void closeAtOnce() {
    closedAtOnce = true;
    for (Item item = aside.removeAny(); item != null; item = aside.removeAny()) {
      available.ended(item);
      drop(item);
    }
  }

  /** The time to live of an item is over that is not here any more. */
  void expire(Item item) {
    totals.expired();
    if (!shape.deadLetterExpired()
        || !deadLetters.move(item, QueueDeadLetterCause.QUEUE_DEAD_LETTER_CAUSE_EXPIRED)) {
      drop(item);
    }
  }

  /** Nothing happens by itself any more: the queue is deleted. */
  void stop() {
    available.stop();
    delayed.stop();
    uniqueKeys.stop();
    unfinished.stop();
  }

  /** Discards one of what there is: the queue is deleted. False when there is nothing left. */
  boolean discardOne() {
    Item item = available.removeAny();
    item = item == null ? aside.removeAny() : item;
    item = item == null ? delayed.removeAny() : item;
    item = item == null ? reservations.endOldest() : item;
    if (item == null) {
      return uniqueKeys.giveBackOne();
    }
    discard(item);
    return true;
  }

  // Ending reservations.

  /** A reservation is over, and its item does not come back. */
  Item end(Reservation reservation) {
    reservations.end(reservation);
    available.ended(reservation.item());
    return reservation.item();
  }

  /** The item of a reservation is done with. */
  void acknowledge(Reservation reservation) {
    drop(end(reservation));
  }

  /** One item is finished: the caller's, where it has one. */
  void taskDone(Invocation call) {
    if (call.session() == null && unfinished.finishOneOfAnybody()) {
      return;
    }
    Reservation meant = reservations.hands().meantBy(call);
    if (meant != null) {
      acknowledge(meant);
      return;
    }
    unfinished.finishOneOf(call.session());
    unfinished.finish(1);
  }

  /** What it takes beside what it holds. */
  long furtherBytes() {
    return BYTES + Footprint.of(shape.deadLetterQueue());
  }
}
