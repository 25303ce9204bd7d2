package dev.polyproc.client;

import dev.polyproc.client.internal.pool.Arguments;
import dev.polyproc.client.internal.wire.Durations;
import dev.polyproc.v1.PoolTask;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;

/**
 * A function that workers have, and what it is to be called with. Immutable. It is a {@code
 * Callable} for the executors of {@link PolyPool#executor}, which run it in a worker.
 *
 * <pre>{@code
 * Task<Long> square = Task.of("square", Long.class, 7);
 * }</pre>
 *
 * @param <R> what it returns
 */
public final class Task<R> implements Callable<R> {
  private final Codec<R> codec;
  private final PoolTask message;

  private Task(Codec<R> codec, PoolTask message) {
    this.codec = codec;
    this.message = message;
  }

  /**
   * A task that returns one of Java's own types; see {@link Codec#of}.
   *
   * @param function its name, by which workers have registered it
   * @param arguments each of a type that {@link Codec} lists; what {@code Object} does not, such as
   *     a record, only as an argument itself and not within a list. Null as Python's None
   */
  public static <R> Task<R> of(String function, Class<R> result, Object... arguments) {
    return of(function, Codec.of(result), Arrays.asList(arguments));
  }

  /** {@link #of(String, Class, Object...)}, of any type of result. */
  public static <R> Task<R> of(String function, Codec<R> result, List<?> arguments) {
    return new Task<>(
        result,
        PoolTask.newBuilder().setCall(new Arguments().call(function(function), arguments)).build());
  }

  static String function(String function) {
    if (Objects.requireNonNull(function, "Expected a function's name, but it is null").isEmpty()) {
      throw new IllegalArgumentException("Expected a function's name, but it is empty");
    }
    return function;
  }

  /** The same; those of a lower priority are run first, which is 0 otherwise. */
  public Task<R> priority(int priority) {
    return new Task<>(codec, message.toBuilder().setPriority(priority).build());
  }

  /** The same, which is done within so long from when it is submitted, or not at all. */
  public Task<R> timeToLive(Duration timeToLive) {
    return new Task<>(codec, message.toBuilder().setTimeToLive(Durations.of(timeToLive)).build());
  }

  /** The same, which counts for {@link PoolOptions#maxRunsPerKey}. */
  public Task<R> key(String key) {
    return new Task<>(codec, message.toBuilder().setKey(key).build());
  }

  Codec<R> codec() {
    return codec;
  }

  PoolTask message() {
    return message;
  }

  /**
   * Refuses: it is run by workers only.
   *
   * @throws IllegalStateException always
   */
  @Override
  public R call() {
    throw new IllegalStateException(
        "Expected a task to be given to a pool or its executor, but '"
            + message.getCall().getFunction()
            + "' is called here");
  }

  /** The function; not its arguments, which may be secrets. */
  @Override
  public String toString() {
    return "Task '" + message.getCall().getFunction() + "'";
  }
}
