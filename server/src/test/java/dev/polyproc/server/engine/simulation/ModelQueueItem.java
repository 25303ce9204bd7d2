package dev.polyproc.server.engine.simulation;

import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import dev.polyproc.server.engine.simulation.Outcome.Numbered;
import dev.polyproc.v1.Party;
import dev.polyproc.v1.QueueDeadLetter;
import dev.polyproc.v1.QueueDeadLetterCause;
import dev.polyproc.v1.QueueDelivery;
import dev.polyproc.v1.QueueItemDetails;
import dev.polyproc.v1.QueueItemOptions;
import dev.polyproc.v1.Ref;
import dev.polyproc.v1.Value;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/** An item of a queue as the model sees it. */
final class ModelQueueItem {
  /** From head to tail. */
  static final Comparator<ModelQueueItem> ORDER =
      Comparator.<ModelQueueItem>comparingInt(item -> item.priority)
          .thenComparingLong(item -> item.atHead ? -item.number : item.number);

  /** As delays end. */
  static final Comparator<ModelQueueItem> BY_DELAY =
      Comparator.<ModelQueueItem>comparingLong(item -> item.first)
          .thenComparingLong(item -> item.number);

  final Value value;
  final QueueItemOptions options;

  /** How it became a dead letter, and from which queue; null where it is none. */
  final @Nullable QueueDeadLetter letter;

  final @Nullable ModelQueue origin;

  int priority;
  boolean atHead;
  long number;
  Numbered place = new Numbered(Numbered.PLACE);
  int attempts;

  /** When it can first be got. */
  long first;

  /** When its time to live is over. */
  long expires = ModelCall.NEVER;

  /** Where it is out, since when it is. */
  long since;

  /** Who had it last. */
  @Nullable String consumer;

  private @Nullable String consumerBefore;

  ModelQueueItem(Value value, QueueItemOptions options) {
    this(value, options, null, null);
  }

  private ModelQueueItem(
      Value value,
      QueueItemOptions options,
      @Nullable QueueDeadLetter letter,
      @Nullable ModelQueue origin) {
    this.value = value;
    this.options = options;
    this.letter = letter;
    this.origin = origin;
  }

  void handedOut(String owner) {
    attempts++;
    consumerBefore = consumer;
    consumer = owner;
  }

  /** It is as it was before. */
  void notHandedOut() {
    attempts--;
    consumer = consumerBefore;
  }

  /** The dead letter that it becomes when it leaves a queue. */
  ModelQueueItem letter(ModelQueue from, QueueDeadLetterCause cause) {
    QueueDeadLetter.Builder details =
        QueueDeadLetter.newBuilder()
            .setOrigin(from.ref())
            .setAttempts(attempts)
            .setCause(cause)
            .setFirst(timestamp(first))
            .setLast(timestamp(from.model.now()));
    if (consumer != null) {
      details.setLastConsumer(Party.newBuilder().setOwner(consumer));
    }
    return new ModelQueueItem(value, options, details.build(), from);
  }

  /** The same once more, as it goes back to where it comes from. */
  ModelQueueItem anew() {
    return new ModelQueueItem(value, options);
  }

  String key() {
    return options.getKey();
  }

  String uniqueKey() {
    return options.getUniqueKey();
  }

  boolean isOptional() {
    return !options.equals(QueueItemOptions.getDefaultInstance());
  }

  /** How it is handed out, but for its number. */
  QueueDelivery delivery() {
    QueueDelivery.Builder delivery = QueueDelivery.newBuilder().setItem(value).setAttempt(attempts);
    if (isOptional()) {
      delivery.setOptions(options);
    }
    if (letter != null) {
      delivery.setDeadLetter(letter);
    }
    return delivery.build();
  }

  QueueItemDetails details() {
    QueueItemDetails.Builder details =
        QueueItemDetails.newBuilder().setAttempts(attempts).setFirst(timestamp(first));
    if (isOptional()) {
      details.setOptions(options);
    }
    if (letter != null) {
      details.setDeadLetter(letter);
    }
    if (expires != ModelCall.NEVER) {
      details.setExpires(timestamp(expires));
    }
    return details.build();
  }

  static long nanos(Duration duration) {
    return duration.getSeconds() * 1_000_000_000L + duration.getNanos();
  }

  private static Timestamp timestamp(long nanos) {
    return Timestamp.newBuilder()
        .setSeconds(Math.floorDiv(nanos, 1_000_000_000L))
        .setNanos((int) Math.floorMod(nanos, 1_000_000_000L))
        .build();
  }

  /** Letters are told apart by what they say of refs: without what only the engine knows. */
  static QueueDeadLetter plain(QueueDeadLetter letter) {
    Ref origin = letter.getOrigin().toBuilder().clearIncarnation().build();
    QueueDeadLetter.Builder plain = letter.toBuilder().setOrigin(origin);
    if (letter.hasLastConsumer()) {
      plain.setLastConsumer(Party.newBuilder().setOwner(letter.getLastConsumer().getOwner()));
    }
    return plain.build();
  }
}
