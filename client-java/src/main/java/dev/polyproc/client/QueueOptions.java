package dev.polyproc.client;

import dev.polyproc.client.internal.wire.Durations;
import dev.polyproc.client.internal.wire.Fields;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.QueueCreateRequest;
import dev.polyproc.v1.QueueOrder;
import dev.polyproc.v1.QueueUnfinished;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The shape of a queue, for {@link Toolbox#queue(String, Codec, QueueOptions)}. Immutable: each
 * method answers other options.
 *
 * <pre>{@code
 * QueueOptions jobs = QueueOptions.DEFAULTS.maxsize(1000).maxAttempts(3, "jobs-dead");
 * }</pre>
 */
public final class QueueOptions {
  /** First in, first out, and up to the daemon's limit; nothing more. */
  public static final QueueOptions DEFAULTS =
      new QueueOptions(QueueCreateRequest.getDefaultInstance());

  private final QueueCreateRequest shape;

  private QueueOptions(QueueCreateRequest shape) {
    this.shape = shape;
  }

  private static QueueOptions of(QueueCreateRequest.Builder shape) {
    return new QueueOptions(shape.build());
  }

  /** Holds so many items at most, delayed ones included, reserved ones not; 0: up to the limit. */
  public QueueOptions maxsize(int maxsize) {
    return of(shape.toBuilder().setMaxsize(counted("items", maxsize)));
  }

  /** Lives so long. */
  public QueueOptions lifetime(Lifetime lifetime) {
    return of(shape.toBuilder().setLifetime(lifetime));
  }

  /**
   * An item that came back so often goes to another queue, which is there.
   *
   * @param attempts how often it is handed out at most
   * @param deadLetterQueue the name of the other queue
   */
  public QueueOptions maxAttempts(int attempts, String deadLetterQueue) {
    return of(
        shape.toBuilder()
            .setMaxAttempts(counted("attempts", attempts))
            .setDeadLetterQueue(Objects.requireNonNull(deadLetterQueue)));
  }

  /** Items that are given up go to another queue, which is there. */
  public QueueOptions deadLetterQueue(String name) {
    return of(shape.toBuilder().setDeadLetterQueue(Objects.requireNonNull(name)));
  }

  /** Items whose time to live is over go to the dead-letter queue, too, rather than away. */
  public QueueOptions deadLetterExpired() {
    return of(shape.toBuilder().setDeadLetterExpired(true));
  }

  /** Last in, first out: a stack. */
  public QueueOptions lifo() {
    return order(QueueOrder.QUEUE_ORDER_LIFO);
  }

  /** Items of the lowest {@link ItemOptions#priority} first; of one, first in, first out. */
  public QueueOptions byPriority() {
    return order(QueueOrder.QUEUE_ORDER_PRIORITY);
  }

  /** Hands items out in that order. */
  public QueueOptions order(QueueOrder order) {
    return of(shape.toBuilder().setOrder(order));
  }

  /**
   * Counts unfinished items, for {@link JoinablePolyQueue}. What a client took and did not finish
   * comes back when its session ends.
   */
  public QueueOptions joinable() {
    return unfinished(QueueUnfinished.QUEUE_UNFINISHED_RETURN);
  }

  /** Counts unfinished items, and does so with those of a session that ends. */
  public QueueOptions unfinished(QueueUnfinished unfinished) {
    return of(shape.toBuilder().setUnfinished(unfinished));
  }

  /**
   * An item's {@link ItemOptions#uniqueKey} stays taken at least so long, from its put on, whatever
   * becomes of the item.
   */
  public QueueOptions uniqueWindow(Duration window) {
    return of(shape.toBuilder().setUniqueWindow(Durations.of(window)));
  }

  /**
   * At most so many items of one {@link ItemOptions#key} are out at the same time; 0: any number.
   */
  public QueueOptions maxOutPerKey(int most) {
    return of(shape.toBuilder().setMaxOutPerKey(counted("items of a key", most)));
  }

  /** The keys of items take turns, as {@link ItemOptions#weight} says. */
  public QueueOptions fair() {
    return of(shape.toBuilder().setFair(true));
  }

  QueueCreateRequest named(String name) {
    return shape.toBuilder().setQueue(name).build();
  }

  private static int counted(String what, int count) {
    if (count < 0) {
      throw new IllegalArgumentException(
          "Expected a number of " + what + " from 0 up, but it is " + count);
    }
    return count;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof QueueOptions options && shape.equals(options.shape);
  }

  @Override
  public int hashCode() {
    return shape.hashCode();
  }

  /** The fields that were given, as the contract names them. */
  @Override
  public String toString() {
    return "QueueOptions {" + Fields.of(shape) + "}";
  }
}
