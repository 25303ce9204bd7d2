package dev.polyproc.client;

import dev.polyproc.client.internal.wire.Durations;
import dev.polyproc.v1.PoolTask;
import java.time.Duration;
import java.util.Objects;
import java.util.function.LongConsumer;

/**
 * How a pool's {@code map} and its like do their calls. Immutable: each method answers other
 * options.
 */
public final class MapOptions {
  /**
   * As many calls a task as Python's pool has of them: for {@code map} a quarter of what each
   * worker gets, for {@code imap} one. At most 1000 tasks at a time.
   */
  public static final MapOptions DEFAULTS =
      new MapOptions(0, 1000, PoolTask.getDefaultInstance(), done -> {});

  private final int chunk;
  private final int ahead;
  private final PoolTask task;
  private final LongConsumer progress;

  private MapOptions(int chunk, int ahead, PoolTask task, LongConsumer progress) {
    this.chunk = chunk;
    this.ahead = ahead;
    this.task = task;
    this.progress = progress;
  }

  private static int positive(String what, int number) {
    if (number < 1) {
      throw new IllegalArgumentException("Expected at least one " + what + ", but it is " + number);
    }
    return number;
  }

  /**
   * So many calls are one task. More than one only where all workers are {@link Worker}s: others do
   * not know what such a task is. Where its worker dies, all of them are lost.
   */
  public MapOptions chunk(int calls) {
    return new MapOptions(positive("call", calls), ahead, task, progress);
  }

  /**
   * So many tasks are there at most whose results were not looked at: inputs are asked for later.
   */
  public MapOptions lookAhead(int tasks) {
    return new MapOptions(chunk, positive("task", tasks), task, progress);
  }

  /** Of a lower priority are run first, which is 0 otherwise. */
  public MapOptions priority(int priority) {
    return with(task.toBuilder().setPriority(priority));
  }

  /** Each task is done within so long from when it is submitted, or not at all. */
  public MapOptions timeToLive(Duration timeToLive) {
    return with(task.toBuilder().setTimeToLive(Durations.of(timeToLive)));
  }

  /** The tasks count for {@link PoolOptions#maxRunsPerKey}. */
  public MapOptions key(String key) {
    return with(task.toBuilder().setKey(key));
  }

  private MapOptions with(PoolTask.Builder other) {
    return new MapOptions(chunk, ahead, other.build(), progress);
  }

  /**
   * Is told how many calls are done, whenever a task is; by {@code map} and its twin. It runs where
   * what depends on futures does, may be called by several threads at once, and to throw ends the
   * map.
   */
  public MapOptions onProgress(LongConsumer listener) {
    return new MapOptions(chunk, ahead, task, Objects.requireNonNull(listener));
  }

  /** How many calls a task has; by Python's rule unless it was said. */
  int chunk(int calls, int workers) {
    if (chunk > 0) {
      return chunk;
    }
    long quarters = 4L * Math.max(1, workers);
    return (int) Math.max(1, (calls + quarters - 1) / quarters);
  }

  /** Whether {@link #chunk(int)} was said. */
  boolean hasChunk() {
    return chunk > 0;
  }

  int chunkOrOne() {
    return Math.max(1, chunk);
  }

  int lookAhead() {
    return ahead;
  }

  PoolTask task() {
    return task;
  }

  LongConsumer progress() {
    return progress;
  }
}
