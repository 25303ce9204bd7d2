package dev.polyproc.client;

import dev.polyproc.client.internal.wire.Durations;
import dev.polyproc.v1.QueueItemOptions;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How a queue treats an item, for {@link PolyQueue#put(Object, ItemOptions)} and its like.
 * Immutable: the methods with an argument answer other options.
 *
 * <pre>{@code
 * jobs.put(job, ItemOptions.NONE.delay(Duration.ofMinutes(5)).uniqueKey(job.id()));
 * }</pre>
 */
public final class ItemOptions {
  /** As an item is put without any. */
  public static final ItemOptions NONE = new ItemOptions(QueueItemOptions.getDefaultInstance());

  private final QueueItemOptions options;

  private ItemOptions(QueueItemOptions options) {
    this.options = options;
  }

  static ItemOptions of(QueueItemOptions options) {
    return options.equals(NONE.options) ? NONE : new ItemOptions(options);
  }

  private static ItemOptions of(QueueItemOptions.Builder options) {
    return of(options.build());
  }

  /** Lower ones are handed out first; only of a queue {@link QueueOptions#byPriority}. */
  public ItemOptions priority(int priority) {
    return of(options.toBuilder().setPriority(priority));
  }

  /** Cannot be got before so long, from when there is room for it. */
  public ItemOptions delay(Duration delay) {
    return of(options.toBuilder().setDelay(Durations.of(delay)));
  }

  /** Can be got for so long, from when it first can. */
  public ItemOptions timeToLive(Duration time) {
    return of(options.toBuilder().setTimeToLive(Durations.of(time)));
  }

  /**
   * Is refused while an item of the same text is there or out, and for the queue's {@link
   * QueueOptions#uniqueWindow}. Without that it is free again as soon as the item is finished.
   */
  public ItemOptions uniqueKey(String key) {
    return of(options.toBuilder().setUniqueKey(Objects.requireNonNull(key)));
  }

  /** Belongs to that key, for {@link QueueOptions#maxOutPerKey} and {@link QueueOptions#fair}. */
  public ItemOptions key(String key) {
    return of(options.toBuilder().setKey(Objects.requireNonNull(key)));
  }

  /** So many items of its key are handed out in its turn; only of a queue that is {@code fair}. */
  public ItemOptions weight(int weight) {
    if (weight < 0) {
      throw new IllegalArgumentException("Expected a weight from 0 up, but it is " + weight);
    }
    return of(options.toBuilder().setWeight(weight));
  }

  /** The priority; 0 where none was given. */
  public int priority() {
    return options.getPriority();
  }

  /** The delay; zero where none was given. */
  public Duration delay() {
    return Durations.of(options.getDelay());
  }

  /** The time to live; null where it is not limited. */
  public @Nullable Duration timeToLive() {
    return options.hasTimeToLive() ? Durations.of(options.getTimeToLive()) : null;
  }

  /** The unique key; empty where none was given. */
  public String uniqueKey() {
    return options.getUniqueKey();
  }

  /** The key; empty where none was given. */
  public String key() {
    return options.getKey();
  }

  /** The weight; 0 where none was given. */
  public int weight() {
    return options.getWeight();
  }

  QueueItemOptions message() {
    return options;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ItemOptions another && options.equals(another.options);
  }

  @Override
  public int hashCode() {
    return options.hashCode();
  }

  /** The fields that were given, as the contract names them. */
  @Override
  public String toString() {
    return "ItemOptions {" + options.toString().strip().replaceAll("\\s*\\n\\s*", ", ") + "}";
  }
}
