package dev.polyproc.server.engine.simulation;

import com.google.protobuf.Duration;
import com.google.protobuf.Message;
import dev.polyproc.server.engine.simulation.Outcome.Numbered;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.ObjectKind;
import dev.polyproc.v1.QueueConsumeRequest;
import dev.polyproc.v1.QueueConsumeResponse;
import dev.polyproc.v1.QueueCreateRequest;
import dev.polyproc.v1.QueueDelivery;
import dev.polyproc.v1.QueueEnd;
import dev.polyproc.v1.QueueGetManyRequest;
import dev.polyproc.v1.QueueGetManyResponse;
import dev.polyproc.v1.QueueGetRequest;
import dev.polyproc.v1.QueueGetResponse;
import dev.polyproc.v1.QueueJoinRequest;
import dev.polyproc.v1.QueueJoinResponse;
import dev.polyproc.v1.QueueOrder;
import dev.polyproc.v1.QueueSizeResponse;
import dev.polyproc.v1.Value;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A queue as the model sees it: its stock, and the lines in front of it. */
final class ModelQueue extends ModelObject {
  final QueueCreateRequest shape;
  final ModelStock stock;
  final List<ModelCall> getters = new ArrayList<>();
  final List<ModelCall> busy = new ArrayList<>();
  final List<ModelCall> putters = new ArrayList<>();
  boolean closed;
  boolean isImmediate;
  boolean isPaused;

  ModelQueue(Model model, QueueCreateRequest shape, @Nullable ModelSession session) {
    super(model, shape.getQueue(), shape.getLifetime(), session);
    this.shape = shape;
    this.stock = new ModelStock(this);
  }

  @Override
  ObjectKind kind() {
    return ObjectKind.OBJECT_KIND_QUEUE;
  }

  private boolean isFinished() {
    return closed && (isImmediate || stock.isEmpty());
  }

  boolean fits(int count) {
    return stock.items.size() + stock.delayed.size() + count <= capacity();
  }

  private int capacity() {
    return shape.getMaxsize() == 0 ? model.limits.getQueueItems() : shape.getMaxsize();
  }

  /** Whether an item of one key has to wait for others of it, or for its turn. */
  boolean hasKeys() {
    return shape.getFair() || shape.getMaxOutPerKey() > 0;
  }

  // Putting.

  void put(ModelCall call, long timeout) {
    if (closed) {
      throw new Refused(ErrorReason.ERROR_REASON_CLOSED);
    }
    ModelPut put = ModelPut.of(call.request);
    if (put.isAllDuplicates(stock) || (putters.isEmpty() && fits(put.needed(stock)))) {
      model.done(call, put.put(stock));
    } else if (timeout == 0) {
      model.done(call, put.notPut());
    } else {
      model.park(call, this, timeout);
      putters.add(call);
    }
  }

  // Getting.

  private @Nullable ModelQueueItem next(QueueEnd end) {
    return isPaused ? null : stock.next(end);
  }

  private static QueueEnd end(Message request) {
    if (request instanceof QueueGetRequest get) {
      return get.getEnd();
    }
    return request instanceof QueueGetManyRequest many
        ? many.getEnd()
        : QueueEnd.QUEUE_END_UNSPECIFIED;
  }

  void get(ModelCall call, long timeout) {
    if (next(end(call.request)) != null) {
      hand(call, (outcome, undo) -> model.done(call, outcome, undo));
    } else if (isFinished()) {
      throw new Refused(ErrorReason.ERROR_REASON_CLOSED);
    } else if (timeout == 0) {
      model.done(call, expired(call));
    } else {
      model.park(call, this, timeout);
      getters.add(call);
    }
  }

  /** Takes what was handed out. */
  private interface Hands {
    void take(Outcome outcome, @Nullable ModelUndo undo);
  }

  /** Hands out what there is, up to so many. */
  private void hand(ModelCall call, Hands hands) {
    boolean isReserve =
        call.request instanceof QueueGetRequest get
            ? get.getReserve()
            : ((QueueGetManyRequest) call.request).getReserve();
    boolean inHand = !isReserve && stock.unfinished.isReturn() && call.session != null;
    long until = isReserve ? model.in(reservationTimeout(call.request)) : ModelCall.NEVER;
    List<ModelQueueItem> taken = new ArrayList<>();
    List<ModelReservation> reserved = new ArrayList<>();
    List<QueueDelivery> deliveries = new ArrayList<>();
    for (ModelQueueItem item = next(end(call.request));
        item != null && deliveries.size() < most(call.request);
        item = next(end(call.request))) {
      if (isReserve || inHand) {
        reserved.add(stock.reserve(item, call, null, until, inHand));
      } else {
        stock.take(item, call);
        taken.add(item);
      }
      deliveries.add(item.delivery());
    }
    hands.take(
        new Outcome(
            response(call.request, deliveries),
            null,
            reserved.stream().map(ModelReservation::id).toList()),
        isReserve || inHand ? new Unreserved(reserved) : new Untaken(taken, call.session));
  }

