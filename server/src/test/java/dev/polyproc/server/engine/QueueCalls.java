package dev.polyproc.server.engine;

import com.google.protobuf.Message;
import dev.polyproc.server.engine.time.Times;
import dev.polyproc.v1.QueueAcknowledgeRequest;
import dev.polyproc.v1.QueueAcknowledgeResponse;
import dev.polyproc.v1.QueueClearRequest;
import dev.polyproc.v1.QueueClearResponse;
import dev.polyproc.v1.QueueConsumeRequest;
import dev.polyproc.v1.QueueConsumeResponse;
import dev.polyproc.v1.QueueContainsRequest;
import dev.polyproc.v1.QueueContainsResponse;
import dev.polyproc.v1.QueueCreateRequest;
import dev.polyproc.v1.QueueCreateResponse;
import dev.polyproc.v1.QueueDeleteRequest;
import dev.polyproc.v1.QueueDeleteResponse;
import dev.polyproc.v1.QueueDelivery;
import dev.polyproc.v1.QueueEnd;
import dev.polyproc.v1.QueueGetManyRequest;
import dev.polyproc.v1.QueueGetManyResponse;
import dev.polyproc.v1.QueueGetRequest;
import dev.polyproc.v1.QueueGetResponse;
import dev.polyproc.v1.QueueItemOptions;
import dev.polyproc.v1.QueueJoinRequest;
import dev.polyproc.v1.QueueJoinResponse;
import dev.polyproc.v1.QueueListRequest;
import dev.polyproc.v1.QueueListResponse;
import dev.polyproc.v1.QueuePauseRequest;
import dev.polyproc.v1.QueuePauseResponse;
import dev.polyproc.v1.QueuePeekRequest;
import dev.polyproc.v1.QueuePeekResponse;
import dev.polyproc.v1.QueuePutManyRequest;
import dev.polyproc.v1.QueuePutManyResponse;
import dev.polyproc.v1.QueuePutRequest;
import dev.polyproc.v1.QueuePutResponse;
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
import dev.polyproc.v1.QueueSizeResponse;
import dev.polyproc.v1.QueueTaskDoneRequest;
import dev.polyproc.v1.QueueTaskDoneResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The calls of a client to one queue. */
public final class QueueCalls {
  private final Client client;
  private final String queue;

  QueueCalls(Client client, String queue) {
    this.client = client;
    this.queue = queue;
  }

  /** The item that a Get got. */
  public static @Nullable Object item(Pending<QueueGetResponse> get) {
    if (!get.response().hasItem()) {
      throw new AssertionError("Expected an item, but none came in time");
    }
    return Plain.object(get.response().getItem());
  }

  /** The items that a GetMany got. */
  public static List<@Nullable Object> items(Pending<QueueGetManyResponse> get) {
    return items(get.response().getDeliveriesList().stream());
  }

  /** The items that a Consume delivered so far. */
  public static List<@Nullable Object> delivered(Pending<QueueConsumeResponse> consume) {
    return items(consume.responses().stream().map(QueueConsumeResponse::getDelivery));
  }

  private static List<@Nullable Object> items(Stream<QueueDelivery> deliveries) {
    List<@Nullable Object> items = new ArrayList<>();
    deliveries.forEach(delivery -> items.add(Plain.object(delivery.getItem())));
    return items;
  }

  private <R extends Message> Pending<R> call(String method, Message request, R prototype) {
    return client.call("QueueService/" + method, request, prototype);
  }

  public Pending<QueueCreateResponse> create() {
    return create(QueueCreateRequest.newBuilder());
  }

  public Pending<QueueCreateResponse> create(int maxsize) {
    return create(QueueCreateRequest.newBuilder().setMaxsize(maxsize));
  }

  public Pending<QueueCreateResponse> create(int maxAttempts, String deadLetters) {
    return create(
        QueueCreateRequest.newBuilder()
            .setMaxAttempts(maxAttempts)
            .setDeadLetterQueue(deadLetters));
  }

  public Pending<QueueCreateResponse> create(QueueCreateRequest.Builder shape) {
    return call("Create", shape.setQueue(queue).build(), QueueCreateResponse.getDefaultInstance());
  }

  public Pending<QueuePutResponse> put(@Nullable Object item) {
    return put(item, (Duration) null);
  }

  public Pending<QueuePutResponse> put(@Nullable Object item, @Nullable Duration timeout) {
    QueuePutRequest.Builder request =
        QueuePutRequest.newBuilder().setQueue(queue).setItem(Plain.value(item));
    if (timeout != null) {
      request.setTimeout(Times.duration(timeout.toNanos()));
    }
    return call("Put", request.build(), QueuePutResponse.getDefaultInstance());
  }

