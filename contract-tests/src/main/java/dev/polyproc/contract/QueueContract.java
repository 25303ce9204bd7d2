package dev.polyproc.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.QueueAcknowledgeRequest;
import dev.polyproc.v1.QueueClearRequest;
import dev.polyproc.v1.QueueConsumeRequest;
import dev.polyproc.v1.QueueConsumeResponse;
import dev.polyproc.v1.QueueContainsRequest;
import dev.polyproc.v1.QueueCreateRequest;
import dev.polyproc.v1.QueueDeleteRequest;
import dev.polyproc.v1.QueueGetManyRequest;
import dev.polyproc.v1.QueueGetRequest;
import dev.polyproc.v1.QueueGetResponse;
import dev.polyproc.v1.QueueListRequest;
import dev.polyproc.v1.QueuePeekRequest;
import dev.polyproc.v1.QueuePutManyRequest;
import dev.polyproc.v1.QueuePutRequest;
import dev.polyproc.v1.QueuePutResponse;
import dev.polyproc.v1.QueueRejectRequest;
import dev.polyproc.v1.QueueRemoveRequest;
import dev.polyproc.v1.QueueServiceGrpc;
import dev.polyproc.v1.QueueServiceGrpc.QueueServiceBlockingStub;
import dev.polyproc.v1.QueueServiceGrpc.QueueServiceFutureStub;
import dev.polyproc.v1.QueueShutdownRequest;
import dev.polyproc.v1.QueueSizeRequest;
import dev.polyproc.v1.QueueSizeResponse;
import dev.polyproc.v1.Value;
import io.grpc.Context;
import io.grpc.testing.StreamRecorder;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** QueueService. */
public abstract class QueueContract extends ContractSuite {
  private QueueServiceBlockingStub queues() {
    return QueueServiceGrpc.newBlockingStub(channel());
  }

  private QueueServiceFutureStub later() {
    return QueueServiceGrpc.newFutureStub(channel());
  }

  private void create(int maxsize) {
    QueueCreateRequest request =
        QueueCreateRequest.newBuilder().setQueue(name()).setMaxsize(maxsize).build();
    assertThat(queues().create(request).getCreated()).isTrue();
    assertThat(queues().create(request).getCreated()).isFalse();
  }

  private QueuePutRequest put(long item) {
    return QueuePutRequest.newBuilder().setQueue(name()).setItem(number(item)).build();
  }

  private QueueGetRequest get() {
    return QueueGetRequest.newBuilder().setQueue(name()).build();
  }

  private QueueGetRequest getNow() {
    return get().toBuilder().setTimeout(NOW).build();
  }

  private QueueSizeResponse size() {
    return queues().size(QueueSizeRequest.newBuilder().setQueue(name()).build());
  }

  private List<Long> items() {
    return queues()
        .list(QueueListRequest.newBuilder().setQueue(name()).build())
        .getItemsList()
        .stream()
        .map(Value::getInt)
        .toList();
  }

  private QueuePutManyRequest putMany(long... items) {
    QueuePutManyRequest.Builder request = QueuePutManyRequest.newBuilder().setQueue(name());
    for (long item : items) {
      request.addItems(number(item));
    }
    return request.build();
  }

  @Test
  void shouldGiveItemsInTheOrderInWhichTheyCame() {
    create(0);
    for (long item = 1; item <= 3; item++) {
      assertThat(queues().put(put(item)).getAccepted()).isTrue();
    }
    for (long item = 1; item <= 3; item++) {
      assertThat(queues().get(get()).getItem().getInt()).isEqualTo(item);
    }
    assertThat(queues().get(getNow()).hasItem()).isFalse();
    assertThat(queues().get(get().toBuilder().setTimeout(SHORT).build()).hasItem()).isFalse();
  }

  @Test
  void shouldServeTheOldestWaiterFirst() {
    create(0);
    Future<QueueGetResponse> first = later().get(get());
    await().until(() -> size().getWaitingGets() == 1);
    Future<QueueGetResponse> second = later().get(get());
    await().until(() -> size().getWaitingGets() == 2);

    queues().put(put(1));
    queues().put(put(2));

    assertThat(get(first).getItem().getInt()).isEqualTo(1);
    assertThat(get(second).getItem().getInt()).isEqualTo(2);
  }

  @Test
  void shouldMakePutsWaitForRoom() {
    create(1);
    assertThat(size().getCapacity()).isEqualTo(1);
    queues().put(put(1));
    assertThat(queues().put(put(2).toBuilder().setTimeout(SHORT).build()).getAccepted()).isFalse();
    Future<QueuePutResponse> waiting = later().put(put(3));
    await().until(() -> size().getWaitingPuts() == 1);

    assertThat(queues().get(get()).getItem().getInt()).isEqualTo(1);

    assertThat(get(waiting).getAccepted()).isTrue();
    assertThat(items()).containsExactly(3L);
  }

  @Test
  void shouldPutAndGetManyAtOnce() {
    create(4);
    assertThat(queues().putMany(putMany(1, 2, 3)).getAccepted()).isTrue();
    assertThat(queues().putMany(putMany(4, 5).toBuilder().setTimeout(NOW).build()).getAccepted())
        .as("all or none")
        .isFalse();
    QueueGetManyRequest two = QueueGetManyRequest.newBuilder().setQueue(name()).setMax(2).build();
    assertThat(queues().getMany(two).getDeliveriesList())
        .extracting(delivery -> delivery.getItem().getInt())
        .containsExactly(1L, 2L);
    assertThat(queues().getMany(two).getDeliveriesCount()).isEqualTo(1);
  }

