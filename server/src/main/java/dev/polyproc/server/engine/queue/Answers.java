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

  /** The tag and the length of a message in a reply, at most. */
  static final int AROUND_MESSAGE = 6;

  private Answers() {}

  /** To Put, or to PutMany, which did not find room. */
  static Answer full(boolean many) {
    return many
        ? Answer.of(QueuePutManyResponse.getDefaultInstance())
        : Answer.of(QueuePutResponse.getDefaultInstance());
  }

  /** To Put, or to PutMany; the items at some positions were not put. */
  static Answer put(boolean many, Duplicates duplicates) {
    return many
        ? Answer.of(
            QueuePutManyResponse.newBuilder()
                .setAccepted(true)
                .addAllDuplicates(duplicates.positions())
                .build())
        : Answer.of(
            QueuePutResponse.newBuilder()
                .setAccepted(duplicates.isEmpty())
                .setDuplicate(!duplicates.isEmpty())
                .build());
  }

  /** What an item takes in a reply, its value and what is said of it. */
  static long bytes(Item item) {
    long bytes = item.value().getSerializedSize();
    if (item.terms().hasOptions()) {
      bytes += AROUND_MESSAGE + item.terms().options().getSerializedSize();
    }
    if (item.letter() != null) {
      bytes += AROUND_MESSAGE + item.letter().getSerializedSize();
    }
    return bytes;
  }

  /** To Get, or to GetMany, when the time is up. */
  static Answer nothing(boolean many) {
    return many
        ? Answer.of(QueueGetManyResponse.getDefaultInstance())
        : Answer.of(QueueGetResponse.getDefaultInstance());
  }

  /** To Get; the number of the reservation is 0 where the item was taken for good. */
  static QueueGetResponse get(Item item, long reservation) {
    QueueGetResponse.Builder response =
        QueueGetResponse.newBuilder()
            .setItem(item.value())
            .setReservation(reservation)
            .setAttempt(item.attempts());
    if (item.terms().hasOptions()) {
      response.setOptions(item.terms().options());
    }
    if (item.letter() != null) {
      response.setDeadLetter(item.letter());
    }
    return response.build();
  }

  /** The same, of one item of many. */
  static QueueDelivery delivery(Item item, long reservation) {
    QueueDelivery.Builder delivery =
        QueueDelivery.newBuilder()
            .setItem(item.value())
            .setReservation(reservation)
            .setAttempt(item.attempts());
    if (item.terms().hasOptions()) {
      delivery.setOptions(item.terms().options());
    }
    if (item.letter() != null) {
      delivery.setDeadLetter(item.letter());
    }
    return delivery.build();
  }
}
