package dev.polyproc.server.engine.simulation;

import dev.polyproc.server.engine.simulation.Model.Created;
import dev.polyproc.server.engine.simulation.ModelQueue.Reservation;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.QueueAcknowledgeRequest;
import dev.polyproc.v1.QueueAcknowledgeResponse;
import dev.polyproc.v1.QueueClearRequest;
import dev.polyproc.v1.QueueClearResponse;
import dev.polyproc.v1.QueueConsumeRequest;
import dev.polyproc.v1.QueueContainsRequest;
import dev.polyproc.v1.QueueContainsResponse;
import dev.polyproc.v1.QueueCreateRequest;
import dev.polyproc.v1.QueueCreateResponse;
import dev.polyproc.v1.QueueDeleteRequest;
import dev.polyproc.v1.QueueDeleteResponse;
import dev.polyproc.v1.QueueGetManyRequest;
import dev.polyproc.v1.QueueGetRequest;
import dev.polyproc.v1.QueueListRequest;
import dev.polyproc.v1.QueueListResponse;
import dev.polyproc.v1.QueuePeekRequest;
import dev.polyproc.v1.QueuePeekResponse;
import dev.polyproc.v1.QueuePutManyRequest;
import dev.polyproc.v1.QueuePutRequest;
import dev.polyproc.v1.QueueRejectRequest;
import dev.polyproc.v1.QueueRejectResponse;
import dev.polyproc.v1.QueueRemoveRequest;
import dev.polyproc.v1.QueueRemoveResponse;
import dev.polyproc.v1.QueueShutdownRequest;
import dev.polyproc.v1.QueueShutdownResponse;
import dev.polyproc.v1.QueueSizeRequest;
import java.util.List;
import java.util.Optional;

/** What the model does for QueueService. */
final class QueueHandlers {
  private final Model model;

  QueueHandlers(Model model) {
    this.model = model;
  }

  void register(Handlers handlers) {
    handlers
        .on("QueueService/Create", QueueCreateRequest.getDefaultInstance(), this::create)
        .on("QueueService/Put", QueuePutRequest.getDefaultInstance(), this::put)
        .on("QueueService/PutMany", QueuePutManyRequest.getDefaultInstance(), this::putMany)
        .on("QueueService/Get", QueueGetRequest.getDefaultInstance(), this::get)
        .on("QueueService/GetMany", QueueGetManyRequest.getDefaultInstance(), this::getMany)
        .on("QueueService/Consume", QueueConsumeRequest.getDefaultInstance(), this::consume)
        .on(
            "QueueService/Acknowledge",
            QueueAcknowledgeRequest.getDefaultInstance(),
            this::acknowledge)
        .on("QueueService/Reject", QueueRejectRequest.getDefaultInstance(), this::reject)
        .onRead("QueueService/Peek", QueuePeekRequest.getDefaultInstance(), this::peek)
        .onRead("QueueService/Contains", QueueContainsRequest.getDefaultInstance(), this::contains)
        .onRead("QueueService/List", QueueListRequest.getDefaultInstance(), this::list)
        .onRead("QueueService/Size", QueueSizeRequest.getDefaultInstance(), this::size)
        .on("QueueService/Remove", QueueRemoveRequest.getDefaultInstance(), this::remove)
        .on("QueueService/Clear", QueueClearRequest.getDefaultInstance(), this::clear)
        .on("QueueService/Shutdown", QueueShutdownRequest.getDefaultInstance(), this::shutdown)
        .on("QueueService/Delete", QueueDeleteRequest.getDefaultInstance(), this::delete);
  }

  private ModelQueue queue(String name) {
    return model.object(ModelQueue.class, name);
  }

  private void create(ModelCall call, QueueCreateRequest request) {
    if (!request.getDeadLetterQueue().isEmpty() && !model.objects.containsKey(request.getQueue())) {
      queue(request.getDeadLetterQueue());
    }
    Created<ModelQueue> created =
        model.create(
            ModelQueue.class,
            request.getQueue(),
            request.getLifetime(),
            call,
            queue -> queue.isLike(request),
            session -> new ModelQueue(model, request, session));
    model.done(
        call,
        Outcome.of(
            QueueCreateResponse.newBuilder()
                .setRef(created.object().ref())
                .setCreated(created.isNew())
                .build(),
            created.object().incarnation));
  }

  private void put(ModelCall call, QueuePutRequest request) {
    ModelQueue queue = queue(request.getQueue());
    ModelValues.requireStorable(request.getItem());
    queue.put(
        call,
        List.of(request.getItem()),
        Model.timeout(request.hasTimeout(), request.getTimeout()));
  }

