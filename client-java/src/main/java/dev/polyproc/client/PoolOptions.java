package dev.polyproc.client;

import dev.polyproc.client.internal.pool.Arguments;
import dev.polyproc.client.internal.wire.Durations;
import dev.polyproc.client.internal.wire.Fields;
import dev.polyproc.files.SystemPath;
import dev.polyproc.v1.EnvironmentVariable;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.PoolCreateRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The shape of a pool, for {@link Toolbox#pool(String, PoolOptions)}. Immutable: each method
 * answers other options.
 *
 * <pre>{@code
 * PoolOptions fourWorkers =
 *     PoolOptions.DEFAULTS
 *         .workers(4, "java", "-cp", "app.jar", "com.example.Workers")
 *         .taskTimeout(Duration.ofMinutes(5));
 * }</pre>
 */
public final class PoolOptions {
  /** Workers come by themselves; a task is run three times at most, and for as long as it takes. */
  public static final PoolOptions DEFAULTS =
      new PoolOptions(PoolCreateRequest.getDefaultInstance());

  private final PoolCreateRequest shape;

  private PoolOptions(PoolCreateRequest shape) {
    this.shape = shape;
  }

  private static PoolOptions of(PoolCreateRequest.Builder shape) {
    return new PoolOptions(shape.build());
  }

  /**
   * The daemon starts so many processes as workers, and another one for each that ends.
   *
   * @param workers how many; 0: none until {@link PolyPool#resize}
   * @param command the program, which the daemon looks up in its own path
   * @param arguments its arguments
   */
  public PoolOptions workers(int workers, String command, String... arguments) {
    return of(
        shape.toBuilder()
            .setWorkers(counted("workers", workers))
            .setCommand(Objects.requireNonNull(command))
            .clearArguments()
            .addAllArguments(List.of(arguments)));
  }

  /** A variable of the workers, on top of the daemon's own environment. */
  public PoolOptions environment(String name, String value) {
    return of(
        shape.toBuilder()
            .addEnvironment(EnvironmentVariable.newBuilder().setName(name).setValue(value)));
  }

  /**
   * The workers' working folder.
   *
   * @throws IllegalArgumentException when its path is not UTF-8, as the daemon is told it in text
   */
  public PoolOptions folder(Path folder) {
    return of(shape.toBuilder().setFolder(SystemPath.tellable(folder.toAbsolutePath())));
  }

  /** A function that each worker has, and calls before it takes its first task. */
  public PoolOptions initializer(String function, Object... arguments) {
    return of(shape.toBuilder().setInitializer(new Arguments().call(function, List.of(arguments))));
  }

  /** How long a worker may take from its start to its first task; a minute by default. */
  public PoolOptions startTimeout(Duration timeout) {
    return of(shape.toBuilder().setStartTimeout(Durations.of(timeout)));
  }

  /** How often a task is run at most, where its workers die. */
  public PoolOptions attempts(int attempts) {
    return of(shape.toBuilder().setAttempts(counted("attempts", attempts)));
  }

  /** How long a run may take; then it is over, and a process that runs it is ended. */
  public PoolOptions taskTimeout(Duration timeout) {
    return of(shape.toBuilder().setTaskTimeout(Durations.of(timeout)));
  }

  /** After so many tasks a worker is replaced; 0: never. */
  public PoolOptions tasksPerWorker(int tasks) {
    return of(shape.toBuilder().setTasksPerWorker(counted("tasks", tasks)));
  }

  /** Starts workers as tasks come, and ends those that had none for so long. */
  public PoolOptions idleTimeout(Duration timeout) {
    return of(shape.toBuilder().setIdleTimeout(Durations.of(timeout)));
  }

  /** How many tasks wait at most; who submits more waits. 0: up to the daemon's limit. */
  public PoolOptions maxTasks(int tasks) {
    return of(shape.toBuilder().setMaxTasks(counted("tasks", tasks)));
  }

  /** How many tasks of one {@link Task#key} run at the same time; 0: any number. */
  public PoolOptions maxRunsPerKey(int most) {
    return of(shape.toBuilder().setMaxRunsPerKey(counted("runs of a key", most)));
  }

  /** How long a worker has to end a run that was cancelled; 5 seconds by default. */
  public PoolOptions grace(Duration grace) {
    return of(shape.toBuilder().setGrace(Durations.of(grace)));
  }

  /** How many workers may fail to start, one after the other, before the pool is broken. */
  public PoolOptions maxFailedStarts(int starts) {
    return of(shape.toBuilder().setMaxFailedStarts(counted("starts", starts)));
  }

  /** Lives so long; with it go its jobs, and the workers that the daemon started. */
  public PoolOptions lifetime(Lifetime lifetime) {
    return of(shape.toBuilder().setLifetime(lifetime));
  }

  PoolCreateRequest named(String name) {
    return shape.toBuilder().setPool(name).build();
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
    return other instanceof PoolOptions options && shape.equals(options.shape);
  }

  @Override
  public int hashCode() {
    return shape.hashCode();
  }

  /** The fields that were given, but neither arguments nor variables, which may be secrets. */
  @Override
  public String toString() {
    return "PoolOptions {"
        + Fields.of(
            shape.toBuilder().clearArguments().clearEnvironment().clearInitializer().build())
        + "}";
  }
}
