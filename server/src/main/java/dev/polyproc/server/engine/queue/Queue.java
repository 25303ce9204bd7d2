package dev.polyproc.server.engine.queue;

import dev.polyproc.internal.v1.ItemState;
import dev.polyproc.internal.v1.ObjectState;
import dev.polyproc.internal.v1.QueueState;
import dev.polyproc.internal.v1.ReservationState;
import dev.polyproc.internal.v1.UndoState;
import dev.polyproc.server.engine.Call;
import dev.polyproc.server.engine.Family.Restored;
import dev.polyproc.server.engine.Footprint;
import dev.polyproc.server.engine.ManagedObject;
import dev.polyproc.server.engine.Parked;
import dev.polyproc.server.engine.Refusal;
import dev.polyproc.server.engine.Reply;
import dev.polyproc.server.engine.ReplyRoom;
import dev.polyproc.server.engine.Timers;
import dev.polyproc.server.engine.Undo;
import dev.polyproc.server.engine.Waiters;
import dev.polyproc.server.engine.WaitingCalls;
import dev.polyproc.server.engine.World;
import dev.polyproc.server.engine.value.Values;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Holder;
import dev.polyproc.v1.ObjectKind;
import dev.polyproc.v1.QueueConsumeRequest;
import dev.polyproc.v1.QueueConsumeResponse;
import dev.polyproc.v1.QueueCreateRequest;
import dev.polyproc.v1.QueueGetManyRequest;
import dev.polyproc.v1.QueueGetManyResponse;
import dev.polyproc.v1.QueueGetRequest;
import dev.polyproc.v1.QueuePutManyRequest;
import dev.polyproc.v1.QueuePutRequest;
import dev.polyproc.v1.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A queue: items, reservations, and the two lines in front of it.
 *
 * <p><b>Invariants</b>
 *
 * <ul>
 *   <li>Items are in the order of their places.
 *   <li>Nobody waits for an item while there is one, nor for room while there is enough.
 * </ul>
 */
final class Queue extends ManagedObject implements Source {
  static final Kind<Queue> KIND = new Kind<>(ObjectKind.OBJECT_KIND_QUEUE, Queue.class);

  private final QueueState shape;
  private final Items items = new Items();
  private final Reservations reservations = new Reservations(this, world());
  private final Waiters putters = new Waiters(this);
  private final Waiters getters = new Waiters(this);
  private final Waiters busy = new Waiters(this);
  private boolean closed;

  Queue(Header header, QueueCreateRequest request) {
    this(header, shape(request));
  }

  private Queue(Header header, QueueState shape) {
    super(header);
    this.shape = shape;
  }

  static Queue restored(Header header, QueueState state, Restored restored) {
    QueueState shape = state.toBuilder().clearItems().clearReservations().clearClosed().build();
    Queue queue = new Queue(header, shape);
    queue.closed = state.getClosed();
    for (ItemState item : state.getItemsList()) {
      queue.items.addLast(Item.restored(item));
      queue.world().budget().chargeAlways(Values.cost(item.getValue()));
    }
    for (ReservationState saved : state.getReservationsList()) {
      Reservation reservation = queue.reservations.restore(saved, restored);
      queue.world().budget().chargeAlways(reservation.item().cost());
    }
    return queue;
  }

  private static QueueState shape(QueueCreateRequest request) {
    return QueueState.newBuilder()
        .setMaxsize(request.getMaxsize())
        .setMaxAttempts(request.getMaxAttempts())
        .setDeadLetterQueue(request.getDeadLetterQueue())
        .build();
  }

  boolean hasShape(QueueCreateRequest request) {
    return shape.equals(shape(request));
  }

  /** What items cost together. */
  static long cost(List<Value> values) {
    long cost = 0;
    for (Value value : values) {
      cost += Values.cost(value);
    }
    return cost;
  }

  Items items() {
    return items;
  }

  int reserved() {
    return reservations.size();
  }

  int waitingGets() {
    return getters.size() + busy.size();
  }

  int waitingPuts() {
    return putters.size();
  }

  boolean isClosed() {
    return closed;
  }

  /** How many items it holds at most. */
  int capacity() {
    return shape.getMaxsize() == 0 ? world().limits().getQueueItems() : shape.getMaxsize();
  }

