package dev.polyproc.server.engine.simulation;

import dev.polyproc.server.engine.Client;
import dev.polyproc.server.engine.Pending;
import dev.polyproc.server.engine.Plain;
import dev.polyproc.server.engine.QueueCalls;
import dev.polyproc.v1.QueueConsumeRequest;
import dev.polyproc.v1.QueueCreateRequest;
import dev.polyproc.v1.QueueEnd;
import dev.polyproc.v1.QueueGetManyRequest;
import dev.polyproc.v1.QueueGetRequest;
import dev.polyproc.v1.QueueItemOptions;
import dev.polyproc.v1.QueueListRequest;
import dev.polyproc.v1.QueueOrder;
import dev.polyproc.v1.QueuePutManyRequest;
import dev.polyproc.v1.QueuePutRequest;
import dev.polyproc.v1.QueueRedriveRequest;
import java.util.ArrayList;
import java.util.List;

/** Random requests to queues. */
final class QueueRequests {
  private final Choices choices;
  private final QueueShapes shapes;
  private long earlier;
  private int items;
  private long lastPlace = ModelValues.NOT_YET;

  QueueRequests(Choices choices) {
    this.choices = choices;
    this.shapes = new QueueShapes(choices);
  }

  Pending<?> call(Client client, String name) {
    if (choices.shouldCreate(name)) {
      return choices.meaning(client, name).queue(name).create(shapes.shape(name));
    }
    QueueCalls queue = choices.meaning(client, name).queue(name);
    if (choices.oneIn(8)) {
      return look(queue, name);
    }
    if (name.equals("queue1") && choices.random.nextInt(3) == 0) {
      return queue.putMany(putMany(name)); // It is short: they often have to wait.
    }
    return switch (choices.random.nextInt(52)) {
      case 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 -> queue.put(put(name));
      case 10, 11, 12 -> queue.putMany(putMany(name));
      case 13, 14, 15, 16, 17, 18, 19, 20, 21 -> queue.get(getRequest(name));
      case 22, 23, 24, 25, 26 -> queue.getMany(getManyRequest(name));
      case 27, 28 -> queue.consume(consumeRequest());
      case 29, 30, 31, 32, 33 -> queue.acknowledge(reservation(name));
      case 34 -> queue.reject(reservation(name));
      case 35 ->
          choices.oneIn(2) ? queue.reject(reservation(name)) : queue.release(reservation(name));
      case 36, 37 -> queue.giveUp(reservation(name));
      case 38 -> queue.remove(items - choices.random.nextInt(8));
      case 39 -> queue.removePlace(place(name));
      case 40 -> choices.oneIn(3) ? queue.clear() : queue.put(put(name));
      case 41 -> choices.oneIn(4) ? queue.shutdown(choices.oneIn(3)) : queue.resume();
      case 42, 43, 44, 45 -> queue.taskDone();
      case 46 -> queue.taskDone(reservation(name));
      case 47, 48 -> queue.join(choices.javaTimeout());
      case 49 -> choices.oneIn(3) ? queue.pause() : queue.resume();
      case 50 -> choices.oneIn(2) ? queue.delete() : queue.get(getRequest(name));
      default -> client.queue("queue0").redrive(redrive());
    };
  }

  private QueueRedriveRequest.Builder redrive() {
    QueueRedriveRequest.Builder request =
        QueueRedriveRequest.newBuilder().setMax(choices.random.nextInt(3));
    if (choices.oneIn(4)) {
      request.setMax(0);
      for (int i = choices.random.nextInt(3); i >= 0; i--) {
        request.addPlaces(place("queue0"));
      }
    }
    if (choices.oneIn(4)) {
      request.setOrigin(choices.any(List.of("queue1", "queue2")));
    }
    if (choices.oneIn(4)) {
      request.setDestination(choices.any(List.of("queue0", "queue1", "queue2")));
    }
    List<String> tokens = List.copyOf(choices.model.redrives.keySet());
    if (!tokens.isEmpty() && choices.oneIn(2)) {
      request.setPageToken(choices.oneIn(8) ? choices.any(tokens) : tokens.get(tokens.size() - 1));
    }
    return request;
  }

  private QueueItemOptions options(String name) {
    QueueItemOptions.Builder options = QueueItemOptions.newBuilder();
    if (choices.oneIn(3)) {
      return options.build();
    }
    QueueCreateRequest shape =
        choices.model.objects.get(name) instanceof ModelQueue queue
            ? queue.shape
            : QueueCreateRequest.getDefaultInstance();
    boolean isWrong = choices.oneIn(60);
    if (shape.getOrder() == QueueOrder.QUEUE_ORDER_PRIORITY || isWrong) {
      options.setPriority(choices.random.nextInt(4) - 1);
    }
    if (choices.oneIn(4)) {
      options.setDelay(choices.positive());
    }
    if (choices.oneIn(4)) {
      options.setTimeToLive(choices.positive());
    }
    if (choices.oneIn(4)) {
      options.setUniqueKey(choices.any(List.of("u", "v", "w")));
    }
    if (choices.random.nextInt(3) > 0) {
      options.setKey(choices.any(List.of("", "a", "b", "c")));
    }
    if (shape.getFair() && choices.oneIn(2)) {
      options.setWeight(choices.random.nextInt(4));
    }
    return options.build();
  }

