package dev.polyproc.server.engine.queue;

import dev.polyproc.internal.v1.ObjectState;
import dev.polyproc.internal.v1.QueueState;
import dev.polyproc.internal.v1.UndoState;
import dev.polyproc.server.engine.Call;
import dev.polyproc.server.engine.Family.Restored;
import dev.polyproc.server.engine.Footprint;
import dev.polyproc.server.engine.ManagedObject;
import dev.polyproc.server.engine.Parked;
import dev.polyproc.server.engine.Refusal;
import dev.polyproc.server.engine.Reply;
import dev.polyproc.server.engine.Shape;
import dev.polyproc.server.engine.Timers;
import dev.polyproc.server.engine.Undo;
import dev.polyproc.server.engine.Waiters;
import dev.polyproc.server.engine.WaitingCalls;
import dev.polyproc.server.engine.World;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Holder;
import dev.polyproc.v1.ObjectKind;
import dev.polyproc.v1.QueueConsumeRequest;
import dev.polyproc.v1.QueueConsumeResponse;
import dev.polyproc.v1.QueueCreateRequest;
import dev.polyproc.v1.QueueGetManyRequest;
import dev.polyproc.v1.QueueGetRequest;
import dev.polyproc.v1.QueuePutManyRequest;
import dev.polyproc.v1.QueuePutRequest;
import dev.polyproc.v1.Value;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A queue: its stock, and the two lines in front of it.
 *
 * <p><b>Invariants</b>
 *
 * <ul>
 *   <li>Nobody waits for an item while there is one, nor for room while there is enough.
 * </ul>
 */
final class Queue extends ManagedObject implements Source {
  static final Kind<Queue> KIND = new Kind<>(ObjectKind.OBJECT_KIND_QUEUE, Queue.class);