  private boolean fits(int count) {
    return items.size() + (long) count <= capacity();
  }

  private Refusal closedRefusal() {
    return new Refusal(
            ErrorReason.ERROR_REASON_CLOSED,
            "Expected '" + name() + "' to be open, but it was closed")
        .with("object", name());
  }

  // Putting.

  /** Puts items, all or none, now or when there is room. */
  Reply put(List<Value> values, Call call, long timeout) {
    if (closed) {
      throw closedRefusal();
    }
    if (!putters.isEmpty() || !fits(values.size())) {
      if (timeout == 0) {
        return Answers.put(call, false);
      }
      world().waiting().requireRoom(call, 0);
      world().references().addAll(values);
      world().waiting().park(putters, call, timeout, notPut(call), putter(values));
      return Reply.LATER;
    }
    world().budget().charge(cost(values));
    world().references().addAll(values);
    append(values);
    advance();
    return Answers.put(call, true);
  }

  /** A value is done with. */
  void discard(Value value) {
    world().budget().release(Values.cost(value));
    world().references().remove(value);
  }

  private WaitingCalls.ParkedFactory putter(List<Value> values) {
    return (world, call, line, order, place, since, until) ->
        new Putter(values, world, call, line, order, place, since, until);
  }

  private static Supplier<Reply> notPut(Call call) {
    return () -> Answers.put(call, false);
  }

  private void append(List<Value> values) {
    for (Value value : values) {
      items.addLast(new Item(world().clock().nextOrder(), 0, value));
    }
  }

  // Getting.

  /** Takes or reserves items, now or when there are some. */
  Reply get(Call call, Take take, long timeout) {
    if (!items.isEmpty()) {
      Reply reply = hand(call, take.reserve() ? withinBudget(call, take) : take);
      advance();
      return reply;
    }
    if (isFinished()) {
      throw closedRefusal();
    }
    return world().waiting().park(getters, call, timeout, () -> Answers.nothing(call));
  }

  /** As many items as there is room to reserve; refuses where there is none for one. */
  private Take withinBudget(Call call, Take take) {
    long each = Reservation.BYTES + call.textBytes();
    world().budget().requireBeyond(each);
    return take.atMost(world().budget().roomBeyond() / each);
  }

  /** Whether nothing can come any more. */
  private boolean isFinished() {
    return closed && items.isEmpty() && reservations.isEmpty();
  }

  /** Hands out what is there. */
  private Reply hand(Call call, Take take) {
    if (!Answers.isGet(call)) {
      return handMany(call, take);
    }
    call.requireFits(items.get(0).value());
    if (take.reserve()) {
      Reservation reservation = reserve(call, take, 0);
      return Reply.of(Answers.get(reservation), new Reserved(this, List.of(reservation)));
    }
    Item item = take();
    return Reply.of(Answers.get(item), new Taken(this, List.of(item)));
  }

  private Reply handMany(Call call, Take take) {
    QueueGetManyResponse.Builder response = QueueGetManyResponse.newBuilder();
    List<Item> taken = new ArrayList<>();
    List<Reservation> reserved = new ArrayList<>();
    ReplyRoom room = new ReplyRoom(call, world().limits());
    while (response.getDeliveriesCount() < take.max()
        && !items.isEmpty()
        && room.take(items.get(0).value().getSerializedSize() + Answers.DELIVERY_BYTES)) {
      if (take.reserve()) {
        Reservation reservation = reserve(call, take, 0);
        reserved.add(reservation);
        response.addDeliveries(Answers.delivery(reservation));
      } else {
        Item item = take();
        taken.add(item);
        response.addDeliveries(Answers.delivery(item));
      }
    }
    return Reply.of(
        response.build(), take.reserve() ? new Reserved(this, reserved) : new Taken(this, taken));
  }

  private Item take() {
    Item item = items.removeFirst().handedOut();
    discard(item.value());
    return item;
  }

  private Reservation reserve(Call call, Take take, long consumer) {
    return reservations.add(items.removeFirst().handedOut(), call, take, consumer);
  }

  // Consuming.