  @Test
  void shouldLookIntoTheQueue() {
    create(0);
    queues().putMany(putMany(1, 2, 2, 3));
    QueuePeekRequest peek = QueuePeekRequest.newBuilder().setQueue(name()).build();
    assertThat(queues().peek(peek).getItem().getInt()).isEqualTo(1);
    QueueContainsRequest contains =
        QueueContainsRequest.newBuilder().setQueue(name()).setItem(number(2)).build();
    QueueRemoveRequest remove =
        QueueRemoveRequest.newBuilder().setQueue(name()).setItem(number(2)).build();
    assertThat(queues().contains(contains).getContains()).isTrue();
    assertThat(queues().remove(remove).getRemoved()).isTrue();
    assertThat(items()).containsExactly(1L, 2L, 3L);
    assertThat(queues().remove(remove).getRemoved()).isTrue();
    assertThat(queues().remove(remove).getRemoved()).isFalse();
    assertThat(queues().contains(contains).getContains()).isFalse();
    assertThat(queues().clear(QueueClearRequest.newBuilder().setQueue(name()).build()).getRemoved())
        .isEqualTo(2);
  }

  @Test
  void shouldRemoveTheVeryItemOfAPlace() {
    create(0);
    queues().putMany(putMany(2, 1, 2));
    List<Long> places =
        queues()
            .list(QueueListRequest.newBuilder().setQueue(name()).setReturnPlaces(true).build())
            .getPlacesList();
    QueueRemoveRequest remove =
        QueueRemoveRequest.newBuilder().setQueue(name()).setPlace(places.get(2)).build();
    assertThat(queues().remove(remove).getRemoved()).isTrue();
    assertThat(queues().remove(remove).getRemoved()).isFalse();
    assertThat(items()).containsExactly(2L, 1L);
  }

  @Test
  void shouldDeliverAgainUntilAcknowledged() {
    create(0);
    queues().put(put(1));
    QueueServiceBlockingStub session = QueueServiceGrpc.newBlockingStub(in(openSession()));
    QueueGetRequest reserve = get().toBuilder().setReserve(true).build();
    QueueGetResponse first = session.get(reserve);
    QueueRejectRequest reject =
        QueueRejectRequest.newBuilder()
            .setQueue(name())
            .setReservation(first.getReservation())
            .build();
    assertThat(session.reject(reject).getGaveUp()).isFalse();
    QueueGetResponse second = session.get(reserve);
    assertThat(second.getAttempt()).isEqualTo(2);
    var unused =
        session.reject(
            QueueRejectRequest.newBuilder()
                .setQueue(name())
                .setReservation(second.getReservation())
                .setRelease(true)
                .build());
    second = session.get(reserve);
    assertThat(second.getAttempt()).as("as if it had not been handed out").isEqualTo(2);

    QueueAcknowledgeRequest.Builder acknowledge =
        QueueAcknowledgeRequest.newBuilder()
            .setQueue(name())
            .setReservation(first.getReservation());
    assertThat(reasonOf(() -> session.acknowledge(acknowledge.build())))
        .isEqualTo(ErrorReason.ERROR_REASON_RESERVATION_ENDED);
    session.acknowledge(acknowledge.setReservation(second.getReservation()).build());
    assertThat(size().getReserved()).isZero();
    assertThat(size().getSize()).isZero();
  }

  @Test
  void shouldStreamReservedItemsToAConsumer() {
    create(0);
    queues().putMany(putMany(1, 2, 3));
    StreamRecorder<QueueConsumeResponse> deliveries = StreamRecorder.create();
    Context.CancellableContext consuming = Context.current().withCancellation();
    consuming.run(
        () ->
            QueueServiceGrpc.newStub(in(openSession()))
                .consume(
                    QueueConsumeRequest.newBuilder().setQueue(name()).setMaxInFlight(2).build(),
                    deliveries));

    await().until(() -> deliveries.getValues().size() == 2);
    assertThat(size().getReserved()).isEqualTo(2);
    consuming.cancel(new CancellationException("enough"));

    await().until(() -> size().getReserved() == 0);
    assertThat(items()).containsExactly(1L, 2L, 3L);
  }

  @Test
  void shouldTellWaitersThatTheQueueIsClosedOrDeleted() {
    create(0);
    Future<QueueGetResponse> waiting = later().get(get());
    await().until(() -> size().getWaitingGets() == 1);
    queues().shutdown(QueueShutdownRequest.newBuilder().setQueue(name()).build());
    assertThat(reasonOf(() -> get(waiting))).isEqualTo(ErrorReason.ERROR_REASON_CLOSED);
    assertThat(reasonOf(() -> queues().put(put(1)))).isEqualTo(ErrorReason.ERROR_REASON_CLOSED);

    queues().delete(QueueDeleteRequest.newBuilder().setQueue(name()).build());
    assertThat(reasonOf(() -> queues().put(put(1))))
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
    create(0);
    Future<QueueGetResponse> another = later().get(get());
    await().until(() -> size().getWaitingGets() == 1);
    queues().delete(QueueDeleteRequest.newBuilder().setQueue(name()).build());
    assertThat(reasonOf(() -> get(another))).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED);
  }
}