  private final QueueState shape;
  private final Stock stock;
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
    this.stock = new Stock(this, world(), shape);
  }

  static Queue restored(Header header, QueueState state, Restored restored) {
    QueueState shape = state.toBuilder().clearItems().clearReservations().clearClosed().build();
    Queue queue = new Queue(header, shape);
    queue.closed = state.getClosed();
    queue.stock.restore(state, restored);
    return queue;
  }

  private static QueueState shape(QueueCreateRequest request) {
    return QueueState.newBuilder()
        .setMaxsize(request.getMaxsize())
        .setMaxAttempts(request.getMaxAttempts())
        .setDeadLetterQueue(request.getDeadLetterQueue())
        .build();
  }

  @Override
  protected Shape shape() {
    return shape(shape);
  }

  /** What a Create asks for. */
  static Shape asked(QueueCreateRequest request) {
    return shape(shape(request));
  }

  private static Shape shape(QueueState queue) {
    return Shape.PLAIN
        .with("maxsize", queue.getMaxsize())
        .with("max_attempts", queue.getMaxAttempts())
        .with("dead_letter_queue", queue.getDeadLetterQueue());
  }

  /** What is in it, and what it has handed out. */
  Stock stock() {
    return stock;
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
    return stock.items().size() + (long) count <= capacity();
  }

  private Refusal closedRefusal() {
    return new Refusal(
            ErrorReason.ERROR_REASON_CLOSED,
            "Expected '"
                + name()
                + "' to be open, but it was closed by QueueService/Shutdown; to go on, delete it by"
                + " AdminService/Delete and create it again")
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
    world().budget().charge(Stock.cost(values));
    world().references().addAll(values);
    stock.append(values);
    advance();
    return Answers.put(call, true);
  }

  private WaitingCalls.ParkedFactory putter(List<Value> values) {
    return (world, call, line, order, place, since, until) ->
        new Putter(values, world, call, line, order, place, since, until);
  }

  private static Supplier<Reply> notPut(Call call) {
    return () -> Answers.put(call, false);
  }

  // Getting.

  /** Takes or reserves items, now or when there are some. */
  Reply get(Call call, Take take, long timeout) {
    if (!stock.items().isEmpty()) {
      Reply reply = stock.hand(call, take.reserve() ? stock.withinBudget(call, take) : take);
      advance();
      return reply;
    }
    if (isFinished()) {
      throw closedRefusal();
    }
    return world().waiting().park(getters, call, timeout, () -> Answers.nothing(call));
  }

  /** Whether nothing can come any more. */
  private boolean isFinished() {
    return closed && stock.isEmpty();
  }

  // Consuming.

  /** Delivers items to a stream from now on. */
  Reply consume(Call call) {
    if (isFinished()) {
      throw closedRefusal();
    }
    if (!stock.items().isEmpty()) {
      call.requireFits(stock.items().get(0).value());
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
    consumer.call().requireFits(stock.items().get(0).value());
    Reservation reservation =
        stock.reserve(consumer.call(), Take.of(consumer.call(), world()), consumer.order());
    reservation.deliveredBy(consumer);
    consumer.standIn(consumer.mayHaveMore() ? getters : busy);
    consumer.emit(
        Reply.of(
            QueueConsumeResponse.newBuilder().setDelivery(Answers.delivery(reservation)).build()));
  }

  // Ending reservations.

  void acknowledge(Reservation reservation) {
    stock.acknowledge(reservation);
    advance();
  }

  /** Gives an item up: to the dead letters, or to nobody. */
  void giveUp(Reservation reservation) {
    stock.giveUp(reservation);
    advance();
  }

  /**
   * Ends a reservation whose item is not done with.
   *
   * @return whether the item came back; its attempts may be used up
   */
  boolean giveBack(Reservation reservation) {
    return stock.giveBack(List.of(reservation)) > 0;
  }

  @Override
  public void untake(List<Item> taken) {
    stock.untake(taken);
  }

  /** A reservation of a consumer is over: the consumer may stand in line again. */
  void mayHaveMore(Consumer consumer) {
    if (consumer.isIn(busy)) {
      consumer.standIn(getters);
    }
  }

  // The object.

  int clear() {
    int removed = stock.clear();
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
    if (getter != null && !stock.items().isEmpty()) {
      serve(getter);
      return true;
    }
    Parked oldest = putters.oldest();
    if (oldest instanceof Putter putter && fits(putter.count())) {
      world().budget().chargeAlways(Stock.cost(putter.handOver()));
      stock.append(putter.handOver());
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
        getter.answer(stock.hand(getter.call(), Take.of(getter.call(), world())));
      }
    } catch (Refusal tooLarge) {
      getter.answer(Reply.of(tooLarge));
    }
  }

  @Override
  protected void deleted() {
    stock.end();
  }

  @Override
  protected void forEachValue(java.util.function.Consumer<Value> action) {
    stock.forEachValue(action);
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
    return stock.summary() + (closed ? ", closed" : "");
  }

  @Override
  protected List<Holder> holders(int max) {
    return stock.reservations().describe(max);
  }

  @Override
  protected void save(ObjectState.Builder state) {
    QueueState.Builder queue = shape.toBuilder().setClosed(closed);
    stock.save(queue);
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
      List<Reservation> delivered = stock.reservations().deliveredTo(order);
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
        ? new Reserved(this, stock.reservations().of(state.getReservationsList()))
        : new Taken(this, state.getItemsList().stream().map(Item::restored).toList());
  }

  @Override
  protected void check() {
    stock.check();
    World.require(
        stock.items().isEmpty() || getters.isEmpty(), "nobody waits while there is an item");
    @Nullable Parked putter = putters.oldest();
    World.require(
        !(putter instanceof Putter waiting) || !fits(waiting.count()),
        "nobody waits for room while there is enough");
    World.require(!closed || putters.isEmpty(), "nobody waits to put into a closed queue");
    World.require(!isFinished() || waitingGets() == 0, "nobody waits for what cannot come");
  }
}
