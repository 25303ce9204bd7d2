package dev.polyproc.server.engine.simulation;

import com.google.protobuf.Message;
import dev.polyproc.server.engine.simulation.Outcome.Numbered;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.ObjectKind;
import dev.polyproc.v1.QueueConsumeRequest;
import dev.polyproc.v1.QueueConsumeResponse;
import dev.polyproc.v1.QueueCreateRequest;
import dev.polyproc.v1.QueueDelivery;
import dev.polyproc.v1.QueueGetManyRequest;
import dev.polyproc.v1.QueueGetManyResponse;
import dev.polyproc.v1.QueueGetRequest;
import dev.polyproc.v1.QueueGetResponse;
import dev.polyproc.v1.QueuePutManyRequest;
import dev.polyproc.v1.QueuePutManyResponse;
import dev.polyproc.v1.QueuePutRequest;
import dev.polyproc.v1.QueuePutResponse;
import dev.polyproc.v1.QueueSizeResponse;
import dev.polyproc.v1.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A queue as the model sees it. */
final class ModelQueue extends ModelObject {
  final QueueCreateRequest shape;
  final TreeMap<Long, ModelItem> items = new TreeMap<>();
  final List<Reservation> reservations = new ArrayList<>();
  final List<ModelCall> getters = new ArrayList<>();
  final List<ModelCall> busy = new ArrayList<>();
  final List<ModelCall> putters = new ArrayList<>();
  boolean closed;

  /** An item in somebody's hands. */
  static final class Reservation {
    final Numbered id = new Numbered("reservation");
    final long number;
    final ModelItem item;
    final @Nullable ModelSession session;
    final @Nullable ModelCall consumer;
    final long until;

    Reservation(
        long number,
        ModelItem item,
        @Nullable ModelSession session,
        @Nullable ModelCall consumer,
        long until) {
      this.number = number;
      this.item = item;
      this.session = session;
      this.consumer = consumer;
      this.until = until;
    }
  }

  ModelQueue(Model model, QueueCreateRequest shape, @Nullable ModelSession session) {
    super(model, shape.getQueue(), shape.getLifetime(), session);
    this.shape = shape;
  }

  @Override
  ObjectKind kind() {
    return ObjectKind.OBJECT_KIND_QUEUE;
  }

  private boolean isFinished() {
    return closed && items.isEmpty() && reservations.isEmpty();
  }

  private boolean fits(int count) {
    return items.size() + count <= capacity();
  }

  private int capacity() {
    return shape.getMaxsize() == 0 ? model.limits.getQueueItems() : shape.getMaxsize();
  }

  // Putting.

  void put(ModelCall call, List<Value> values, long timeout) {
    if (closed) {
      throw new Refused(ErrorReason.ERROR_REASON_CLOSED);
    }
    if (putters.isEmpty() && fits(values.size())) {
      values.forEach(this::append);
      model.done(call, accepted(call, true));
    } else if (timeout == 0) {
      model.done(call, accepted(call, false));
    } else {
      model.park(call, this, timeout);
      putters.add(call);
    }
  }

  private void append(Value value) {
    long order = model.nextNumber();
    items.put(order, ModelItem.of(order, value));
  }

  private static List<Value> values(ModelCall put) {
    return put.request instanceof QueuePutRequest one
        ? List.of(one.getItem())
        : ((QueuePutManyRequest) put.request).getItemsList();
  }

  private static Outcome accepted(ModelCall call, boolean accepted) {
    return Outcome.of(
        call.request instanceof QueuePutRequest
            ? QueuePutResponse.newBuilder().setAccepted(accepted).build()
            : QueuePutManyResponse.newBuilder().setAccepted(accepted).build());
  }

  // Getting.