  private int most(Message request) {
    if (request instanceof QueueGetManyRequest many) {
      return many.getMax() == 0 ? model.limits.getPageSize() : many.getMax();
    }
    return 1;
  }

  private static Message response(Message request, List<QueueDelivery> deliveries) {
    if (request instanceof QueueGetManyRequest) {
      return QueueGetManyResponse.newBuilder().addAllDeliveries(deliveries).build();
    }
    QueueDelivery one = deliveries.get(0);
    QueueGetResponse.Builder response =
        QueueGetResponse.newBuilder().setItem(one.getItem()).setAttempt(one.getAttempt());
    if (one.hasOptions()) {
      response.setOptions(one.getOptions());
    }
    if (one.hasDeadLetter()) {
      response.setDeadLetter(one.getDeadLetter());
    }
    return response.build();
  }

  private static long reservationTimeout(Message request) {
    if (request instanceof QueueGetRequest get) {
      return Model.timeout(get.hasReservationTimeout(), get.getReservationTimeout());
    } else if (request instanceof QueueGetManyRequest many) {
      return Model.timeout(many.hasReservationTimeout(), many.getReservationTimeout());
    }
    QueueConsumeRequest consume = (QueueConsumeRequest) request;
    return Model.timeout(consume.hasReservationTimeout(), consume.getReservationTimeout());
  }

  void consume(ModelCall call) {
    if (isFinished()) {
      throw new Refused(ErrorReason.ERROR_REASON_CLOSED);
    }
    model.park(call, this, ModelCall.NEVER);
    getters.add(call);
  }

  private void deliver(ModelCall consumer, ModelQueueItem item) {
    long until = model.in(reservationTimeout(consumer.request));
    ModelReservation reservation = stock.reserve(item, consumer, consumer, until, false);
    consumer.inFlight.add(reservation);
    getters.remove(consumer);
    int most = ((QueueConsumeRequest) consumer.request).getMaxInFlight();
    (consumer.inFlight.size() < most ? getters : busy).add(consumer);
    model.emit(
        consumer,
        Outcome.of(
            QueueConsumeResponse.newBuilder().setDelivery(item.delivery()).build(),
            reservation.id()));
  }

  // Coming back.

  ModelReservation reservation(ModelCall call, long number) {
    return stock.out.stream()
        .filter(r -> r.id().is(number) && (r.session() == null || r.session() == call.session))
        .findAny()
        .orElseThrow(() -> new Refused(ErrorReason.ERROR_REASON_RESERVATION_ENDED));
  }

  void end(ModelReservation reservation) {
    stock.end(reservation);
    ModelCall consumer = reservation.consumer();
    if (consumer != null) {
      consumer.inFlight.remove(reservation);
      if (busy.remove(consumer)) {
        getters.add(consumer);
      }
    }
  }

  void acknowledge(ModelReservation reservation) {
    end(reservation);
    stock.unfinished.less();
  }

  /** Ends a reservation; answers whether its item stays in this queue. */
  boolean giveBack(ModelReservation reservation) {
    return comeBack(reservation, true);
  }

  /** The same as if its item had not been handed out. */
  boolean release(ModelReservation reservation) {
    reservation.item().notHandedOut();
    model.met("an item came back that nobody had begun with");
    return comeBack(reservation, false);
  }

  private boolean comeBack(ModelReservation reservation, boolean isAttempt) {
    boolean stays = stock.comeBack(reservation.item(), isAttempt);
    end(reservation);
    return stays;
  }

  /** Items that were taken go back. */
  private final class Untaken implements ModelUndo {
    private final List<ModelQueueItem> taken;
    private final @Nullable ModelSession session;

    Untaken(List<ModelQueueItem> taken, @Nullable ModelSession session) {
      this.taken = taken;
      this.session = session;
    }

    @Override
    public void undo() {
      if (isDue()) {
        taken.forEach(item -> stock.untake(item, session, true));
      }
    }

