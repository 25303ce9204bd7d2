package dev.polyproc.server.engine.queue;

import dev.polyproc.internal.v1.ObjectState;
import dev.polyproc.internal.v1.QueueState;
import dev.polyproc.internal.v1.UndoState;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Undo;
import dev.polyproc.server.engine.call.Waiters;
import dev.polyproc.server.engine.object.ManagedObject;
import dev.polyproc.server.engine.object.Restored;
import dev.polyproc.server.engine.object.Shape;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.server.engine.space.Footprint;
import dev.polyproc.server.engine.time.Timers;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Holder;
import dev.polyproc.v1.ObjectKind;
import dev.polyproc.v1.QueueCreateRequest;
import dev.polyproc.v1.Value;
import java.util.List;
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
  private final Waiters<Putter> putters = new Waiters<>(this);
  private final Waiters<Taker> getters = new Waiters<>(this);
  private final Waiters<Taker> busy = new Waiters<>(this);
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
    QueueState shape =
        state.toBuilder().clearItems().clearReservations().clearReturning().clearClosed().build();
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
  Answer put(boolean many, List<Value> values, Invocation call, long timeout) {
    if (closed) {
      throw closedRefusal();
    }
    if (!putters.isEmpty() || !fits(values.size())) {
      Answer reply =
          world()
              .waiting()
              .park(new Putter(call, many, values, world().references()), timeout, putters);
      if (reply == Answer.LATER) {
        world().references().addAll(values);
      }
      return reply;
    }
    world().budget().charge(Stock.cost(values));
    world().references().addAll(values);
    stock.add(values);
    advance();
    return Answers.put(many, true);
  }

  // Getting.

  /** Takes or reserves items, now or when there are some. */
  Answer get(Invocation call, Take take, long timeout) {
    if (!stock.items().isEmpty()) {
      Answer reply = stock.handOut(call, take.reserve() ? stock.withinBudget(call, take) : take);
      advance();
      return reply;
    }
    if (isFinished()) {
      throw closedRefusal();
    }
    return world().waiting().park(new Getter(call, take), timeout, getters);
  }

  /** Whether nothing can come any more. */
  private boolean isFinished() {
    return closed && stock.isEmpty();
  }

  // Consuming.

  /** Delivers items to a stream from now on, so many at once. */
  Answer consume(Invocation call, int maxInFlight, Take take) {
    if (isFinished()) {
      throw closedRefusal();
    }
    if (!stock.items().isEmpty()) {
      call.requireFits(stock.items().first().value());
    }
    world().waiting().park(new Consumer(this, call, maxInFlight, take), Timers.NEVER, getters);
    advance();
    return Answer.LATER;
  }

  /** A consumer has an item more: it stands in line again, or aside. */
  void standIn(Consumer consumer) {
    (consumer.mayHaveMore() ? getters : busy).join(consumer);
  }

  // Ending reservations.

  void acknowledge(Reservation reservation) {
    stock.acknowledge(reservation);
    advance();
  }

  /** Moves an item to the dead letters, or discards it where there are none. */
  void deadLetter(Reservation reservation) {
    stock.deadLetter(reservation);
    advance();
  }

  /**
   * Ends a reservation whose item is not done with.
   *
   * @return whether the item came back; its attempts may be used up
   */
  boolean putBack(Reservation reservation) {
    return stock.putBackReserved(List.of(reservation)) > 0;
  }

  @Override
  public void putBack(List<Item> taken) {
    stock.putBackTaken(taken);
  }

  /** A reservation of a consumer is over: the consumer may stand in line again. */
  void mayHaveMore(Consumer consumer) {
    if (busy.has(consumer)) {
      getters.join(consumer);
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
    refuse(putters);
    advance();
  }

  @Override
  public void advance() {
    while (serveOne()) {
      // Until nobody can be served.
    }
    if (isFinished()) {
      refuse(getters);
      refuse(busy);
    }
  }

  /** All who wait in a line are told the same: to make a refusal takes longer than to send it. */
  private void refuse(Waiters<?> line) {
    if (!line.isEmpty()) {
      Answer refused = Answer.of(closedRefusal());
      line.drain(waiter -> waiter.answer(refused));
    }
  }

  private boolean serveOne() {
    Taker getter = getters.oldest();
    if (getter != null && !stock.items().isEmpty()) {
      serve(getter);
      return true;
    }
    Putter putter = putters.oldest();
    if (putter != null && fits(putter.items().size())) {
      world().budget().chargeAlways(Stock.cost(putter.items()));
      stock.add(putter.items());
      putter.accept();
      return true;
    }
    return false;
  }

  /** Hands out to one who waits; who does not take what comes is told so, and it stays. */
  private void serve(Taker getter) {
    try {
      getter.serve(this);
    } catch (Refusal tooLarge) {
      getter.answer(Answer.of(tooLarge));
    }
  }

  @Override
  protected boolean giveBackSome() {
    return stock.discardOne();
  }

  @Override
  public void hasBack(long session) {
    stock.items().putBackFrom(session);
  }

  @Override
  protected void forEachValue(java.util.function.Consumer<Value> action) {
    stock.forEachValue(action);
    putters.forEach(putter -> putter.items().forEach(action));
  }

  @Override
  protected long furtherBytes() {
    return Footprint.of(shape.getDeadLetterQueue());
  }

  @Override
  public List<Waiters<?>> lines() {
    return List.of(getters, busy, putters);
  }

  @Override
  protected String summary() {
    return stock.summary() + (closed ? ", closed" : "");
  }

  @Override
  public List<Holder> holders(int max) {
    return stock.reservations().describe(max);
  }

  @Override
  protected void save(ObjectState.Builder state) {
    QueueState.Builder queue = shape.toBuilder().setClosed(closed);
    stock.save(queue);
    state.setQueue(queue);
  }

  @Override
  public Undo restoreUndo(UndoState state) {
    return state.getReservationsCount() > 0
        ? new Reserved(this, stock.reservations().of(state.getReservationsList()))
        : new Taken(this, state.getItemsList().stream().map(Item::restored).toList());
  }

  @Override
  protected void check() {
    stock.check();
    World.require(
        stock.items().isEmpty() || getters.isEmpty(), "nobody waits while there is an item");
    @Nullable Putter putter = putters.oldest();
    World.require(
        putter == null || !fits(putter.items().size()) || world().isAwaited(this),
        "nobody waits for room while there is enough");
    World.require(!closed || putters.isEmpty(), "nobody waits to put into a closed queue");
    World.require(
        !isFinished() || waitingGets() == 0 || world().isAwaited(this),
        "nobody waits for what cannot come");
  }
}
