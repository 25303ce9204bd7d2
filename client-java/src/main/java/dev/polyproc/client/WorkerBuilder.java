package dev.polyproc.client;

import dev.polyproc.client.internal.pool.Function;
import dev.polyproc.client.internal.pool.Run;
import dev.polyproc.client.internal.pool.Runner;
import dev.polyproc.client.internal.request.Requestor;
import dev.polyproc.client.internal.wire.Errors;
import dev.polyproc.files.Setting;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** What a {@link Worker} is to be. Not for several threads at once. */
public final class WorkerBuilder {
  private final Map<String, Function> functions = new LinkedHashMap<>();
  private final Set<Class<? extends Throwable>> retried = new HashSet<>();
  private @Nullable String pool;
  private @Nullable Polyproc client;
  private int threads = 1;
  private int ahead = 15;

  WorkerBuilder(UnaryOperator<@Nullable String> environment) {
    this.pool = Setting.named(environment, "POLYPROC_POOL");
  }

  /** The name of the pool, in place of that in {@code POLYPROC_POOL}. */
  public WorkerBuilder pool(String name) {
    this.pool = Objects.requireNonNull(name);
    return this;
  }

  /**
   * The client to take tasks by, which stays open, in place of one of the worker's own. One that
   * submits tasks of the same pool had better have another worker: where the pool is full, and many
   * calls wait for room, there is none for a worker's.
   */
  public WorkerBuilder client(Polyproc client) {
    this.client = Objects.requireNonNull(client);
    return this;
  }

  /** So many threads run tasks; 1 by default. */
  public WorkerBuilder threads(int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("Expected at least one thread, but it is " + threads);
    }
    this.threads = threads;
    return this;
  }

  /**
   * Each thread takes so many tasks at most, 15 by default, beside the one that it begins with,
   * where those before took no more than some milliseconds together: it spares calls. What waits
   * behind a task that takes longer is given back, and was no attempt; where the worker dies, it
   * was one. 0: none.
   */
  public WorkerBuilder takeAhead(int tasks) {
    if (tasks < 0) {
      throw new IllegalArgumentException(
          "Expected a number of tasks from 0 up, but it is " + tasks);
    }
    this.ahead = tasks;
    return this;
  }

  /**
   * A task whose function throws one of these is run again, as long as it has attempts; others fail
   * with what they throw.
   */
  @SafeVarargs
  public final WorkerBuilder retryOn(Class<? extends Throwable>... thrown) {
    retried.addAll(List.of(thrown));
    return this;
  }

  /** Has a function without arguments. */
  public WorkerBuilder register(String name, Worker.Function0 function) {
    return add(name, run -> require(run, 0, function).call());
  }

  /** Has a function of one argument, of one of Java's own types; see {@link Codec#of}. */
  public <A> WorkerBuilder register(String name, Class<A> a, Worker.Function1<A> function) {
    Codec<A> first = Codec.of(a);
    return add(name, run -> require(run, 1, function).call(argument(run, 0, first)));
  }

  /** Has a function of two arguments. */
  public <A, B> WorkerBuilder register(
      String name, Class<A> a, Class<B> b, Worker.Function2<A, B> function) {
    Codec<A> first = Codec.of(a);
    Codec<B> second = Codec.of(b);
    return add(
        name,
        run -> require(run, 2, function).call(argument(run, 0, first), argument(run, 1, second)));
  }

  /** Has a function of three arguments. */
  public <A, B, C> WorkerBuilder register(
      String name, Class<A> a, Class<B> b, Class<C> c, Worker.Function3<A, B, C> function) {
    Codec<A> first = Codec.of(a);
    Codec<B> second = Codec.of(b);
    Codec<C> third = Codec.of(c);
    return add(
        name,
        run ->
            require(run, 3, function)
                .call(argument(run, 0, first), argument(run, 1, second), argument(run, 2, third)));
  }

  /** Has a function of any arguments, which is given the task that it is run for. */
  public WorkerBuilder registerTask(String name, Worker.TaskFunction function) {
    Objects.requireNonNull(function);
    return add(name, run -> function.call(new TaskRun(run)));
  }

  private static <F> F require(Run run, int count, F function) {
    if (run.arguments().size() != count) {
      throw new IllegalArgumentException(
          "Expected "
              + count
              + (count == 1 ? " argument" : " arguments")
              + ", but there are "
              + run.arguments().size());
    }
    return function;
  }

  private static <A> A argument(Run run, int index, Codec<A> codec) {
    return codec.decode(run.arguments().get(index));
  }

  private WorkerBuilder add(String name, Function function) {
    if (functions.putIfAbsent(Task.function(name), function) != null) {
      throw new IllegalArgumentException(
          "Expected one function of a name, but there are two of '" + name + "'");
    }
    return this;
  }

  /**
   * Calls the pool's initializer, if it has one, and takes tasks on threads of the worker's own.
   *
   * @throws IllegalStateException when no pool was named, or the initializer failed
   * @throws PolyprocException when there is no such pool
   */
  public Worker start() {
    String name = pool;
    if (name == null || name.isEmpty()) {
      throw new IllegalStateException(
          "Expected the pool's name, but neither pool(name) nor POLYPROC_POOL says it");
    }
    Polyproc given = client;
    Polyproc used =
        given == null ? Polyproc.builder().clientName("worker of " + name).connect() : given;
    Runnable afterwards = given == null ? used::close : () -> {};
    try {
      PolyPool its = used.existingPool(name);
      Requestor requestor = its.requestor;
      Runner runner = new Runner(requestor, name, functions, this::isRetried, threads, ahead);
      runner.start();
      return new Worker(name, runner, afterwards);
    } catch (RuntimeException | Error e) {
      afterwards.run();
      throw e;
    }
  }

  private boolean isRetried(Throwable thrown) {
    return retried.stream().anyMatch(type -> type.isInstance(thrown));
  }

  /**
   * {@link #start}, and waits until the worker has ended. An interrupt has it take no more tasks.
   *
   * @throws SessionLostException when the daemon is lost
   */
  public void run() throws InterruptedException {
    Worker worker = start();
    CompletableFuture<@Nullable Void> done = worker.done();
    try {
      done.get();
    } catch (InterruptedException e) {
      worker.close();
      throw e;
    } catch (ExecutionException e) {
      throw Errors.thrown(e.getCause());
    }
  }

  /** The functions that were registered. */
  @Override
  public String toString() {
    return "WorkerBuilder of " + functions.keySet();
  }
}
