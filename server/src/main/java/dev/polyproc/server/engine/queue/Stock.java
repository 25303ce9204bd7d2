package dev.polyproc.server.engine.queue;

import dev.polyproc.internal.v1.ItemState;
import dev.polyproc.internal.v1.QueueState;
import dev.polyproc.internal.v1.ReservationState;
import dev.polyproc.internal.v1.ReturningState;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.ReplyRoom;
import dev.polyproc.server.engine.object.ManagedObject;
import dev.polyproc.server.engine.object.Restored;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.value.Values;
import dev.polyproc.v1.QueueGetManyResponse;
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
 *   <li>Items are in the order of their places.
 *   <li>Whatever is here, reserved or not, is charged to the budget and counted among the refs.
 * </ul>
 */
final class Stock {
  private final Queue queue;
  private final World world;
  private final QueueState shape;
  private final Items items = new Items();
  private final Reservations reservations;

  Stock(Queue queue, World world, QueueState shape) {
    this.queue = queue;
    this.world = world;
    this.shape = shape;
    this.reservations = new Reservations(queue, world);
  }

  void restore(QueueState state, Restored restored) {
    for (ItemState item : state.getItemsList()) {
      items.addLast(Item.restored(item));
      world.budget().chargeAlways(Values.cost(item.getValue()));
    }
    for (ReturningState saved : state.getReturningList()) {
      Item item = Item.restored(saved.getItem());
      items.putAside(saved.getSession(), List.of(item));
      world.budget().chargeAlways(item.cost());
    }
    for (ReservationState saved : state.getReservationsList()) {
      Reservation reservation = reservations.add(new Reservation(queue, saved, restored));
      world.budget().chargeAlways(reservation.item().cost());
    }
  }

  void save(QueueState.Builder state) {
    items.forEach(item -> state.addItems(item.save()));
    state.addAllReturning(items.saveAside());
    reservations.forEach(reservation -> state.addReservations(reservation.save()));
  }

  Items items() {
    return items;
  }

  Reservations reservations() {
    return reservations;
  }

  /** Whether there is nothing, and nothing can come back. */
  boolean isEmpty() {
    return items.isEmpty() && reserved() == 0;
  }

  /** How many items are reserved, or on their way back. */
  int reserved() {
    return reservations.size() + items.aside();
  }

  String summary() {
    return items.size() + " items" + (reserved() == 0 ? "" : ", " + reserved() + " reserved");
  }

  void forEachValue(java.util.function.Consumer<Value> action) {
    items.forEach(item -> action.accept(item.value()));
    items.forEachAside((session, item) -> action.accept(item.value()));
    reservations.forEach(reservation -> action.accept(reservation.item().value()));
  }

  void check() {
    long place = 0;
    for (Item item : items) {
      World.require(item.place() > place, "items are in the order of their places");
      place = item.place();
    }
  }

  // Coming.

  /** What items cost together. */
  static long cost(List<Value> values) {
    long cost = 0;
    for (Value value : values) {
      cost += Values.cost(value);
    }
    return cost;
  }

  /** Adds what is charged and counted already. */
  void add(List<Value> values) {
    world.turn().stepped(values.size());
    for (Value value : values) {
      items.addLast(new Item(world.clock().nextNumber(), 0, value));
    }
  }

  // Leaving.

  /** Hands out what is there. */
  Answer handOut(Invocation call, Take take) {
    if (take.many()) {
      return handOutMany(call, take);
    }
    call.requireFits(items.first().value());
    if (take.reserve()) {
      Reservation reservation = reserve(call, take, 0);
      return Answer.of(
          Answers.get(reservation.item(), reservation.number()),
          new Reserved(queue, List.of(reservation)));
    }
    Item item = take();
    return Answer.of(Answers.get(item, 0), new Taken(queue, List.of(item)));
  }

  private Answer handOutMany(Invocation call, Take take) {
    QueueGetManyResponse.Builder response = QueueGetManyResponse.newBuilder();
    List<Item> taken = new ArrayList<>();
    List<Reservation> reserved = new ArrayList<>();
    ReplyRoom room = new ReplyRoom(call, world.limits());
    int before = items.size();
    while (response.getDeliveriesCount() < take.max()
        && !items.isEmpty()
        && room.take(items.first().value().getSerializedSize() + Answers.DELIVERY_BYTES)) {
      if (take.reserve()) {
        Reservation reservation = reserve(call, take, 0);
        reserved.add(reservation);
        response.addDeliveries(Answers.delivery(reservation.item(), reservation.number()));
      } else {
        Item item = take();
        taken.add(item);
        response.addDeliveries(Answers.delivery(item, 0));
      }
    }
    world.turn().stepped((take.reserve() ? 8L : 2L) * (before - items.size()));
    return Answer.of(
        response.build(), take.reserve() ? new Reserved(queue, reserved) : new Taken(queue, taken));
  }

