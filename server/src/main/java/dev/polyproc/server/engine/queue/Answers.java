package dev.polyproc.server.engine.queue;

import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.v1.QueueDelivery;
import dev.polyproc.v1.QueueGetManyResponse;
import dev.polyproc.v1.QueueGetResponse;
import dev.polyproc.v1.QueuePutManyResponse;
import dev.polyproc.v1.QueuePutResponse;

/** What a queue answers, to one item and to many. */
public final class Answers {
  /** What a delivery has beside its item, at most: its reservation, its attempt, and their tags. */
  static final int DELIVERY_BYTES = 24;

  private Answers() {}

  /** To Put, or to PutMany. */
  static Answer put(boolean many, boolean accepted) {
    return many
        ? Answer.of(QueuePutManyResponse.newBuilder().setAccepted(accepted).build())
        : Answer.of(QueuePutResponse.newBuilder().setAccepted(accepted).build());
  }

  /** To Get, or to GetMany, when the time is up. */
  static Answer nothing(boolean many) {
    return many
        ? Answer.of(QueueGetManyResponse.getDefaultInstance())
        : Answer.of(QueueGetResponse.getDefaultInstance());
  }

  /** To Get; the number of the reservation is 0 where the item was taken for good. */
  static QueueGetResponse get(Item item, long reservation) {
    return QueueGetResponse.newBuilder()
        .setItem(item.value())
        .setReservation(reservation)
        .setAttempt(item.attempts())
        .build();
  }

  /** The same, of one item of many. */
  static QueueDelivery delivery(Item item, long reservation) {
    return QueueDelivery.newBuilder()
        .setItem(item.value())
        .setReservation(reservation)
        .setAttempt(item.attempts())
        .build();
  }
}
