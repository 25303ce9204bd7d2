package dev.polyproc.client.internal.collection;

import com.google.protobuf.Duration;
import dev.polyproc.client.Codec;
import dev.polyproc.client.internal.wire.Operation;
import dev.polyproc.v1.QueueAcknowledgeRequest;
import dev.polyproc.v1.QueueAcknowledgeResponse;
import dev.polyproc.v1.QueueClearRequest;
import dev.polyproc.v1.QueueClearResponse;
import dev.polyproc.v1.QueueContainsRequest;
import dev.polyproc.v1.QueueContainsResponse;
import dev.polyproc.v1.QueueCreateRequest;
import dev.polyproc.v1.QueueCreateResponse;
import dev.polyproc.v1.QueueDeleteRequest;
import dev.polyproc.v1.QueueDeleteResponse;
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
import dev.polyproc.v1.QueueServiceGrpc;
import dev.polyproc.v1.QueueShutdownRequest;
import dev.polyproc.v1.QueueShutdownResponse;
import dev.polyproc.v1.QueueSizeRequest;
import dev.polyproc.v1.QueueSizeResponse;
import dev.polyproc.v1.QueueTaskDoneRequest;
import dev.polyproc.v1.QueueTaskDoneResponse;
import dev.polyproc.v1.Value;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a {@code PolyQueue} asks of the daemon.
 *
 * @param name the queue's name
 * @param codec writes its items
 * @param reservation how long a reservation lasts at most; null for as long as the session
 * @param end where items are put and got
 */