    @Override
    public void cancel() {
      taken.forEach(item -> item.attempts--);
      taken.forEach(item -> stock.untake(item, session, false));
    }

    @Override
    public boolean isDue() {
      return model.objects.get(name) == ModelQueue.this;
    }

    @Override
    public List<Value> handedOut() {
      return taken.stream().map(item -> item.value).toList();
    }
  }

  /** Items that were reserved go back, as far as they still are. */
  private final class Unreserved implements ModelUndo {
    private final List<ModelReservation> all;

    Unreserved(List<ModelReservation> all) {
      this.all = all;
    }

    private List<ModelReservation> lasting() {
      return isThere() ? all.stream().filter(stock.out::contains).toList() : List.of();
    }

    private boolean isThere() {
      return model.objects.get(name) == ModelQueue.this;
    }

    @Override
    public void undo() {
      lasting().forEach(ModelQueue.this::release);
      model.met("reserved items went back");
    }

    @Override
    public boolean isDue() {
      return !lasting().isEmpty();
    }

    @Override
    public boolean isHeld() {
      return true;
    }

    @Override
    public List<Value> handedOut() {
      return lasting().stream().map(reservation -> reservation.item().value).toList();
    }
  }

  // Joining.

  void requireJoinable() {
    if (!stock.unfinished.isCounted()) {
      throw new Refused(ErrorReason.ERROR_REASON_NOT_JOINABLE);
    }
  }

  void join(ModelCall call, long timeout) {
    requireJoinable();
    if (stock.unfinished.count == 0) {
      model.done(call, joined(true));
    } else if (timeout == 0) {
      model.done(call, joined(false));
    } else {
      model.park(call, this, timeout);
      stock.unfinished.joiners.add(call);
    }
  }

  private static Outcome joined(boolean joined) {
    return Outcome.of(QueueJoinResponse.newBuilder().setJoined(joined).build());
  }

  /** An item is finished: the one that the caller has had in hand longest, else anybody's. */
  void taskDone(ModelCall call) {
    if (stock.unfinished.count == 0) {
      throw new Refused(ErrorReason.ERROR_REASON_TASK_DONE_TOO_OFTEN);
    }
    String owner = call.envelope.getOwner();
    ModelReservation very = oldestInHand(one -> isOf(one, call) && one.owner().equals(owner));
    ModelReservation own = oldestInHand(one -> isOf(one, call));
    ModelReservation any = oldestInHand(one -> true);
    if (call.session == null && stock.unfinished.doneByAnybody()) {
      model.met("a TaskDone without a session finished what was taken without one");
    } else if (very != null) {
      acknowledge(very);
      model.met("a TaskDone finished what its owner had in hand");
    } else if (own != null) {
      acknowledge(own);
      model.met("a TaskDone finished what its session had in hand");
    } else if (any != null) {
      acknowledge(any);
      model.met("a TaskDone finished what another had in hand");
    } else {
      stock.unfinished.done(call.session);
    }
  }

  private static boolean isOf(ModelReservation one, ModelCall call) {
    return call.session != null && one.session() == call.session;
  }

  private @Nullable ModelReservation oldestInHand(Predicate<ModelReservation> which) {
    return stock.out.stream()
        .filter(one -> one.inHand() && which.test(one))
        .findFirst()
        .orElse(null);
  }

  // The object.

  @Override
  List<Value> values() {
    List<Value> values = new ArrayList<>();
    stock.all().forEach(item -> values.add(item.value));
    stock.out.forEach(reservation -> values.add(reservation.item().value));
    putters.forEach(putter -> values.addAll(ModelPut.of(putter.request).items()));
    return values;
  }

  QueueSizeResponse size(long now) {
    int inHand = (int) stock.out.stream().filter(ModelReservation::inHand).count();
    QueueSizeResponse.Builder size =
        QueueSizeResponse.newBuilder()
            .setSize(stock.items.size())
            .setReserved(stock.out.size() - inHand)
            .setInHand(inHand)
            .setDelayed(stock.delayed.size())
            .setUnfinished(stock.unfinished.count)
            .setWaitingGets(getters.size() + busy.size())
            .setWaitingPuts(putters.size())
            .setWaitingJoins(stock.unfinished.joiners.size())
            .setClosed(closed)
            .setPaused(isPaused)
            .setCapacity(capacity())
            .setTotals(stock.totals);
    // The one that came first: after a standstill, a delay may have ended before that.
    stock.items.stream()
        .min(Comparator.comparingLong(item -> item.number))
        .ifPresent(oldest -> size.setOldestItemAge(duration(now - oldest.first)));
    stock.out.stream()
        .mapToLong(one -> one.item().since)
        .min()
        .ifPresent(since -> size.setOldestReservationAge(duration(now - since)));
    return size.build();
  }

