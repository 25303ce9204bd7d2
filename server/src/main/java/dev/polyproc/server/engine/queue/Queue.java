package dev.polyproc.server.engine.queue;

import dev.polyproc.internal.v1.ObjectState;
import dev.polyproc.internal.v1.QueueState;
import dev.polyproc.internal.v1.UndoState;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Undo;
import dev.polyproc.server.engine.call.Waiters;
import dev.polyproc.server.engine.object.DeletedObject;
import dev.polyproc.server.engine.object.Figures;
import dev.polyproc.server.engine.object.ManagedObject;
import dev.polyproc.server.engine.object.Restored;
import dev.polyproc.server.engine.object.Shape;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.server.engine.time.Timers;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Holder;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.ObjectKind;
import dev.polyproc.v1.Party;
import dev.polyproc.v1.Ref;
import dev.polyproc.v1.Value;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A queue: its stock, and the lines in front of it.
 *
 * <p><b>Invariants</b>
 *
 * <ul>
 *   <li>Nobody waits for an item while there is one that may be got, nor for room while there is
 *       enough, nor for items to be finished while none is unfinished.
 * </ul>
 */
final class Queue extends ManagedObject implements Source {
  static final Kind<Queue> KIND = new Kind<>(ObjectKind.OBJECT_KIND_QUEUE, Queue.class);

  private final QueueShape shape;
  private final Stock stock;
  private final HandingOut handingOut;
  private final ComingBack comingBack;
  private final Waiters<Putter> putters = new Waiters<>(this);
  private final Waiters<ItemWaiter> getters = new Waiters<>(this);
  private final Waiters<ItemWaiter> busy = new Waiters<>(this);
  private final Waiters<Joiner> joiners = new Waiters<>(this);
  private boolean closed;
  private boolean paused;

  Queue(Header header, QueueShape shape) {
    super(header);
    this.shape = shape;
    this.stock = new Stock(this, world(), shape);
    this.handingOut = new HandingOut(this, world(), shape, stock);
    this.comingBack = new ComingBack(this, world(), shape, stock);
  }

  static Queue restored(Header header, QueueState state, Restored restored) {
    Queue queue = new Queue(header, QueueShape.restored(state));
    queue.closed = state.getClosed();
    queue.paused = state.getPaused();
    queue.stock.restore(state, restored);
    return queue;
  }

  @Override
  protected Shape shape() {
    return shape.shown();
  }

  /** What it was created as. */
  QueueShape createdAs() {
    return shape;
  }

  /** What is in it, and what it has handed out. */
  Stock stock() {
    return stock;
  }

  /** How what is in it leaves it. */
  HandingOut handingOut() {
    return handingOut;
  }

  /** How what has left it comes back. */
  ComingBack comingBack() {
    return comingBack;
  }

  int waitingGets() {
    return getters.size() + busy.size();
  }

  int waitingPuts() {
    return putters.size();
  }

  int waitingJoins() {
    return joiners.size();
  }

  boolean isClosed() {
    return closed;
  }

  boolean isPaused() {
    return paused;
  }

  /** How many items it holds at most. */
  int capacity() {
    return shape.maxsize() == 0 ? world().limits().getQueueItems() : shape.maxsize();
  }

  private boolean fits(int count) {
    return stock.size() + (long) count <= capacity();
  }

