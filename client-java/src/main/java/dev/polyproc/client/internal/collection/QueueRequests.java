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
import dev.polyproc.v1.QueueGetManyRequest;
import dev.polyproc.v1.QueueGetManyResponse;
import dev.polyproc.v1.QueueGetRequest;
import dev.polyproc.v1.QueueGetResponse;
import dev.polyproc.v1.QueueListRequest;
import dev.polyproc.v1.QueueListResponse;
import dev.polyproc.v1.QueuePeekRequest;
import dev.polyproc.v1.QueuePeekResponse;
import dev.polyproc.v1.QueuePutManyRequest;
import dev.polyproc.v1.QueuePutManyResponse;
import dev.polyproc.v1.QueuePutRequest;
import dev.polyproc.v1.QueuePutResponse;
import dev.polyproc.v1.QueueRejectRequest;
import dev.polyproc.v1.QueueRejectResponse;
import dev.polyproc.v1.QueueRemoveRequest;
import dev.polyproc.v1.QueueRemoveResponse;
import dev.polyproc.v1.QueueServiceGrpc;
import dev.polyproc.v1.QueueShutdownRequest;
import dev.polyproc.v1.QueueShutdownResponse;
import dev.polyproc.v1.QueueSizeRequest;
import dev.polyproc.v1.QueueSizeResponse;
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
 */
public record QueueRequests<E>(String name, Codec<E> codec, @Nullable Duration reservation) {
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

  /** The value for an item, which is not null. */
  public Value item(E item) {
    return codec.encode(Objects.requireNonNull(item, "Expected an item, but it is null"));
  }

  public QueuePutRequest put(Value item, @Nullable Duration timeout) {
    QueuePutRequest.Builder request = QueuePutRequest.newBuilder().setQueue(name).setItem(item);
    if (timeout != null) {
      request.setTimeout(timeout);
    }
    return request.build();
  }

  public QueuePutManyRequest putMany(List<Value> items, @Nullable Duration timeout) {
    QueuePutManyRequest.Builder request =
        QueuePutManyRequest.newBuilder().setQueue(name).addAllItems(items);
    if (timeout != null) {
      request.setTimeout(timeout);
    }
    return request.build();
  }

  public QueueGetRequest get(@Nullable Duration timeout, boolean reserve) {
    QueueGetRequest.Builder request =
        QueueGetRequest.newBuilder().setQueue(name).setReserve(reserve);
    if (timeout != null) {
      request.setTimeout(timeout);
    }
    if (reserve && reservation != null) {
      request.setReservationTimeout(reservation);
    }
    return request.build();
  }

  public QueueGetManyRequest getMany(int max, @Nullable Duration timeout, boolean reserve) {
    QueueGetManyRequest.Builder request =
        QueueGetManyRequest.newBuilder().setQueue(name).setMax(max).setReserve(reserve);
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

  public QueueRejectRequest reject(long reservation, boolean giveUp) {
    return QueueRejectRequest.newBuilder()
        .setQueue(name)
        .setReservation(reservation)
        .setGiveUp(giveUp)
        .build();
  }

  QueuePeekRequest peek() {
    return QueuePeekRequest.newBuilder().setQueue(name).build();
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

  public QueueShutdownRequest shutdown() {
    return QueueShutdownRequest.newBuilder().setQueue(name).build();
  }

  public QueueDeleteRequest delete() {
    return QueueDeleteRequest.newBuilder().setQueue(name).build();
  }
}