  private static Duration duration(long nanos) {
    return Duration.newBuilder()
        .setSeconds(nanos / 1_000_000_000L)
        .setNanos((int) (nanos % 1_000_000_000L))
        .build();
  }

  boolean isLike(QueueCreateRequest request) {
    return plain(shape).equals(plain(request));
  }

  private static QueueCreateRequest plain(QueueCreateRequest request) {
    QueueCreateRequest.Builder plain = request.toBuilder().clearLifetime();
    if (request.getOrder() == QueueOrder.QUEUE_ORDER_UNSPECIFIED) {
      plain.setOrder(QueueOrder.QUEUE_ORDER_FIFO);
    }
    return plain.build();
  }

  void close(boolean immediate) {
    closed = true;
    for (ModelCall putter : List.copyOf(putters)) {
      model.finish(putter, Outcome.refused(ErrorReason.ERROR_REASON_CLOSED));
    }
    if (immediate) {
      isImmediate = true;
      stock.clear();
    }
  }

  @Override
  void settle() {
    tellJoiners(); // Before those who wait to put: it is all done now.
    while (serveOne()) {
      // Until nobody can be served.
    }
    if (isFinished()) {
      tell(getters, Outcome.refused(ErrorReason.ERROR_REASON_CLOSED));
      tell(busy, Outcome.refused(ErrorReason.ERROR_REASON_CLOSED));
    }
    tellJoiners();
  }

  private void tellJoiners() {
    if (stock.unfinished.count == 0) {
      tell(stock.unfinished.joiners, joined(true));
    }
  }

  private void tell(List<ModelCall> line, Outcome outcome) {
    for (ModelCall call : List.copyOf(line)) {
      model.finish(call, outcome);
    }
  }

  private boolean serveOne() {
    ModelQueueItem item = getters.isEmpty() ? null : next(end(getters.get(0).request));
    if (item != null) {
      ModelCall getter = getters.get(0);
      if (getter.request instanceof QueueConsumeRequest) {
        deliver(getter, item);
      } else {
        getters.remove(getter);
        hand(getter, (outcome, undo) -> model.serve(getter, outcome, undo));
      }
      return true;
    }
    if (!putters.isEmpty()) {
      ModelPut put = ModelPut.of(putters.get(0).request);
      if (put.isAllDuplicates(stock) || fits(put.needed(stock))) {
        ModelCall putter = putters.remove(0);
        model.serve(putter, put.put(stock), null);
        return true;
      }
    }
    return false;
  }

  @Override
  void left(ModelCall call) {
    getters.remove(call);
    busy.remove(call);
    putters.remove(call);
    stock.unfinished.joiners.remove(call);
    List.copyOf(call.inFlight).forEach(this::giveBack);
    getters.remove(call);
  }

  @Override
  Outcome expired(ModelCall call) {
    if (call.request instanceof QueueGetRequest) {
      return Outcome.of(QueueGetResponse.getDefaultInstance());
    } else if (call.request instanceof QueueGetManyRequest) {
      return Outcome.of(QueueGetManyResponse.getDefaultInstance());
    } else if (call.request instanceof QueueJoinRequest) {
      return joined(false);
    }
    return ModelPut.of(call.request).notPut();
  }

  @Override
  List<Due> due() {
    List<Due> due = new ArrayList<>(stock.due());
    for (ModelReservation one : stock.out) {
      if (one.until() != ModelCall.NEVER) {
        due.add(new Due(one.until(), one.number(), () -> giveBack(one)));
      }
    }
    return due;
  }

  @Override
  List<Due> heldBy(ModelSession holder) {
    Stream<Due> out =
        stock.out.stream()
            .filter(one -> one.session() == holder)
            .map(one -> new Due(0, one.number(), () -> giveBack(one)));
    return Stream.concat(out, stock.unfinished.heldBy(holder)).toList();
  }

  @Override
  void ended(ModelSession ended) {
    stock.hasBack(ended);
  }

  /** The numbers in a page of a listing. */
  static List<Numbered> places(List<ModelQueueItem> page) {
    return page.stream().map(item -> item.place).toList();
  }
}
