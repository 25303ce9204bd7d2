package dev.polyproc.client;

import dev.polyproc.client.internal.wire.Durations;
import dev.polyproc.client.internal.wire.Fields;
import dev.polyproc.v1.QueueItemOptions;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.StringJoiner;
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
  public static final ItemOptions NONE =
      new ItemOptions(QueueItemOptions.getDefaultInstance(), null, null);

  /** Without a delay where there is {@link #at}, or a time to live where {@link #expiresAt} is. */
  private final QueueItemOptions options;

  private final @Nullable Instant at;
  private final @Nullable Instant expiresAt;

  private ItemOptions(QueueItemOptions options, @Nullable Instant at, @Nullable Instant expiresAt) {
    this.options = options;
    this.at = at;
    this.expiresAt = expiresAt;
  }

  static ItemOptions of(QueueItemOptions options) {
    return options.equals(NONE.options) ? NONE : new ItemOptions(options, null, null);
  }

  private ItemOptions with(QueueItemOptions.Builder others) {
    return with(others, at, expiresAt);
  }

  private static ItemOptions with(
      QueueItemOptions.Builder options, @Nullable Instant at, @Nullable Instant expiresAt) {
    return new ItemOptions(options.build(), at, expiresAt);
  }

  /** Lower ones are handed out first; only of a queue {@link QueueOptions#byPriority}. */
  public ItemOptions priority(int priority) {
    return with(options.toBuilder().setPriority(priority));
  }

  /** Cannot be got before so long, from when there is room for it; instead of {@link #at}. */
  public ItemOptions delay(Duration delay) {
    return with(options.toBuilder().setDelay(Durations.of(delay)), null, expiresAt);
  }

  /**
   * Cannot be got before that instant; instead of {@link #delay}. One that is not in the future
   * means at once.
   *
   * <p>Each put makes a delay of it when it is called, by the clock of the machine that it runs on:
   * where another machine's clock differs, so does what it takes for that instant. What holds the
   * put up afterwards, a broken connection or a full queue, makes it later by as much. Items of one
   * {@code putMany} stay in their order; of several puts for one instant, any may come first. An
   * embedded daemon's virtual time does not move that clock: take {@link #delay} there.
   */
  public ItemOptions at(Instant instant) {
    return with(options.toBuilder().clearDelay(), Objects.requireNonNull(instant), expiresAt);
  }

  /** Can be got for so long, from when it first can; instead of {@link #expiresAt}. */
  public ItemOptions timeToLive(Duration time) {
    return with(options.toBuilder().setTimeToLive(Durations.of(time)), at, null);
  }

  /**
   * Can be got until that instant; instead of {@link #timeToLive}. Each put makes a time to live of
   * it when it is called, as {@link #at} says, from when the item can first be got.
   *
   * <p>A put of what could never be got, as that instant is past, or before the end of its delay,
   * throws {@code IllegalArgumentException} and puts nothing; {@code putMany} then puts none. What
   * is put again later, such as a dead letter that is redriven, can be got for as long once more.
   */
  public ItemOptions expiresAt(Instant instant) {
    return with(options.toBuilder().clearTimeToLive(), at, Objects.requireNonNull(instant));
  }

  /**
   * Is refused while an item of the same text is there or out, and for the queue's {@link
   * QueueOptions#uniqueWindow}. Without that it is free again as soon as the item is finished.
   */
  public ItemOptions uniqueKey(String key) {
    return with(options.toBuilder().setUniqueKey(Objects.requireNonNull(key)));
  }

  /** Belongs to that key, for {@link QueueOptions#maxOutPerKey} and {@link QueueOptions#fair}. */
  public ItemOptions key(String key) {
    return with(options.toBuilder().setKey(Objects.requireNonNull(key)));
  }

  /** So many items of its key are handed out in its turn; only of a queue that is {@code fair}. */
  public ItemOptions weight(int weight) {
    if (weight < 0) {
      throw new IllegalArgumentException("Expected a weight from 0 up, but it is " + weight);
    }
    return with(options.toBuilder().setWeight(weight));
  }

  /** The priority; 0 where none was given. */
  public int priority() {
    return options.getPriority();
  }

  /** The delay; zero where none was given. */
  public Duration delay() {
    return Durations.of(options.getDelay());
  }

  /** The instant before which it cannot be got; null where none was given. */
  public @Nullable Instant at() {
    return at;
  }

  /** The instant until which it can be got; null where none was given. */
  public @Nullable Instant expiresAt() {
    return expiresAt;
  }

  /** The time to live; null where none was given. */
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

  /** As the contract has it of a put that is called at that instant. */
  QueueItemOptions message(Instant now) {
    if (at == null && expiresAt == null) {
      return options;
    }
    QueueItemOptions.Builder told = options.toBuilder();
    if (at != null && at.isAfter(now)) {
      told.setDelay(Durations.of(Duration.between(now, at)));
    }
    if (expiresAt != null) {
      Duration delay = Durations.of(told.getDelay());
      told.setTimeToLive(Durations.of(left(expiresAt, now, delay)));
    }
    return told.build();
  }

  /** For how long it can be got. */
  private static Duration left(Instant end, Instant now, Duration delay) {
    Duration time = Duration.between(now, end);
    if (!delay.isNegative()) { // which the daemon refuses
      time = time.minus(delay);
    }
    if (time.isNegative() || time.isZero()) {
      throw new IllegalArgumentException(
          "Expected an item to expire after it can first be got, but it is to expire at "
              + end
              + ", and is put at "
              + now
              + " with a delay of "
              + delay);
    }
    return time;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ItemOptions another
        && options.equals(another.options)
        && Objects.equals(at, another.at)
        && Objects.equals(expiresAt, another.expiresAt);
  }

  @Override
  public int hashCode() {
    return Objects.hash(options, at, expiresAt);
  }

  /** The fields that were given, as the contract names them, and the instants. */
  @Override
  public String toString() {
    StringJoiner given = new StringJoiner(", ", "ItemOptions {", "}");
    if (!options.equals(NONE.options)) {
      given.add(Fields.of(options));
    }
    if (at != null) {
      given.add("at: " + at);
    }
    if (expiresAt != null) {
      given.add("expires_at: " + expiresAt);
    }
    return given.toString();
  }
}