  private void putMany(ModelCall call, QueuePutManyRequest request) {
    ModelQueue queue = queue(request.getQueue());
    int maxsize = queue.shape.getMaxsize();
    if (maxsize > 0 && request.getItemsCount() > maxsize) {
      throw new Refused(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    }
    request.getItemsList().forEach(ModelValues::requireStorable);
    queue.put(
        call, request.getItemsList(), Model.timeout(request.hasTimeout(), request.getTimeout()));
  }

  private void get(ModelCall call, QueueGetRequest request) {
    ModelQueue queue = queue(request.getQueue());
    if (request.getReserve() && !request.hasReservationTimeout()) {
      model.session(call);
    }
    queue.get(call, Model.timeout(request.hasTimeout(), request.getTimeout()));
  }

  private void getMany(ModelCall call, QueueGetManyRequest request) {
    ModelQueue queue = queue(request.getQueue());
    if (request.getReserve() && !request.hasReservationTimeout()) {
      model.session(call);
    }
    queue.get(call, Model.timeout(request.hasTimeout(), request.getTimeout()));
  }

  private void consume(ModelCall call, QueueConsumeRequest request) {
    ModelQueue queue = queue(request.getQueue());
    model.session(call);
    queue.consume(call);
  }

  private void acknowledge(ModelCall call, QueueAcknowledgeRequest request) {
    ModelQueue queue = queue(request.getQueue());
    queue.end(queue.reservation(call, request.getReservation()));
    model.done(call, Outcome.of(QueueAcknowledgeResponse.getDefaultInstance()));
  }

  private void reject(ModelCall call, QueueRejectRequest request) {
    ModelQueue queue = queue(request.getQueue());
    Reservation reservation = queue.reservation(call, request.getReservation());
    boolean gaveUp = true;
    if (request.getGiveUp()) {
      queue.end(reservation);
      queue.deadLetter(reservation.item);
    } else {
      gaveUp = !queue.giveBack(reservation);
    }
    model.done(call, Outcome.of(QueueRejectResponse.newBuilder().setGaveUp(gaveUp).build()));
  }

  private void remove(ModelCall call, QueueRemoveRequest request) {
    ModelQueue queue = queue(request.getQueue());
    if (request.getPlace() == 0) {
      ModelValues.requireStorable(request.getItem());
    }
    Optional<ModelItem> found =
        queue.items.values().stream().filter(item -> isMeant(item, request)).findFirst();
    found.ifPresent(item -> queue.items.remove(item.number()));
    model.done(
        call, Outcome.of(QueueRemoveResponse.newBuilder().setRemoved(found.isPresent()).build()));
  }

  private static boolean isMeant(ModelItem item, QueueRemoveRequest request) {
    return request.getPlace() == 0
        ? ModelValues.areEqual(item.value(), request.getItem())
        : item.place().is(request.getPlace());
  }

  private Outcome peek(QueuePeekRequest request) {
    ModelQueue queue = queue(request.getQueue());
    QueuePeekResponse.Builder response = QueuePeekResponse.newBuilder();
    queue.items.values().stream().findFirst().ifPresent(item -> response.setItem(item.value()));
    return Outcome.of(response.build());
  }

  private Outcome contains(QueueContainsRequest request) {
    ModelQueue queue = queue(request.getQueue());
    ModelValues.requireStorable(request.getItem());
    boolean contains =
        queue.items.values().stream()
            .anyMatch(item -> ModelValues.areEqual(item.value(), request.getItem()));
    return Outcome.of(QueueContainsResponse.newBuilder().setContains(contains).build());
  }

  private Outcome list(QueueListRequest request) {
    ModelPage<ModelItem> page =
        ModelPage.of(queue(request.getQueue()).items.values(), request.getPageSize());
    QueueListResponse.Builder response =
        QueueListResponse.newBuilder().setNextPageToken(page.token());
    page.rows().forEach(item -> response.addItems(item.value()));
    return Outcome.of(
        response.build(),
        request.getReturnPlaces()
            ? page.rows().stream().map(ModelItem::place).toList()
            : List.of());
  }

  private Outcome size(QueueSizeRequest request) {
    return Outcome.of(queue(request.getQueue()).size());
  }

  private void clear(ModelCall call, QueueClearRequest request) {
    ModelQueue queue = queue(request.getQueue());
    int removed = queue.items.size();
    queue.items.clear();
    model.done(call, Outcome.of(QueueClearResponse.newBuilder().setRemoved(removed).build()));
  }

  private void shutdown(ModelCall call, QueueShutdownRequest request) {
    queue(request.getQueue()).close();
    model.done(call, Outcome.of(QueueShutdownResponse.getDefaultInstance()));
  }

  private void delete(ModelCall call, QueueDeleteRequest request) {
    model.delete(queue(request.getQueue()));
    model.done(call, Outcome.of(QueueDeleteResponse.getDefaultInstance()));
  }
}
