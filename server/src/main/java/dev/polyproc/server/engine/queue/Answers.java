package dev.polyproc.server.engine.queue;

import dev.polyproc.server.engine.Call;
import dev.polyproc.server.engine.Reply;
import dev.polyproc.v1.QueueDelivery;
import dev.polyproc.v1.QueueGetManyResponse;
import dev.polyproc.v1.QueueGetRequest;
import dev.polyproc.v1.QueueGetResponse;
import dev.polyproc.v1.QueuePutManyResponse;
import dev.polyproc.v1.QueuePutRequest;
import dev.polyproc.v1.QueuePutResponse;

/** What a queue answers, to one item and to many. */
final class Answers {
  /** What a delivery has beside its item, at most: its reservation, its attempt, and their tags. */
  static final int DELIVERY_BYTES = 24;

  private Answers() {}

  /** To Put or PutMany. */
  static Reply put(Call call, boolean accepted) {
    return call.requestMessage() instanceof QueuePutRequest
        ? Reply.of(QueuePutResponse.newBuilder().setAccepted(accepted).build())
        : Reply.of(QueuePutManyResponse.newBuilder().setAccepted(accepted).build());
  }

  /** To Get or GetMany, when the time is up. */
  static Reply nothing(Call call) {
    return isGet(call)
        ? Reply.of(QueueGetResponse.getDefaultInstance())
        : Reply.of(QueueGetManyResponse.getDefaultInstance());
  }

  /** Whether a call is Get, and not GetMany. */
  static boolean isGet(Call call) {
    return call.requestMessage() instanceof QueueGetRequest;
  }

  /** To Get: an item that was reserved. */
  static QueueGetResponse get(Reservation reservation) {
    return get(reservation.item(), reservation.order());
  }

  /** To Get: an item that was taken. */
  static QueueGetResponse get(Item item) {
    return get(item, 0);
  }

  private static QueueGetResponse get(Item item, long reservation) {
    return QueueGetResponse.newBuilder()
        .setItem(item.value())
        .setReservation(reservation)
        .setAttempt(item.attempts())
        .build();
  }

  /** An item that was reserved. */
  static QueueDelivery delivery(Reservation reservation) {
    return delivery(reservation.item(), reservation.order());
  }

  /** An item that was taken. */
  static QueueDelivery delivery(Item item) {
    return delivery(item, 0);
  }

  private static QueueDelivery delivery(Item item, long reservation) {
    return QueueDelivery.newBuilder()
        .setItem(item.value())
        .setReservation(reservation)
        .setAttempt(item.attempts())
        .build();
  }
}
