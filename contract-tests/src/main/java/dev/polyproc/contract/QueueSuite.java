package dev.polyproc.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.v1.QueueCreateRequest;
import dev.polyproc.v1.QueueDelivery;
import dev.polyproc.v1.QueueGetManyRequest;
import dev.polyproc.v1.QueueGetRequest;
import dev.polyproc.v1.QueueGetResponse;
import dev.polyproc.v1.QueueItemOptions;
import dev.polyproc.v1.QueueListRequest;
import dev.polyproc.v1.QueuePutRequest;
import dev.polyproc.v1.QueueServiceGrpc;
import dev.polyproc.v1.QueueServiceGrpc.QueueServiceBlockingStub;
import dev.polyproc.v1.QueueServiceGrpc.QueueServiceFutureStub;
import dev.polyproc.v1.QueueSizeRequest;
import dev.polyproc.v1.QueueSizeResponse;
import dev.polyproc.v1.SessionEndRequest;
import dev.polyproc.v1.SessionServiceGrpc;
import dev.polyproc.v1.Value;
import java.util.List;

/** What the suites of queues have in common: the calls to the queue that the test is about. */
abstract class QueueSuite extends ContractSuite {
  final QueueServiceBlockingStub queues() {
    return QueueServiceGrpc.newBlockingStub(channel());
  }

  final QueueServiceBlockingStub queues(String session) {
    return QueueServiceGrpc.newBlockingStub(in(session));
  }

  final QueueServiceFutureStub later() {
    return QueueServiceGrpc.newFutureStub(channel());
  }

  final void create(QueueCreateRequest.Builder shape) {
    assertThat(queues().create(shape.setQueue(name()).build()).getCreated()).isTrue();
  }

  final QueuePutRequest put(long item) {
    return put(item, QueueItemOptions.newBuilder());
  }

  final QueuePutRequest put(long item, QueueItemOptions.Builder options) {
    QueuePutRequest.Builder request =
        QueuePutRequest.newBuilder().setQueue(name()).setItem(number(item));
    QueueItemOptions built = options.build();
    return built.equals(QueueItemOptions.getDefaultInstance())
        ? request.build()
        : request.setOptions(built).build();
  }

  final QueueGetRequest get() {
    return QueueGetRequest.newBuilder().setQueue(name()).build();
  }

  final QueueGetRequest getNow() {
    return get().toBuilder().setTimeout(NOW).build();
  }

  final QueueGetRequest reserve() {
    return get().toBuilder().setReserve(true).build();
  }

  /** What is got at once, one after the other. */
  final List<Long> drained() {
    return queues()
        .getMany(QueueGetManyRequest.newBuilder().setQueue(name()).setTimeout(NOW).build())
        .getDeliveriesList()
        .stream()
        .map(QueueDelivery::getItem)
        .map(Value::getInt)
        .toList();
  }

  final long got(QueueGetResponse response) {
    assertThat(response.hasItem()).isTrue();
    return response.getItem().getInt();
  }

  final QueueSizeResponse size() {
    return size(name());
  }

  final QueueSizeResponse size(String queue) {
    return queues().size(QueueSizeRequest.newBuilder().setQueue(queue).build());
  }

  final List<Long> items() {
    return items(name());
  }

  final List<Long> items(String queue) {
    return queues()
        .list(QueueListRequest.newBuilder().setQueue(queue).build())
        .getItemsList()
        .stream()
        .map(Value::getInt)
        .toList();
  }

  final void end(String session) {
    SessionServiceGrpc.newBlockingStub(in(session)).end(SessionEndRequest.getDefaultInstance());
  }
}