  private Item take() {
    Item item = items.removeFirst().handedOut();
    discard(item.value());
    return item;
  }

  /** Reserves the first item; {@code consumer} is the number of the parked call, 0 for none. */
  Reservation reserve(Invocation call, Take take, long consumer) {
    Item item = items.removeFirst().handedOut();
    return reservations.add(new Reservation(queue, call, take.reservation(), item, consumer));
  }

  /** As many items as there is room to reserve; refuses where there is none for one. */
  Take withinBudget(Invocation call, Take take) {
    long each = Reservation.BYTES + call.textBytes();
    world.budget().requireBeyond(each);
    return take.atMost(world.budget().roomBeyond() / each);
  }

  /** A value is done with. */
  void discard(Value value) {
    world.budget().release(Values.cost(value));
    world.references().remove(value);
  }

  /** Discards all items; answers how many there were. */
  int clear() {
    int removed = items.size();
    world.turn().stepped(removed);
    for (Item item : items) {
      discard(item.value());
    }
    items.clear();
    return removed;
  }

  /** Discards an item or a reservation: the queue is deleted. False when there is none left. */
  boolean discardOne() {
    Item item = items.isEmpty() ? items.removeAside() : items.removeFirst();
    if (item == null) {
      item = reservations.endOldest();
    }
    if (item != null) {
      discard(item.value());
    }
    return item != null;
  }

  // Ending reservations.

  void acknowledge(Reservation reservation) {
    reservations.end(reservation);
    discard(reservation.item().value());
  }

  /** Moves an item to the dead letters, or discards it where there are none. */
  void deadLetter(Reservation reservation) {
    reservations.end(reservation);
    if (!deadLetter(reservation.item())) {
      discard(reservation.item().value());
    }
  }

  private boolean isUsedUp(Item item) {
    return shape.getMaxAttempts() > 0 && item.attempts() >= shape.getMaxAttempts();
  }

  /** Ends reservations whose items are not done with; answers how many items came back. */
  int putBackReserved(List<Reservation> ended) {
    List<Item> back = new ArrayList<>();
    for (Reservation reservation : ended) {
      reservations.end(reservation);
      back.add(reservation.item());
    }
    return putBack(back);
  }

  /** Puts items back that were taken for good. */
  void putBackTaken(List<Item> taken) {
    if (queue.isDeleted()) {
      return;
    }
    for (Item item : taken) {
      world.budget().chargeAlways(item.cost());
      world.references().add(item.value());
    }
    putBack(taken);
  }

  private int putBack(List<Item> back) {
    if (queue.isDeleted()) {
      back.forEach(item -> discard(item.value()));
      return 0;
    }
    List<Item> again = new ArrayList<>(back);
    again.removeIf(item -> isUsedUp(item) && deadLetter(item));
    putInPlace(again);
    return again.size();
  }

  /** Items find their places; those of a session that has ended when all of them have come. */
  private void putInPlace(List<Item> again) {
    long session = world.returning(queue);
    if (session == 0) {
      items.putBack(again);
      world.advance(queue);
    } else {
      items.putAside(session, again);
    }
  }

  /** Moves an item to the dead-letter queue; false when there is none any more. */
  private boolean deadLetter(Item item) {
    if (!(letters() instanceof Queue dead)) {
      return false;
    }
    dead.stock().putInPlace(List.of(new Item(world.clock().nextNumber(), 0, item.value())));
    return true;
  }

  /**
   * What takes the dead letters: nothing that goes with a session which has ended, except for what
   * comes back from that very session, since all of that ends together.
   */
  private @Nullable ManagedObject letters() {
    String name = shape.getDeadLetterQueue();
    ManagedObject there = world.objects().existing(name);
    if (there == null && world.isGivingBack()) {
      ManagedObject still = world.objects().existingStill(name);
      return still == null || still.session() == null || world.isEnding(still.session())
          ? still
          : null;
    }
    return there;
  }
}