  /** Whether it takes an item from elsewhere now, before nobody who waits. */
  boolean hasRoom() {
    return !closed && putters.isEmpty() && fits(1);
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

  /**
   * Whether a batch need not wait: it is the first in line and there is room for it, or nothing of
   * it is put.
   */
  private boolean needNotWait(Batch batch, Duplicates duplicates, boolean isFirst) {
    return batch.isAll(duplicates) || (isFirst && fits(batch.size(duplicates)));
  }

  /** Puts items, all or none, now or when there is room. */
  Answer put(Batch batch, Invocation call, long timeout) {
    if (closed) {
      throw closedRefusal();
    }
    Duplicates duplicates = stock.duplicates(batch);
    if (!needNotWait(batch, duplicates, putters.isEmpty())) {
      Answer reply =
          world().waiting().park(new Putter(call, batch, world().references()), timeout, putters);
      if (reply == Answer.LATER) {
        world().references().addAll(batch.values());
      }
      return reply;
    }
    world().budget().charge(stock.cost(batch, duplicates));
    world().references().addAll(batch.values());
    duplicates
        .positions()
        .forEach(position -> world().references().remove(batch.values().get(position)));
    stock.add(batch, duplicates);
    advance();
    return Answers.put(batch.many(), duplicates);
  }

  // Getting.

  /** Takes or reserves items, now or when there are some. */
  Answer get(Invocation call, GetTerms terms, long timeout) {
    if (!paused && stock.next(terms) != null) {
      Answer reply = handingOut.handOut(call, handingOut.withinBudget(call, terms));
      advance();
      return reply;
    }
    if (isFinished()) {
      throw closedRefusal();
    }
    return world().waiting().park(new Getter(call, terms), timeout, getters);
  }

  /** Whether nothing can come any more. */
  private boolean isFinished() {
    return closed && stock.isFinished();
  }

  // Consuming.

  /** Delivers items to a stream from now on, so many at once. */
  Answer consume(Invocation call, int maxInFlight, GetTerms terms) {
    if (isFinished()) {
      throw closedRefusal();
    }
    Item next = paused ? null : stock.next(terms);
    if (next != null) {
      call.requireFits(Answers.bytes(next));
    }
    world().waiting().park(new Consumer(this, call, maxInFlight, terms), Timers.NEVER, getters);
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
  void giveUp(Reservation reservation) {
    stock.deadLetters().giveUp(reservation);
    advance();
  }

  /**
   * Ends a reservation whose item is not done with.
   *
   * @return whether the item came back; its attempts may be used up
   */
  boolean putBack(Reservation reservation) {
    return comingBack.putBackReserved(List.of(reservation)) > 0;
  }

  /**
   * Ends a reservation of an item that nobody has begun with, and that goes back as if it had not
   * been handed out; answers whether it came back.
   */
  boolean release(Reservation reservation) {
    return comingBack.release(List.of(reservation)) > 0;
  }

  @Override
  public void putBack(List<Item> taken, long counted) {
    comingBack.putBackTaken(taken, counted);
  }

  @Override
  public void release(List<Item> taken, long counted) {
    comingBack.releaseTaken(taken, counted);
  }

  /** A reservation of a consumer is over: the consumer may stand in line again. */
  void mayHaveMore(Consumer consumer) {
    if (busy.has(consumer)) {
      getters.join(consumer);
    }
  }

  // Finishing.

  /** An item of whoever calls is finished; answers how many are not. */
  int taskDone(Invocation call) {
    requireJoinable();
    if (stock.unfinished().count() == 0) {
      throw refusal(
          ErrorReason.ERROR_REASON_TASK_DONE_TOO_OFTEN,
          "Expected an unfinished item of '"
              + name()
              + "', but there is none: task_done() called too many times");
    }
    stock.taskDone(call);
    int left = stock.unfinished().count();
    advance();
    return left;
  }

  /** The item of a delivery is finished; answers how many are not. */
  int taskDone(Reservation delivery) {
    requireJoinable();
    stock.acknowledge(delivery);
    int left = stock.unfinished().count();
    advance();
    return left;
  }

  /** Waits until no item is unfinished. */
  Answer join(Invocation call, long timeout) {
    requireJoinable();
    return stock.unfinished().count() == 0
        ? Joiner.joined(true)
        : world().waiting().park(new Joiner(call), timeout, joiners);
  }

  void requireJoinable() {
    if (!stock.unfinished().isCounted()) {
      throw refusal(
          ErrorReason.ERROR_REASON_NOT_JOINABLE,
          "Expected '"
              + name()
              + "' to count its unfinished items, but it does not; create it with unfinished RETURN"
              + " or DONE");
    }
  }

  // The object.

  /** Drops all items; answers how many there were. */
  int clear() {
    int removed = dropAll();
    advance();
    return removed;
  }

  /**
   * Leaves all items to a queue that is deleted already, and gives them back as those do: in
   * pieces.
   */
  private int dropAll() {
    int dropped = stock.size();
    if (dropped > 0) {
      Ref ref = ref().toBuilder().setIncarnation(world().clock().nextNumber()).build();
      Header header =
          new Header(
              world(),
              ref,
              Lifetime.LIFETIME_PERSISTENT,
              created(),
              Party.getDefaultInstance(),
              null);
      Queue left = new Queue(header, shape.ofRemains());
      left.markDeleted();
      left.deleted();
      stock.leaveTo(left.stock);
      world().remains().begin(new DeletedObject(left));
    }
    return dropped;
  }

  /** An item that is here is removed. */
  void remove(Item item) {
    stock.remove(item);
    advance();
  }

  /** Closes for good; {@code atOnce}: what is here, and what would come back, is dropped. */
  void close(boolean atOnce) {
    closed = true;
    if (atOnce) {
      dropAll();
      stock.closeAtOnce();
    }
    refuse(putters);
    advance();
  }

  /** Hands nothing out from now on, or goes on. */
  void pause(boolean stop) {
    paused = stop;
    advance();
  }

  @Override
  public void advance() {
    if (stock.unfinished().count() == 0 && !joiners.isEmpty()) {
      // Before somebody is served who waits to put.
      Answer joined = Joiner.joined(true);
      joiners.drain(joiner -> joiner.answer(joined));
    }
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
    ItemWaiter getter = paused ? null : getters.oldest();
    Item next = getter == null ? null : stock.next(getter.terms());
    if (getter != null && next != null) {
      serve(getter, next);
      return true;
    }
    Putter putter = putters.oldest();
    return putter != null && accept(putter);
  }

  /** Takes what somebody waits to put, if there is room by now, or need not be. */
  private boolean accept(Putter putter) {
    Batch batch = putter.batch();
    Duplicates duplicates = stock.duplicates(batch);
    if (!needNotWait(batch, duplicates, true)) {
      return false;
    }
    world().budget().chargeAlways(stock.cost(batch, duplicates));
    stock.add(batch, duplicates);
    putter.accept(duplicates);
    return true;
  }

  /** Hands out to one who waits; who does not take what comes is told so, and it stays. */
  private void serve(ItemWaiter getter, Item next) {
    try {
      getter.serve(this, next);
    } catch (Refusal tooLarge) {
      getter.answer(Answer.of(tooLarge));
    }
  }

  @Override
  protected void deleted() {
    stock.stop();
  }

  @Override
  protected void restoredDeleted() {
    stock.stop();
  }

  @Override
  protected boolean giveBackSome() {
    return stock.discardOne();
  }

  @Override
  public void hasBack(long session) {
    comingBack.hasBack(session);
  }

  @Override
  protected void forEachValue(java.util.function.Consumer<Value> action) {
    stock.forEachValue(action);
    putters.forEach(putter -> putter.batch().values().forEach(action));
  }

  @Override
  protected long furtherBytes() {
    return stock.furtherBytes();
  }

  @Override
  public List<Waiters<?>> lines() {
    return List.of(getters, busy, putters, joiners);
  }

  @Override
  protected String summary() {
    return stock.summary() + (paused ? ", paused" : "") + (closed ? ", closed" : "");
  }

  @Override
  protected Figures figures() {
    return stock.figures();
  }

  @Override
  public List<Holder> holders(int max) {
    return stock.reservations().describe(max);
  }

  @Override
  protected void save(ObjectState.Builder state) {
    QueueState.Builder queue = QueueState.newBuilder().setClosed(closed).setPaused(paused);
    shape.save(queue);
    stock.save(queue);
    state.setQueue(queue);
  }

  @Override
  public Undo restoreUndo(UndoState state) {
    return state.getReservationsCount() > 0
        ? new UnconfirmedReservations(this, stock.reservations().of(state.getReservationsList()))
        : new UnconfirmedItems(
            this, state.getItemsList().stream().map(Item::restored).toList(), state.getCounted());
  }

  @Override
  protected void check() {
    stock.check();
    @Nullable ItemWaiter getter = getters.oldest();
    World.require(
        getter == null || paused || stock.next(getter.terms()) == null || world().isAwaited(this),
        "nobody waits while there is an item");
    @Nullable Putter putter = putters.oldest();
    World.require(
        putter == null || !fits(putter.batch().size()) || world().isAwaited(this),
        "nobody waits for room while there is enough");
    World.require(!closed || putters.isEmpty(), "nobody waits to put into a closed queue");
    World.require(
        !isFinished() || waitingGets() == 0 || world().isAwaited(this),
        "nobody waits for what cannot come");
    World.require(
        stock.unfinished().count() > 0 || joiners.isEmpty() || world().isAwaited(this),
        "nobody waits while all is finished");
  }
}