  /** Delivers items to a stream from now on. */
  Reply consume(Call call) {
    if (isFinished()) {
      throw closedRefusal();
    }
    if (!items.isEmpty()) {
      call.requireFits(items.get(0).value());
    }
    int max = ((QueueConsumeRequest) call.requestMessage()).getMaxInFlight();
    world().waiting().requireRoom(call, Consumer.furtherBytes(max));
    world().waiting().park(getters, call, Timers.NEVER, () -> Reply.LATER, consumer());
    advance();
    return Reply.LATER;
  }

  private WaitingCalls.ParkedFactory consumer() {
    return (world, call, line, order, place, since, until) ->
        new Consumer(this, world, call, line, order, place, since, until);
  }

  private void deliver(Consumer consumer) {
    consumer.call().requireFits(items.get(0).value());
    Reservation reservation =
        reserve(consumer.call(), Take.of(consumer.call(), world()), consumer.order());
    reservation.deliveredBy(consumer);
    consumer.standIn(consumer.mayHaveMore() ? getters : busy);
    consumer.emit(
        Reply.of(
            QueueConsumeResponse.newBuilder().setDelivery(Answers.delivery(reservation)).build()));
  }

  // Ending reservations.

  /** The reservation of a number, if the caller may end it. */
  Reservation reservation(long number, Call call) {
    return reservations.find(number, call);
  }

  /** Whether a reservation lasts. */
  boolean has(Reservation reservation) {
    return reservations.has(reservation);
  }

  void acknowledge(Reservation reservation) {
    reservations.end(reservation);
    discard(reservation.item().value());
    advance();
  }

  /** Gives an item up: to the dead letters, or to nobody. */
  void giveUp(Reservation reservation) {
    reservations.end(reservation);
    if (!deadLetter(reservation.item())) {
      discard(reservation.item().value());
    }
    advance();
  }

  private boolean isUsedUp(Item item) {
    return shape.getMaxAttempts() > 0 && item.attempts() >= shape.getMaxAttempts();
  }

  /**
   * Ends a reservation whose item is not done with.
   *
   * @return whether the item came back; its attempts may be used up
   */
  boolean giveBack(Reservation reservation) {
    return giveBack(List.of(reservation)) > 0;
  }

  /** Ends reservations whose items are not done with; answers how many items came back. */
  int giveBack(List<Reservation> ended) {
    List<Item> back = new ArrayList<>();
    for (Reservation reservation : ended) {
      reservations.end(reservation);
      back.add(reservation.item());
    }
    return bringBack(back);
  }

  @Override
  public void untake(List<Item> taken) {
    if (isDeleted()) {
      return;
    }
    for (Item item : taken) {
      world().budget().chargeAlways(item.cost());
      world().references().add(item.value());
    }
    bringBack(taken);
  }

  private int bringBack(List<Item> back) {
    if (isDeleted()) {
      back.forEach(item -> discard(item.value()));
      return 0;
    }
    List<Item> again = new ArrayList<>(back);
    again.removeIf(item -> isUsedUp(item) && deadLetter(item));
    items.bringBack(again);
    world().advance(this);
    return again.size();
  }

  /** Moves an item to the dead-letter queue; false when there is none any more. */
  private boolean deadLetter(Item item) {
    ManagedObject letters = world().objects().existing(shape.getDeadLetterQueue());
    if (!(letters instanceof Queue queue)) {
      return false;
    }
    queue.append(List.of(item.value()));
    world().advance(queue);
    return true;
  }

  /** A reservation of a consumer is over: the consumer may stand in line again. */
  void mayHaveMore(Consumer consumer) {
    if (consumer.isIn(busy)) {
      consumer.standIn(getters);
    }
  }

  // The object.

  int clear() {
    int removed = items.size();
    for (Item item : items) {
      discard(item.value());
    }
    items.clear();
    advance();
    return removed;
  }

  void close() {
    closed = true;
    putters.drain(putter -> putter.answer(Reply.of(closedRefusal())));
    advance();
  }

  @Override
  public void advance() {
    while (serveOne()) {
      // Until nobody can be served.
    }
    if (isFinished()) {
      getters.drain(getter -> getter.answer(Reply.of(closedRefusal())));
      busy.drain(consumer -> consumer.answer(Reply.of(closedRefusal())));
    }
  }