public record QueueRequests<E>(
    String name, Codec<E> codec, @Nullable Duration reservation, QueueEnd end) {
  public static final Operation<QueueCreateRequest, QueueCreateResponse> CREATE =
      Operation.of(QueueServiceGrpc.getCreateMethod());
  public static final Operation<QueuePutRequest, QueuePutResponse> PUT =
      Operation.of(QueueServiceGrpc.getPutMethod());
  public static final Operation<QueueGetRequest, QueueGetResponse> GET =
      Operation.of(QueueServiceGrpc.getGetMethod());
  public static final Operation<QueuePutManyRequest, QueuePutManyResponse> PUT_MANY =
      Operation.of(QueueServiceGrpc.getPutManyMethod());
  public static final Operation<QueueGetManyRequest, QueueGetManyResponse> GET_MANY =
      Operation.of(QueueServiceGrpc.getGetManyMethod());
  public static final Operation<QueueAcknowledgeRequest, QueueAcknowledgeResponse> ACKNOWLEDGE =
      Operation.of(QueueServiceGrpc.getAcknowledgeMethod());
  public static final Operation<QueueRejectRequest, QueueRejectResponse> REJECT =
      Operation.of(QueueServiceGrpc.getRejectMethod());
  public static final Operation<QueuePeekRequest, QueuePeekResponse> PEEK =
      Operation.of(QueueServiceGrpc.getPeekMethod());
  public static final Operation<QueueContainsRequest, QueueContainsResponse> CONTAINS =
      Operation.of(QueueServiceGrpc.getContainsMethod());
  public static final Operation<QueueRemoveRequest, QueueRemoveResponse> REMOVE =
      Operation.of(QueueServiceGrpc.getRemoveMethod());
  public static final Operation<QueueListRequest, QueueListResponse> LIST =
      Operation.of(QueueServiceGrpc.getListMethod());
  public static final Operation<QueueSizeRequest, QueueSizeResponse> SIZE =
      Operation.of(QueueServiceGrpc.getSizeMethod());
  public static final Operation<QueueClearRequest, QueueClearResponse> CLEAR =
      Operation.of(QueueServiceGrpc.getClearMethod());
  public static final Operation<QueueShutdownRequest, QueueShutdownResponse> SHUTDOWN =
      Operation.of(QueueServiceGrpc.getShutdownMethod());
  public static final Operation<QueueDeleteRequest, QueueDeleteResponse> DELETE =
      Operation.of(QueueServiceGrpc.getDeleteMethod());
  public static final Operation<QueueTaskDoneRequest, QueueTaskDoneResponse> TASK_DONE =
      Operation.of(QueueServiceGrpc.getTaskDoneMethod());
  public static final Operation<QueueJoinRequest, QueueJoinResponse> JOIN =
      Operation.of(QueueServiceGrpc.getJoinMethod());
  public static final Operation<QueuePauseRequest, QueuePauseResponse> PAUSE =
      Operation.of(QueueServiceGrpc.getPauseMethod());
  public static final Operation<QueueResumeRequest, QueueResumeResponse> RESUME =
      Operation.of(QueueServiceGrpc.getResumeMethod());
  public static final Operation<QueueRedriveRequest, QueueRedriveResponse> REDRIVE =
      Operation.of(QueueServiceGrpc.getRedriveMethod());

  /** The value for an item, which is not null. */
  public Value item(E item) {
    return codec.encode(Objects.requireNonNull(item, "Expected an item, but it is null"));
  }

  /** The same, where a reservation lasts so long at most. */
  public QueueRequests<E> reserving(Duration longest) {
    return new QueueRequests<>(name, codec, longest, end);
  }

  /** The same, where items are put at and got from that end. */
  public QueueRequests<E> at(QueueEnd other) {
    return new QueueRequests<>(name, codec, reservation, other);
  }

  public QueuePutRequest put(Value item, @Nullable Duration timeout) {
    return putting(item, timeout).build();
  }

  public QueuePutRequest put(Value item, QueueItemOptions options, @Nullable Duration timeout) {
    return putting(item, timeout).setOptions(options).build();
  }

  private QueuePutRequest.Builder putting(Value item, @Nullable Duration timeout) {
    QueuePutRequest.Builder request =
        QueuePutRequest.newBuilder().setQueue(name).setItem(item).setEnd(end);
    return timeout == null ? request : request.setTimeout(timeout);
  }

  public QueuePutManyRequest putMany(List<Value> items, @Nullable Duration timeout) {
    return putMany(items, List.of(), timeout);
  }

  /**
   * Puts several items.
   *
   * @param options none, or those of each
   */
  public QueuePutManyRequest putMany(
      List<Value> items, List<QueueItemOptions> options, @Nullable Duration timeout) {
    QueuePutManyRequest.Builder request =
        QueuePutManyRequest.newBuilder()
            .setQueue(name)
            .addAllItems(items)
            .addAllOptions(options)
            .setEnd(end);
    if (timeout != null) {
      request.setTimeout(timeout);
    }
    return request.build();
  }

  public QueueGetRequest get(@Nullable Duration timeout, boolean reserve) {
    QueueGetRequest.Builder request =
        QueueGetRequest.newBuilder().setQueue(name).setReserve(reserve).setEnd(end);
    if (timeout != null) {
      request.setTimeout(timeout);
    }
    if (reserve && reservation != null) {
      request.setReservationTimeout(reservation);
    }
    return request.build();
  }

  public QueueGetManyRequest getMany(int max, @Nullable Duration timeout, boolean reserve) {
    if (max < 1) { // 0 would be a page
      throw new IllegalArgumentException("Expected max to be 1 or more, but it is " + max);
    }
    QueueGetManyRequest.Builder request =
        QueueGetManyRequest.newBuilder().setQueue(name).setMax(max).setReserve(reserve).setEnd(end);
    if (timeout != null) {
      request.setTimeout(timeout);
    }
    if (reserve && reservation != null) {
      request.setReservationTimeout(reservation);
    }
    return request.build();
  }

  public QueueAcknowledgeRequest acknowledge(long reservation) {
    return QueueAcknowledgeRequest.newBuilder().setQueue(name).setReservation(reservation).build();
  }

  public QueueRejectRequest reject(long reservation) {
    return rejection(reservation).build();
  }

  public QueueRejectRequest giveUp(long reservation) {
    return rejection(reservation).setGiveUp(true).build();
  }

  public QueueRejectRequest release(long reservation) {
    return rejection(reservation).setRelease(true).build();
  }

  private QueueRejectRequest.Builder rejection(long reservation) {
    return QueueRejectRequest.newBuilder().setQueue(name).setReservation(reservation);
  }

  QueuePeekRequest peek() {
    return QueuePeekRequest.newBuilder().setQueue(name).setEnd(end).build();
  }

  QueueContainsRequest contains(Value item) {
    return QueueContainsRequest.newBuilder().setQueue(name).setItem(item).build();
  }

  QueueRemoveRequest remove(Value item) {
    return QueueRemoveRequest.newBuilder().setQueue(name).setItem(item).build();
  }

  QueueSizeRequest size() {
    return QueueSizeRequest.newBuilder().setQueue(name).build();
  }

  QueueClearRequest clear() {
    return QueueClearRequest.newBuilder().setQueue(name).build();
  }

  public QueueShutdownRequest shutdown(boolean immediate) {
    return QueueShutdownRequest.newBuilder().setQueue(name).setImmediate(immediate).build();
  }

  public QueuePauseRequest pause() {
    return QueuePauseRequest.newBuilder().setQueue(name).build();
  }

  public QueueResumeRequest resume() {
    return QueueResumeRequest.newBuilder().setQueue(name).build();
  }

  /** Moves a page of dead letters back. */
  public QueueRedriveRequest redrive(String origin, String destination, int max, String page) {
    return QueueRedriveRequest.newBuilder()
        .setQueue(name)
        .setOrigin(origin)
        .setDestination(destination)
        .setMax(max)
        .setPageToken(page)
        .build();
  }

  /** Moves the dead letters at some places back, of which there is one. */
  public QueueRedriveRequest redrive(List<Long> places, String destination) {
    return QueueRedriveRequest.newBuilder()
        .setQueue(name)
        .setDestination(destination)
        .addAllPlaces(places)
        .build();
  }

  /** A page of items with their places, and with what else is known of them. */
  public QueueListRequest details(String page) {
    return QueueListRequest.newBuilder()
        .setQueue(name)
        .setPageToken(page)
        .setReturnPlaces(true)
        .setReturnDetails(true)
        .build();
  }

  public QueueTaskDoneRequest taskDone() {
    return QueueTaskDoneRequest.newBuilder().setQueue(name).build();
  }

  public QueueJoinRequest join(@Nullable Duration timeout) {
    QueueJoinRequest.Builder request = QueueJoinRequest.newBuilder().setQueue(name);
    if (timeout != null) {
      request.setTimeout(timeout);
    }
    return request.build();
  }

  public QueueDeleteRequest delete() {
    return QueueDeleteRequest.newBuilder().setQueue(name).build();
  }
}