  /** Puts an item that is treated in a way of its own. */
  public Pending<QueuePutResponse> put(@Nullable Object item, QueueItemOptions.Builder options) {
    return put(QueuePutRequest.newBuilder().setItem(Plain.value(item)).setOptions(options.build()));
  }

  public Pending<QueuePutResponse> put(QueuePutRequest.Builder how) {
    return call("Put", how.setQueue(queue).build(), QueuePutResponse.getDefaultInstance());
  }

  public Pending<QueuePutManyResponse> putMany(QueuePutManyRequest.Builder how) {
    return call("PutMany", how.setQueue(queue).build(), QueuePutManyResponse.getDefaultInstance());
  }

  public Pending<QueuePutManyResponse> putMany(List<?> items) {
    return putMany(items, null);
  }

  public Pending<QueuePutManyResponse> putMany(List<?> items, @Nullable Duration timeout) {
    QueuePutManyRequest.Builder request = QueuePutManyRequest.newBuilder().setQueue(queue);
    items.forEach(item -> request.addItems(Plain.value(item)));
    if (timeout != null) {
      request.setTimeout(Times.duration(timeout.toNanos()));
    }
    return call("PutMany", request.build(), QueuePutManyResponse.getDefaultInstance());
  }

  public Pending<QueueGetResponse> get() {
    return get(QueueGetRequest.newBuilder());
  }

  public Pending<QueueGetResponse> get(Duration timeout) {
    return get(QueueGetRequest.newBuilder().setTimeout(Times.duration(timeout.toNanos())));
  }

  public Pending<QueueGetResponse> reserve() {
    return get(QueueGetRequest.newBuilder().setReserve(true));
  }

  public Pending<QueueGetResponse> reserve(Duration reservationTimeout) {
    return get(
        QueueGetRequest.newBuilder()
            .setReserve(true)
            .setReservationTimeout(Times.duration(reservationTimeout.toNanos())));
  }

  public Pending<QueueGetResponse> get(QueueGetRequest.Builder how) {
    return call("Get", how.setQueue(queue).build(), QueueGetResponse.getDefaultInstance());
  }

  public Pending<QueueGetManyResponse> getMany(int max) {
    return getMany(QueueGetManyRequest.newBuilder().setMax(max));
  }

  public Pending<QueueGetManyResponse> getMany(QueueGetManyRequest.Builder how) {
    return call("GetMany", how.setQueue(queue).build(), QueueGetManyResponse.getDefaultInstance());
  }

  public Pending<QueueConsumeResponse> consume(int maxInFlight) {
    return consume(QueueConsumeRequest.newBuilder().setMaxInFlight(maxInFlight));
  }

  public Pending<QueueConsumeResponse> consume(QueueConsumeRequest.Builder how) {
    return call("Consume", how.setQueue(queue).build(), QueueConsumeResponse.getDefaultInstance());
  }

  public Pending<QueueAcknowledgeResponse> acknowledge(long reservation) {
    return call(
        "Acknowledge",
        QueueAcknowledgeRequest.newBuilder().setQueue(queue).setReservation(reservation).build(),
        QueueAcknowledgeResponse.getDefaultInstance());
  }

  public Pending<QueueRejectResponse> reject(long reservation) {
    return reject(QueueRejectRequest.newBuilder().setReservation(reservation));
  }

  public Pending<QueueRejectResponse> giveUp(long reservation) {
    return reject(QueueRejectRequest.newBuilder().setReservation(reservation).setGiveUp(true));
  }

  public Pending<QueueRejectResponse> release(long reservation) {
    return reject(QueueRejectRequest.newBuilder().setReservation(reservation).setRelease(true));
  }

  private Pending<QueueRejectResponse> reject(QueueRejectRequest.Builder request) {
    return call(
        "Reject", request.setQueue(queue).build(), QueueRejectResponse.getDefaultInstance());
  }

  public Pending<QueuePeekResponse> peek() {
    return peek(QueueEnd.QUEUE_END_UNSPECIFIED);
  }

  public Pending<QueuePeekResponse> peek(QueueEnd end) {
    return call(
        "Peek",
        QueuePeekRequest.newBuilder().setQueue(queue).setEnd(end).build(),
        QueuePeekResponse.getDefaultInstance());
  }

  public Pending<QueueContainsResponse> contains(@Nullable Object item) {
    return call(
        "Contains",
        QueueContainsRequest.newBuilder().setQueue(queue).setItem(Plain.value(item)).build(),
        QueueContainsResponse.getDefaultInstance());
  }