  private QueueEnd end() {
    return choices.oneIn(6)
        ? choices.any(List.of(QueueEnd.QUEUE_END_HEAD, QueueEnd.QUEUE_END_TAIL))
        : QueueEnd.QUEUE_END_UNSPECIFIED;
  }

  private QueuePutRequest.Builder put(String name) {
    QueuePutRequest.Builder request =
        QueuePutRequest.newBuilder().setItem(Plain.value(item())).setEnd(end());
    QueueItemOptions options = options(name);
    if (!options.equals(QueueItemOptions.getDefaultInstance()) || choices.oneIn(4)) {
      request.setOptions(options);
    }
    com.google.protobuf.Duration timeout = choices.timeout();
    if (timeout != null) {
      request.setTimeout(timeout);
    }
    return request;
  }

  private QueuePutManyRequest.Builder putMany(String name) {
    QueuePutManyRequest.Builder request = QueuePutManyRequest.newBuilder().setEnd(end());
    someItems().forEach(item -> request.addItems(Plain.value(item)));
    int options = choices.oneIn(3) ? 0 : choices.oneIn(2) ? 1 : request.getItemsCount();
    for (int i = 0; i < options; i++) {
      request.addOptions(options(name));
    }
    com.google.protobuf.Duration timeout = choices.timeout();
    if (timeout != null) {
      request.setTimeout(timeout);
    }
    return request;
  }

  private Object item() {
    return choices.oneIn(4) ? choices.value() : Integer.valueOf(++items);
  }

  private List<Object> someItems() {
    List<Object> some = new ArrayList<>();
    for (int i = choices.random.nextInt(4); i > 0; i--) {
      some.add(item());
    }
    return some;
  }

  private Pending<?> look(QueueCalls queue, String name) {
    return switch (choices.random.nextInt(6)) {
      case 0 -> queue.peek(choices.any(List.of(QueueEnd.values()).subList(0, 3)));
      case 3 -> queue.askSize();
      case 1 -> queue.contains(choices.oneIn(2) ? items - 1 : choices.value());
      case 2 -> queue.list(choices.random.nextInt(3), "");
      case 4 -> queue.list(QueueListRequest.newBuilder().setReturnDetails(true));
      default -> queue.list(choices.oneIn(2));
    };
  }

  /** A place that there is, mostly. */
  private long place(String name) {
    if (choices.model.objects.get(name) instanceof ModelQueue queue) {
      List<ModelQueueItem> known =
          queue.stock.all().stream().filter(item -> item.place.number() != 0).toList();
      if (!known.isEmpty()) {
        lastPlace = choices.oneIn(5) ? lastPlace : choices.any(known).place.number();
      }
    }
    return lastPlace;
  }

  /** The tail seldom where it is refused. */
  private QueueEnd getEnd(String name) {
    boolean isRefused =
        choices.model.objects.get(name) instanceof ModelQueue queue && queue.hasKeys();
    return isRefused && !choices.oneIn(20) ? QueueEnd.QUEUE_END_UNSPECIFIED : end();
  }

  private QueueGetRequest.Builder getRequest(String name) {
    QueueGetRequest.Builder request = QueueGetRequest.newBuilder().setEnd(getEnd(name));
    com.google.protobuf.Duration timeout = choices.timeout();
    if (timeout != null) {
      request.setTimeout(timeout);
    }
    if (choices.random.nextBoolean()) {
      request.setReserve(true);
      if (choices.random.nextBoolean()) {
        request.setReservationTimeout(choices.positive());
      }
    }
    return request;
  }

  private QueueGetManyRequest.Builder getManyRequest(String name) {
    QueueGetManyRequest.Builder request =
        QueueGetManyRequest.newBuilder().setMax(choices.random.nextInt(4)).setEnd(getEnd(name));
    com.google.protobuf.Duration timeout = choices.timeout();
    if (timeout != null) {
      request.setTimeout(timeout);
    }
    if (choices.random.nextBoolean()) {
      request.setReserve(true);
      if (choices.random.nextBoolean()) {
        request.setReservationTimeout(choices.positive());
      }
    }
    return request;
  }

  private QueueConsumeRequest.Builder consumeRequest() {
    QueueConsumeRequest.Builder request =
        QueueConsumeRequest.newBuilder().setMaxInFlight(1 + choices.random.nextInt(3));
    if (choices.random.nextBoolean()) {
      request.setReservationTimeout(choices.positive());
    }
    return request;
  }

  /**
   * A reservation that there is, mostly; else one that there was, or never will be. Any number may
   * be that of a reservation which the very entry makes, when a timer is due: the model would not
   * know.
   */
  private long reservation(String name) {
    if (choices.random.nextInt(10) > 0
        && choices.model.objects.get(name) instanceof ModelQueue queue
        && !queue.stock.out.isEmpty()) {
      earlier = choices.any(queue.stock.out).id().number();
      return earlier;
    }
    return choices.random.nextBoolean() ? earlier : ModelValues.NOT_YET;
  }
}
