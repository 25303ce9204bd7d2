package dev.polyproc.client;

import dev.polyproc.client.internal.pool.Runner;
import dev.polyproc.files.Environment;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Takes tasks of a pool and runs them, with functions that it has by name.
 *
 * <pre>{@code
 * public static void main(String[] arguments) throws InterruptedException {
 *   Worker.builder().register("square", Long.class, x -> x * x).run();
 * }
 * }</pre>
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>What a function throws, whatever it is, is the task's failure: its class, its message and
 *       its stack. So is a result that has no value, or that the daemon does not take.
 *   <li>A thread whose task is cancelled is interrupted, once, and no other task is. A process that
 *       the daemon has started is ended where that does not help within the pool's grace.
 *   <li>When it is closed, what it runs is finished, and said. When it dies, its tasks go to
 *       others.
 *   <li>It ends by itself when the daemon says that it is to retire, and when the pool is gone.
 * </ul>
 */
public final class Worker implements AutoCloseable {
  /** A function without arguments. */
  @FunctionalInterface
  public interface Function0 {
    /** What it returns has a value as {@link Task#of} says of arguments; null as Python's None. */
    @Nullable Object call() throws Exception;
  }

  /** A function of one argument. */
  @FunctionalInterface
  public interface Function1<A> {
    /** See {@link Function0#call}. */
    @Nullable Object call(A a) throws Exception;
  }

  /** A function of two arguments. */
  @FunctionalInterface
  public interface Function2<A, B> {
    /** See {@link Function0#call}. */
    @Nullable Object call(A a, B b) throws Exception;
  }

  /** A function of three arguments. */
  @FunctionalInterface
  public interface Function3<A, B, C> {
    /** See {@link Function0#call}. */
    @Nullable Object call(A a, B b, C c) throws Exception;
  }

  /** A function of any arguments, which knows what it is run for. */
  @FunctionalInterface
  public interface TaskFunction {
    /** See {@link Function0#call}. */
    @Nullable Object call(TaskRun run) throws Exception;
  }

  private final String pool;
  private final Runner runner;
  private final CompletableFuture<@Nullable Void> done;

  /**
   * @param afterwards ends what ends with the worker
   */
  Worker(String pool, Runner runner, Runnable afterwards) {
    this.pool = pool;
    this.runner = runner;
    this.done = runner.done().whenComplete((nothing, failure) -> afterwards.run());
  }

  /**
   * A worker of the pool that {@code POLYPROC_POOL} names, with a client of its own that finds the
   * daemon as {@link Polyproc#connect()} does: so is a program that the daemon starts.
   */
  public static WorkerBuilder builder() {
    return new WorkerBuilder(Environment.ofThisProcess()::get);
  }

  /** Completes when the worker has ended, with what ended it unless that was in order. */
  public CompletableFuture<@Nullable Void> done() {
    return done.copy();
  }

  /**
   * Takes no more tasks. Does not wait: {@link #done} says when those are finished that it runs.
   */
  @Override
  public void close() {
    runner.stop();
  }

  @Override
  public String toString() {
    String state = done.isDone() ? "ended" : runner.isStopped() ? "ending" : "running";
    return "Worker of pool '" + pool + "', " + state;
  }
}
