package dev.polyproc.server.engine.simulation;

import dev.polyproc.server.engine.Client;
import dev.polyproc.server.engine.Pending;
import dev.polyproc.server.engine.QueueCalls;
import dev.polyproc.v1.QueueConsumeRequest;
import dev.polyproc.v1.QueueCreateRequest;
import dev.polyproc.v1.QueueGetManyRequest;
import dev.polyproc.v1.QueueGetRequest;
import java.util.ArrayList;
import java.util.List;

/** Random requests to queues. */
final class QueueRequests {
  private final Choices choices;
  private long earlier;
  private int items;
  private long lastPlace = ModelValues.NOT_YET;

  QueueRequests(Choices choices) {
    this.choices = choices;
  }

  Pending<?> call(Client client, String name) {
    if (choices.shouldCreate(name)) {
      return choices.meaning(client, name).queue(name).create(queueShape(name));
    }
    QueueCalls queue = choices.meaning(client, name).queue(name);
    if (choices.oneIn(8)) {
      return look(queue, name);
    }
    if (name.equals("queue1") && choices.random.nextInt(3) == 0) {
      return queue.putMany(
          someItems(), choices.javaTimeout()); // It is short: they often have to wait.
    }
    return switch (choices.random.nextInt(40)) {
      case 0, 1, 2, 3, 4, 5, 6, 7, 8 -> queue.put(item(), choices.javaTimeout());
      case 9, 10, 11 -> queue.putMany(someItems(), choices.javaTimeout());
      case 12, 13, 14, 15, 16, 17, 18, 19 -> queue.get(getRequest());
      case 20, 21, 22, 23, 24 -> queue.getMany(getManyRequest());
      case 25, 26 -> queue.consume(consumeRequest());
      case 27, 28, 29, 30, 31 -> queue.acknowledge(reservation(name));
      case 32, 33 -> queue.reject(reservation(name));
      case 34 -> queue.giveUp(reservation(name));
      case 35 -> queue.remove(items - choices.random.nextInt(8));
      case 36 -> queue.removePlace(place(name));
      case 37 -> queue.clear();
      case 38 -> choices.oneIn(4) ? queue.shutdown() : queue.put(item());
      default -> choices.oneIn(2) ? queue.delete() : queue.get(getRequest());
    };
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
      case 0 -> queue.peek();
      case 3 -> queue.askSize();
      case 1 -> queue.contains(choices.oneIn(2) ? items - 1 : choices.value());
      case 2 -> queue.list(choices.random.nextInt(3), "");
      default -> queue.list(choices.oneIn(2));
    };
  }

  /** A place that there is, mostly. */
  private long place(String name) {
    if (choices.model.objects.get(name) instanceof ModelQueue queue) {
      List<ModelItem> known =
          queue.items.values().stream().filter(item -> item.place().number() != 0).toList();
      if (!known.isEmpty()) {
        lastPlace = choices.oneIn(5) ? lastPlace : choices.any(known).place().number();
      }
    }
    return lastPlace;
  }

  private QueueCreateRequest.Builder queueShape(String name) {
    QueueCreateRequest.Builder shape =
        QueueCreateRequest.newBuilder().setLifetime(choices.lifetime());
    if (name.equals("queue1")) {
      shape.setMaxsize(2 + choices.random.nextInt(4));
    } else if (name.equals("queue2") && choices.random.nextInt(4) > 0) {
      shape.setMaxAttempts(1 + choices.random.nextInt(3)).setDeadLetterQueue("queue0");
    }
    return shape;
  }

  private QueueGetRequest.Builder getRequest() {
    QueueGetRequest.Builder request = QueueGetRequest.newBuilder();
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

  private QueueGetManyRequest.Builder getManyRequest() {
    QueueGetManyRequest.Builder request =
        QueueGetManyRequest.newBuilder().setMax(choices.random.nextInt(4));
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
        && !queue.reservations.isEmpty()) {
      int which = choices.random.nextInt(queue.reservations.size());
      earlier = queue.reservations.get(which).id.number();
      return earlier;
    }
    return choices.random.nextBoolean() ? earlier : ModelValues.NOT_YET;
  }
}