  void get(ModelCall call, long timeout) {
    if (!items.isEmpty()) {
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

  private void hand(ModelCall call, Hands hands) {
    if (call.request instanceof QueueGetRequest get) {
      QueueGetResponse.Builder response = QueueGetResponse.newBuilder();
      if (get.getReserve()) {
        Reservation reservation = reserve(call, null, reservationTimeout(call.request));
        response.setItem(reservation.item.value()).setAttempt(reservation.item.attempts());
        hands.take(
            Outcome.of(response.build(), reservation.id), new Unreserved(List.of(reservation)));
      } else {
        ModelItem item = next();
        response.setItem(item.value()).setAttempt(item.attempts());
        hands.take(Outcome.of(response.build()), new Untaken(List.of(item)));
      }
    } else {
      handMany(call, (QueueGetManyRequest) call.request, hands);
    }
  }

  private void handMany(ModelCall call, QueueGetManyRequest get, Hands hands) {
    QueueGetManyResponse.Builder response = QueueGetManyResponse.newBuilder();
    List<Numbered> numbers = new ArrayList<>();
    List<ModelItem> taken = new ArrayList<>();
    List<Reservation> reserved = new ArrayList<>();
    int most = get.getMax() == 0 ? model.limits.getPageSize() : get.getMax();
    while (response.getDeliveriesCount() < most && !items.isEmpty()) {
      if (get.getReserve()) {
        Reservation reservation = reserve(call, null, reservationTimeout(get));
        numbers.add(reservation.id);
        reserved.add(reservation);
        response.addDeliveries(delivery(reservation.item));
      } else {
        taken.add(next());
        response.addDeliveries(delivery(taken.get(taken.size() - 1)));
      }
    }
    hands.take(
        new Outcome(response.build(), null, numbers),
        get.getReserve() ? new Unreserved(reserved) : new Untaken(taken));
  }

  private static QueueDelivery delivery(ModelItem item) {
    return QueueDelivery.newBuilder().setItem(item.value()).setAttempt(item.attempts()).build();
  }

  private ModelItem next() {
    return items.pollFirstEntry().getValue().handedOut();
  }

  private Reservation reserve(ModelCall call, @Nullable ModelCall consumer, long timeout) {
    Reservation reservation =
        new Reservation(model.nextNumber(), next(), call.session, consumer, model.in(timeout));
    reservations.add(reservation);
    return reservation;
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

  private void deliver(ModelCall consumer) {
    Reservation reservation = reserve(consumer, consumer, reservationTimeout(consumer.request));
    consumer.inFlight.add(reservation);
    getters.remove(consumer);
    int most = ((QueueConsumeRequest) consumer.request).getMaxInFlight();
    (consumer.inFlight.size() < most ? getters : busy).add(consumer);
    model.emit(
        consumer,
        Outcome.of(
            QueueConsumeResponse.newBuilder().setDelivery(delivery(reservation.item)).build(),
            reservation.id));
  }

  // Coming back.

  Reservation reservation(ModelCall call, long number) {
    return reservations.stream()
        .filter(r -> r.id.is(number) && (r.session == null || r.session == call.session))
        .findAny()
        .orElseThrow(() -> new Refused(ErrorReason.ERROR_REASON_RESERVATION_ENDED));
  }

  void end(Reservation reservation) {
    reservations.remove(reservation);
    ModelCall consumer = reservation.consumer;
    if (consumer != null) {
      consumer.inFlight.remove(reservation);
      if (busy.remove(consumer)) {
        getters.add(consumer);
      }
    }
  }

  /** Ends a reservation; answers whether its item stays in this queue. */
  boolean giveBack(Reservation reservation) {
    end(reservation);
    return bringBack(reservation.item);
  }

  private boolean bringBack(ModelItem item) {
    boolean isUsedUp = shape.getMaxAttempts() > 0 && item.attempts() >= shape.getMaxAttempts();
    if (isUsedUp && deadLetter(item)) {
      return false;
    }
    items.put(item.number(), item);
    return true;
  }

  boolean deadLetter(ModelItem item) {
    if (model.objects.get(shape.getDeadLetterQueue()) instanceof ModelQueue letters) {
      letters.append(item.value());
      return true;
    }
    return false;
  }

  /** Items that were taken go back. */
  private final class Untaken implements ModelUndo {
    private final List<ModelItem> taken;

    Untaken(List<ModelItem> taken) {
      this.taken = taken;
    }

    @Override
    public void undo() {
      if (isDue()) {
        taken.forEach(ModelQueue.this::bringBack);
      }
    }

    @Override
    public boolean isDue() {
      return model.objects.get(name) == ModelQueue.this;
    }

    @Override
    public List<Value> handedOut() {
      return taken.stream().map(ModelItem::value).toList();
    }
  }

  /** Items that were reserved go back, as far as they still are. */
  private final class Unreserved implements ModelUndo {
    private final List<Reservation> all;

    Unreserved(List<Reservation> all) {
      this.all = all;
    }

    private List<Reservation> lasting() {
      return isThere() ? all.stream().filter(reservations::contains).toList() : List.of();
    }

    private boolean isThere() {
      return model.objects.get(name) == ModelQueue.this;
    }

    @Override
    public void undo() {
      lasting().forEach(ModelQueue.this::giveBack);
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
      return lasting().stream().map(reservation -> reservation.item.value()).toList();
    }
  }

  // The object.

  @Override
  List<Value> values() {
    List<Value> values = new ArrayList<>();
    items.values().forEach(item -> values.add(item.value()));
    reservations.forEach(reservation -> values.add(reservation.item.value()));
    putters.forEach(putter -> values.addAll(values(putter)));
    return values;
  }

  QueueSizeResponse size() {
    return QueueSizeResponse.newBuilder()
        .setSize(items.size())
        .setReserved(reservations.size())
        .setWaitingGets(getters.size() + busy.size())
        .setWaitingPuts(putters.size())
        .setClosed(closed)
        .setCapacity(capacity())
        .build();
  }

  boolean isLike(QueueCreateRequest request) {
    return shape.toBuilder()
        .clearLifetime()
        .build()
        .equals(request.toBuilder().clearLifetime().build());
  }

  void close() {
    closed = true;
    for (ModelCall putter : List.copyOf(putters)) {
      model.finish(putter, Outcome.refused(ErrorReason.ERROR_REASON_CLOSED));
    }
  }

  @Override
  void settle() {
    while (serveOne()) {
      // Until nobody can be served.
    }
    if (isFinished()) {
      for (ModelCall getter : List.copyOf(getters)) {
        model.finish(getter, Outcome.refused(ErrorReason.ERROR_REASON_CLOSED));
      }
    }
  }

  private boolean serveOne() {
    if (!getters.isEmpty() && !items.isEmpty()) {
      ModelCall getter = getters.get(0);
      if (getter.request instanceof QueueConsumeRequest) {
        deliver(getter);
      } else {
        getters.remove(getter);
        hand(getter, (outcome, undo) -> model.serve(getter, outcome, undo));
      }
      return true;
    }
    if (!putters.isEmpty() && fits(values(putters.get(0)).size())) {
      ModelCall putter = putters.remove(0);
      values(putter).forEach(this::append);
      model.serve(putter, accepted(putter, true), null);
      return true;
    }
    return false;
  }

  @Override
  void left(ModelCall call) {
    getters.remove(call);
    busy.remove(call);
    putters.remove(call);
    List.copyOf(call.inFlight).forEach(this::giveBack);
    getters.remove(call);
  }

  @Override
  Outcome expired(ModelCall call) {
    if (call.request instanceof QueueGetRequest) {
      return Outcome.of(QueueGetResponse.getDefaultInstance());
    } else if (call.request instanceof QueueGetManyRequest) {
      return Outcome.of(QueueGetManyResponse.getDefaultInstance());
    }
    return accepted(call, false);
  }

  @Override
  List<Due> due() {
    return reservations.stream()
        .filter(r -> r.until != ModelCall.NEVER)
        .map(r -> new Due(r.until, r.number, () -> giveBack(r)))
        .toList();
  }

  @Override
  List<Due> heldBy(ModelSession holder) {
    return reservations.stream()
        .filter(r -> r.session == holder)
        .map(r -> new Due(0, r.number, () -> giveBack(r)))
        .toList();
  }
}