  public Pending<QueueRemoveResponse> remove(@Nullable Object item) {
    return call(
        "Remove",
        QueueRemoveRequest.newBuilder().setQueue(queue).setItem(Plain.value(item)).build(),
        QueueRemoveResponse.getDefaultInstance());
  }

  public Pending<QueueRemoveResponse> removePlace(long place) {
    return call(
        "Remove",
        QueueRemoveRequest.newBuilder().setQueue(queue).setPlace(place).build(),
        QueueRemoveResponse.getDefaultInstance());
  }

  public List<Long> places() {
    return list(true).response().getPlacesList();
  }

  /** Lists a page, with places or without. */
  public Pending<QueueListResponse> list(boolean places) {
    return call(
        "List",
        QueueListRequest.newBuilder().setQueue(queue).setReturnPlaces(places).build(),
        QueueListResponse.getDefaultInstance());
  }

  public Pending<QueueListResponse> list(int pageSize, String pageToken) {
    return call(
        "List",
        QueueListRequest.newBuilder()
            .setQueue(queue)
            .setPageSize(pageSize)
            .setPageToken(pageToken)
            .build(),
        QueueListResponse.getDefaultInstance());
  }

  public Pending<QueueListResponse> list(QueueListRequest.Builder how) {
    return call("List", how.setQueue(queue).build(), QueueListResponse.getDefaultInstance());
  }

  /** The items from head to tail, up to a page. */
  public List<@Nullable Object> items() {
    List<@Nullable Object> items = new ArrayList<>();
    list(0, "").response().getItemsList().forEach(item -> items.add(Plain.object(item)));
    return items;
  }

  public QueueSizeResponse size() {
    return askSize().response();
  }

  public Pending<QueueSizeResponse> askSize() {
    return call(
        "Size",
        QueueSizeRequest.newBuilder().setQueue(queue).build(),
        QueueSizeResponse.getDefaultInstance());
  }

  public Pending<QueueClearResponse> clear() {
    return call(
        "Clear",
        QueueClearRequest.newBuilder().setQueue(queue).build(),
        QueueClearResponse.getDefaultInstance());
  }

  public Pending<QueueShutdownResponse> shutdown() {
    return shutdown(false);
  }

  /** Closes the queue; what is there, and what would come back, is removed where it is said. */
  public Pending<QueueShutdownResponse> shutdown(boolean immediate) {
    return call(
        "Shutdown",
        QueueShutdownRequest.newBuilder().setQueue(queue).setImmediate(immediate).build(),
        QueueShutdownResponse.getDefaultInstance());
  }

  /** Says that the oldest item of whoever has one is finished. */
  public Pending<QueueTaskDoneResponse> taskDone() {
    return taskDone(0);
  }

  public Pending<QueueTaskDoneResponse> taskDone(long reservation) {
    return call(
        "TaskDone",
        QueueTaskDoneRequest.newBuilder().setQueue(queue).setReservation(reservation).build(),
        QueueTaskDoneResponse.getDefaultInstance());
  }

  public Pending<QueueJoinResponse> join() {
    return join(null);
  }

  public Pending<QueueJoinResponse> join(@Nullable Duration timeout) {
    QueueJoinRequest.Builder request = QueueJoinRequest.newBuilder().setQueue(queue);
    if (timeout != null) {
      request.setTimeout(Times.duration(timeout.toNanos()));
    }
    return call("Join", request.build(), QueueJoinResponse.getDefaultInstance());
  }

  public Pending<QueuePauseResponse> pause() {
    return call(
        "Pause",
        QueuePauseRequest.newBuilder().setQueue(queue).build(),
        QueuePauseResponse.getDefaultInstance());
  }

  public Pending<QueueResumeResponse> resume() {
    return call(
        "Resume",
        QueueResumeRequest.newBuilder().setQueue(queue).build(),
        QueueResumeResponse.getDefaultInstance());
  }

  /** Moves dead letters back: a page of the oldest ones. */
  public Pending<QueueRedriveResponse> redrive() {
    return redrive(QueueRedriveRequest.newBuilder());
  }

  public Pending<QueueRedriveResponse> redrive(QueueRedriveRequest.Builder which) {
    return call(
        "Redrive", which.setQueue(queue).build(), QueueRedriveResponse.getDefaultInstance());
  }

  public Pending<QueueDeleteResponse> delete() {
    return call(
        "Delete",
        QueueDeleteRequest.newBuilder().setQueue(queue).build(),
        QueueDeleteResponse.getDefaultInstance());
  }
}
