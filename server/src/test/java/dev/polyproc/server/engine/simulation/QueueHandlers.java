package dev.polyproc.server.engine.simulation;

import dev.polyproc.server.engine.simulation.Model.Created;
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
import dev.polyproc.v1.QueueEnd;
import dev.polyproc.v1.QueueGetManyRequest;
import dev.polyproc.v1.QueueGetRequest;
import dev.polyproc.v1.QueueItemOptions;
import dev.polyproc.v1.QueueJoinRequest;
import dev.polyproc.v1.QueueListRequest;
import dev.polyproc.v1.QueueListResponse;
import dev.polyproc.v1.QueueOrder;
import dev.polyproc.v1.QueuePauseRequest;
import dev.polyproc.v1.QueuePauseResponse;
import dev.polyproc.v1.QueuePeekRequest;
import dev.polyproc.v1.QueuePeekResponse;
import dev.polyproc.v1.QueuePutManyRequest;
import dev.polyproc.v1.QueuePutRequest;
import dev.polyproc.v1.QueueRedriveRequest;
import dev.polyproc.v1.QueueRedriveResponse;
import dev.polyproc.v1.QueueRejectRequest;
import dev.polyproc.v1.QueueRejectResponse;
import dev.polyproc.v1.QueueRemoveRequest;
import dev.polyproc.v1.QueueRemoveResponse;
import dev.polyproc.v1.QueueResumeRequest;
import dev.polyproc.v1.QueueResumeResponse;
import dev.polyproc.v1.QueueShutdownRequest;
import dev.polyproc.v1.QueueShutdownResponse;
import dev.polyproc.v1.QueueSizeRequest;
import dev.polyproc.v1.QueueTaskDoneRequest;
import dev.polyproc.v1.QueueTaskDoneResponse;
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
        .on("QueueService/TaskDone", QueueTaskDoneRequest.getDefaultInstance(), this::taskDone)
        .on("QueueService/Join", QueueJoinRequest.getDefaultInstance(), this::join)
        .on("QueueService/Pause", QueuePauseRequest.getDefaultInstance(), this::pause)
        .on("QueueService/Resume", QueueResumeRequest.getDefaultInstance(), this::resume)
        .on("QueueService/Redrive", QueueRedriveRequest.getDefaultInstance(), this::redrive)
        .on("QueueService/Delete", QueueDeleteRequest.getDefaultInstance(), this::delete);
  }

  private ModelQueue queue(String name) {
    return model.object(ModelQueue.class, name);
  }

  private void create(ModelCall call, QueueCreateRequest request) {
    if (request.getDeadLetterQueue().isEmpty()
        && (request.getMaxAttempts() > 0 || request.getDeadLetterExpired())) {
      throw new Refused(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    }
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
    requireSound(queue, List.of(request.getOptions()));
    queue.put(call, Model.timeout(request.hasTimeout(), request.getTimeout()));
  }

  private void putMany(ModelCall call, QueuePutManyRequest request) {
    ModelQueue queue = queue(request.getQueue());
    int maxsize = queue.shape.getMaxsize();
    if (maxsize > 0 && request.getItemsCount() > maxsize) {
      throw new Refused(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    }
    if (request.getOptionsCount() > 1 && request.getOptionsCount() != request.getItemsCount()) {
      throw new Refused(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    }
    request.getItemsList().forEach(ModelValues::requireStorable);
    requireSound(queue, request.getOptionsList());
    queue.put(call, Model.timeout(request.hasTimeout(), request.getTimeout()));
  }

  private static void requireSound(ModelQueue queue, List<QueueItemOptions> all) {
    for (QueueItemOptions options : all) {
      boolean isWeighed = options.getWeight() != 0 && !queue.shape.getFair();
      boolean isRanked =
          options.getPriority() != 0 && queue.shape.getOrder() != QueueOrder.QUEUE_ORDER_PRIORITY;
      if (isWeighed || isRanked) {
        throw new Refused(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
      }
    }
  }

  private static void requireEnd(ModelQueue queue, QueueEnd end) {
    if (end == QueueEnd.QUEUE_END_TAIL && queue.hasKeys()) {
      throw new Refused(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    }
  }

  private void get(ModelCall call, QueueGetRequest request) {
    ModelQueue queue = queue(request.getQueue());
    requireEnd(queue, request.getEnd());
    if (request.getReserve() && !request.hasReservationTimeout()) {
      model.session(call);
    }
    queue.get(call, Model.timeout(request.hasTimeout(), request.getTimeout()));
  }

  private void getMany(ModelCall call, QueueGetManyRequest request) {
    ModelQueue queue = queue(request.getQueue());
    requireEnd(queue, request.getEnd());
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
    queue.acknowledge(queue.reservation(call, request.getReservation()));
    model.done(call, Outcome.of(QueueAcknowledgeResponse.getDefaultInstance()));
  }

  private void reject(ModelCall call, QueueRejectRequest request) {
    ModelQueue queue = queue(request.getQueue());
    ModelReservation reservation = queue.reservation(call, request.getReservation());
    boolean gaveUp = true;
    if (request.getGiveUp()) {
      queue.end(reservation);
      queue.stock.giveUp(reservation.item());
    } else {
      gaveUp = request.getRelease() ? !queue.release(reservation) : !queue.giveBack(reservation);
    }
    model.done(call, Outcome.of(QueueRejectResponse.newBuilder().setGaveUp(gaveUp).build()));
  }

  private void remove(ModelCall call, QueueRemoveRequest request) {
    ModelQueue queue = queue(request.getQueue());
    if (request.getPlace() == 0) {
      ModelValues.requireStorable(request.getItem());
    }
    Optional<ModelQueueItem> found =
        queue.stock.all().stream().filter(item -> isMeant(item, request)).findFirst();
    found.ifPresent(queue.stock::remove);
    model.done(
        call, Outcome.of(QueueRemoveResponse.newBuilder().setRemoved(found.isPresent()).build()));
  }

  private static boolean isMeant(ModelQueueItem item, QueueRemoveRequest request) {
    return request.getPlace() == 0
        ? ModelValues.areEqual(item.value, request.getItem())
        : item.place.is(request.getPlace());
  }

  private Outcome peek(QueuePeekRequest request) {
    QueuePeekResponse.Builder response = QueuePeekResponse.newBuilder();
    ModelQueue queue = queue(request.getQueue());
    requireEnd(queue, request.getEnd());
    ModelQueueItem next = queue.stock.next(request.getEnd());
    if (next != null) {
      response.setItem(next.value);
    }
    return Outcome.of(response.build());
  }

  private Outcome contains(QueueContainsRequest request) {
    ModelQueue queue = queue(request.getQueue());
    ModelValues.requireStorable(request.getItem());
    boolean contains =
        queue.stock.all().stream()
            .anyMatch(item -> ModelValues.areEqual(item.value, request.getItem()));
    return Outcome.of(QueueContainsResponse.newBuilder().setContains(contains).build());
  }

  private Outcome list(QueueListRequest request) {
    ModelPage<ModelQueueItem> page =
        ModelPage.of(queue(request.getQueue()).stock.all(), request.getPageSize());
    QueueListResponse.Builder response =
        QueueListResponse.newBuilder().setNextPageToken(page.token());
    page.rows().forEach(item -> response.addItems(item.value));
    if (request.getReturnDetails()) {
      page.rows().forEach(item -> response.addDetails(item.details()));
    }
    return Outcome.of(
        response.build(), request.getReturnPlaces() ? ModelQueue.places(page.rows()) : List.of());
  }

  private Outcome size(QueueSizeRequest request) {
    return Outcome.of(Answers.withoutAges(queue(request.getQueue()).size(model.now())));
  }

  private void clear(ModelCall call, QueueClearRequest request) {
    int removed = queue(request.getQueue()).stock.clear();
    model.done(call, Outcome.of(QueueClearResponse.newBuilder().setRemoved(removed).build()));
  }

  private void shutdown(ModelCall call, QueueShutdownRequest request) {
    queue(request.getQueue()).close(request.getImmediate());
    model.done(call, Outcome.of(QueueShutdownResponse.getDefaultInstance()));
  }

  private void taskDone(ModelCall call, QueueTaskDoneRequest request) {
    ModelQueue queue = queue(request.getQueue());
    queue.requireJoinable();
    if (request.getReservation() == 0) {
      queue.taskDone(call);
    } else {
      queue.acknowledge(queue.reservation(call, request.getReservation()));
    }
    model.done(
        call,
        Outcome.of(
            QueueTaskDoneResponse.newBuilder()
                .setUnfinished(queue.stock.unfinished.count)
                .build()));
  }

  private void join(ModelCall call, QueueJoinRequest request) {
    queue(request.getQueue()).join(call, Model.timeout(request.hasTimeout(), request.getTimeout()));
  }

  private void pause(ModelCall call, QueuePauseRequest request) {
    queue(request.getQueue()).isPaused = true;
    model.done(call, Outcome.of(QueuePauseResponse.getDefaultInstance()));
  }

  private void resume(ModelCall call, QueueResumeRequest request) {
    queue(request.getQueue()).isPaused = false;
    model.done(call, Outcome.of(QueueResumeResponse.getDefaultInstance()));
  }

  private void redrive(ModelCall call, QueueRedriveRequest request) {
    ModelQueue letters = queue(request.getQueue());
    String to = request.getDestination();
    ModelQueue destination = to.isEmpty() ? null : queue(to);
    ModelRedrive redrive = new ModelRedrive(letters, destination, request);
    model.done(call, Outcome.of(redrive.redrive()));
    ModelRedrive.Behind next = redrive.next();
    if (next != null) {
      // What the token says only the engine knows.
      QueueRedriveResponse told = (QueueRedriveResponse) call.expected.call.response();
      model.redrives.put(told.getNextPageToken(), next);
    }
  }

  private void delete(ModelCall call, QueueDeleteRequest request) {
    model.delete(queue(request.getQueue()));
    model.done(call, Outcome.of(QueueDeleteResponse.getDefaultInstance()));
  }
}