  private boolean serveOne() {
    Parked getter = getters.oldest();
    if (getter != null && !items.isEmpty()) {
      serve(getter);
      return true;
    }
    Parked oldest = putters.oldest();
    if (oldest instanceof Putter putter && fits(putter.count())) {
      world().budget().chargeAlways(cost(putter.handOver()));
      append(putter.handOver());
      putter.answer(Answers.put(putter.call(), true));
      return true;
    }
    return false;
  }

  /** Hands out to one who waits; who does not take what comes is told so, and it stays. */
  private void serve(Parked getter) {
    try {
      if (getter instanceof Consumer consumer) {
        deliver(consumer);
      } else {
        getter.answer(hand(getter.call(), Take.of(getter.call(), world())));
      }
    } catch (Refusal tooLarge) {
      getter.answer(Reply.of(tooLarge));
    }
  }

  @Override
  protected void deleted() {
    for (Item item : items) {
      discard(item.value());
    }
    items.clear();
    reservations.endAll().forEach(item -> discard(item.value()));
  }

  @Override
  protected void forEachValue(java.util.function.Consumer<Value> action) {
    items.forEach(item -> action.accept(item.value()));
    reservations.forEach(reservation -> action.accept(reservation.item().value()));
    putters.iterator().forEachRemaining(putter -> ((Putter) putter).forEachValue(action));
  }

  @Override
  protected long furtherBytes() {
    return Footprint.of(shape.getDeadLetterQueue());
  }

  @Override
  protected List<Waiters> lines() {
    return List.of(getters, busy, putters);
  }

  @Override
  protected String summary() {
    return items.size()
        + " items"
        + (reservations.isEmpty() ? "" : ", " + reservations.size() + " reserved")
        + (closed ? ", closed" : "");
  }

  @Override
  protected List<Holder> holders(int max) {
    return reservations.describe(max);
  }

  @Override
  protected void save(ObjectState.Builder state) {
    QueueState.Builder queue = shape.toBuilder().setClosed(closed);
    items.forEach(item -> queue.addItems(item.save()));
    reservations.forEach(reservation -> queue.addReservations(reservation.save()));
    state.setQueue(queue);
  }

  @Override
  protected void repark(RestoredCall restored) {
    Call call = restored.call();
    if (call.requestMessage() instanceof QueuePutRequest put) {
      repark(restored, List.of(put.getItem()));
    } else if (call.requestMessage() instanceof QueuePutManyRequest many) {
      repark(restored, many.getItemsList());
    } else if (call.requestMessage() instanceof QueueGetRequest
        || call.requestMessage() instanceof QueueGetManyRequest) {
      restored.park(getters, () -> Answers.nothing(call));
    } else {
      restored.park(getters, () -> Reply.LATER, reparkedConsumer());
    }
  }

  private void repark(RestoredCall restored, List<Value> values) {
    restored.park(putters, notPut(restored.call()), putter(values));
  }

  private WaitingCalls.ParkedFactory reparkedConsumer() {
    return (world, call, line, order, place, since, until) -> {
      List<Reservation> delivered = reservations.deliveredTo(order);
      int max = ((QueueConsumeRequest) call.requestMessage()).getMaxInFlight();
      Waiters actual = delivered.size() < max ? getters : busy;
      Consumer consumer = new Consumer(this, world, call, actual, order, place, since, until);
      delivered.forEach(reservation -> reservation.deliveredBy(consumer));
      return consumer;
    };
  }

  @Override
  protected Undo restoreUndo(UndoState state) {
    return state.getReservationsCount() > 0
        ? new Reserved(this, reservations.of(state.getReservationsList()))
        : new Taken(this, state.getItemsList().stream().map(Item::restored).toList());
  }

  @Override
  protected void check() {
    long place = 0;
    for (Item item : items) {
      World.require(item.place() > place, "items are in the order of their places");
      place = item.place();
    }
    World.require(items.isEmpty() || getters.isEmpty(), "nobody waits while there is an item");
    @Nullable Parked putter = putters.oldest();
    World.require(
        !(putter instanceof Putter waiting) || !fits(waiting.count()),
        "nobody waits for room while there is enough");
    World.require(!closed || putters.isEmpty(), "nobody waits to put into a closed queue");
    World.require(!isFinished() || waitingGets() == 0, "nobody waits for what cannot come");
  }
}
