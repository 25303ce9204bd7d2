package dev.polyproc.server.engine.queue;

import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.ReplyRoom;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.v1.QueueGetManyResponse;
import java.util.ArrayList;
import java.util.List;

/**
 * How items leave a queue's stock for calls that ask for them: for good, reserved, or into the
 * hands of a session until they are finished.
 */
final class HandingOut {
  private final Queue queue;
  private final World world;
  private final QueueShape shape;
  private final Stock stock;

  HandingOut(Queue queue, World world, QueueShape shape, Stock stock) {
    this.queue = queue;
    this.world = world;
    this.shape = shape;
    this.stock = stock;
  }

  /** Hands out what is there, the first of which is {@link Stock#next}. */
  Answer handOut(Invocation call, GetTerms terms) {
    boolean inHand = isForHand(call, terms);
    return terms.many() ? handOutMany(call, terms, inHand) : handOutOne(call, terms, inHand);
  }

  /** Whether what a call takes is in the hands of its session until it is finished. */
  private boolean isForHand(Invocation call, GetTerms terms) {
    return !terms.reserve() && stock.unfinished().returns() && call.session() != null;
  }

  private Answer handOutOne(Invocation call, GetTerms terms, boolean inHand) {
    Item item = requireNext(terms);
    call.requireFits(Answers.bytes(item));
    if (terms.reserve() || inHand) {
      Reservation reservation = reserve(call, terms, item, inHand, 0);
      return Answer.of(
          Answers.get(reservation.item(), reservation.number()),
          new UnconfirmedReservations(queue, List.of(reservation)));
    }
    Item taken = take(item, call);
    return Answer.of(
        Answers.get(taken, 0),
        new UnconfirmedItems(queue, List.of(taken), stock.unfinished().taken(1, call.session())));
  }

  private Answer handOutMany(Invocation call, GetTerms terms, boolean inHand) {
    QueueGetManyResponse.Builder response = QueueGetManyResponse.newBuilder();
    List<Item> taken = new ArrayList<>();
    List<Reservation> reserved = new ArrayList<>();
    boolean held = terms.reserve() || inHand;
    ReplyRoom room = new ReplyRoom(call, world.limits());
    Item item = stock.next(terms);
    while (response.getDeliveriesCount() < terms.max()
        && item != null
        && room.take(Answers.bytes(item) + Answers.DELIVERY_BYTES)) {
      if (held) {
        Reservation reservation = reserve(call, terms, item, inHand, 0);
        reserved.add(reservation);
        response.addDeliveries(Answers.delivery(reservation.item(), reservation.number()));
      } else {
        taken.add(take(item, call));
        response.addDeliveries(Answers.delivery(taken.get(taken.size() - 1), 0));
      }
      item = stock.next(terms);
    }
    world.turn().stepped((held ? 8L : 2L) * response.getDeliveriesCount());
    return Answer.of(
        response.build(),
        held
            ? new UnconfirmedReservations(queue, reserved)
            : new UnconfirmedItems(
                queue, taken, stock.unfinished().taken(taken.size(), call.session())));
  }

  private Item requireNext(GetTerms terms) {
    Item item = stock.next(terms);
    if (item == null) {
      throw new IllegalStateException("Expected an item to hand out of " + queue.name());
    }
    return item;
  }

  private Item take(Item item, Invocation call) {
    stock.takeOut(item);
    Item taken = item.handedOut();
    return shape.hasDeadLetters() ? taken.from(call.party()) : taken;
  }

  /**
   * Reserves the next item.
   *
   * @param inHand whether it was taken, and is to be finished
   * @param consumer the number of the parked call; 0 for none
   */
  Reservation reserve(Invocation call, GetTerms terms, Item item, boolean inHand, long consumer) {
    Reservation reservation =
        new Reservation(queue, call, terms.reservation(), item.handedOut(), inHand, consumer);
    return stock.reserve(item, reservation);
  }

  /** As many items as there is room to keep out; refuses where there is none for one. */
  GetTerms withinBudget(Invocation call, GetTerms terms) {
    if (!terms.reserve() && !isForHand(call, terms)) {
      long count = stock.unfinished().bytesToCount(call.session());
      if (count > 0) {
        world.budget().requireBeyond(count);
      }
      return terms;
    }
    long each = Reservation.BYTES + call.textBytes();
    world.budget().requireBeyond(each);
    return terms.atMost(world.budget().roomBeyond() / each);
  }
}
