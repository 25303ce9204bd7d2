package dev.polyproc.client;

import com.google.protobuf.Duration;
import dev.polyproc.client.internal.pool.Arguments;
import dev.polyproc.client.internal.pool.Inputs;
import dev.polyproc.client.internal.pool.Mapping;
import dev.polyproc.client.internal.pool.Outcomes;
import dev.polyproc.client.internal.pool.PoolRequests;
import dev.polyproc.client.internal.pool.Stepping;
import dev.polyproc.client.internal.pool.Submissions;
import dev.polyproc.client.internal.request.Requestor;
import dev.polyproc.client.internal.wire.Errors;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.PoolCreateJobRequest;
import dev.polyproc.v1.PoolCreateRequest;
import dev.polyproc.v1.PoolGetRequest;
import dev.polyproc.v1.PoolGetResponse;
import dev.polyproc.v1.PoolJoinRequest;
import dev.polyproc.v1.PoolJoinResponse;
import dev.polyproc.v1.PoolPauseRequest;
import dev.polyproc.v1.PoolQuietRequest;
import dev.polyproc.v1.PoolQuietResponse;
import dev.polyproc.v1.PoolResizeRequest;
import dev.polyproc.v1.PoolResumeRequest;
import dev.polyproc.v1.PoolShutdownRequest;
import dev.polyproc.v1.Ref;
import dev.polyproc.v1.Value;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * Tasks that wait for workers, which are programs in any language: Python's {@code Pool}, of named
 * functions. {@link #submit}, {@link #map} and their like are of this object alone; their tasks go
 * with the client. {@link #job} is for tasks that stay, and {@link #executor} is an {@code
 * ExecutorService}. The other side is a {@link Worker}.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>Every task has exactly one result: what its function returned, or a {@link
 *       TaskFailedException}. No wait for one lasts longer than it can come.
 *   <li>A task whose worker dies is run again, so that a function may be called more than once.
 *   <li>To cancel a future cancels its task: one that waits is not run, and of one that runs the
 *       worker is told, and is ended where it does not heed that. No other task is touched.
 *   <li>What depends on a future holds up no other result.
 * </ul>
 */
public final class PolyPool extends Handle {
  private final Arguments arguments = new Arguments();

  /** Made with the first task. */
  private @Nullable Submissions submissions; // guarded by this

  private PolyPool(Requestor requestor, Ref ref) {
    super(requestor, ref);
  }

  static PolyPool create(Requestor requestor, PoolCreateRequest shape) {
    return of(requestor, requestor.call(PoolRequests.CREATE, shape).getRef());
  }

  static PolyPool of(Requestor requestor, Ref ref) {
    return new PolyPool(requestor.meaning(ref), ref);
  }

  // One task.

  /**
   * Submits a task of this client; waits while many of them wait. A thread that is interrupted gets
   * a future that is cancelled.
   */
  public <R> CompletableFuture<R> submit(Task<R> task) {
    Codec<R> codec = task.codec();
    return submissions().submit(task.message(), result -> Outcomes.read(result, codec));
  }

  /**
   * Has a function called with arguments, and waits for what it returns. An interrupt cancels the
   * task.
   *
   * @throws TaskFailedException when it returns nothing
   */
  public <R> R apply(String function, Class<R> result, Object... arguments)
      throws InterruptedException {
    return await(applyAsync(function, result, arguments));
  }

  /** The twin of {@link #apply}. */
  public <R> CompletableFuture<R> applyAsync(
      String function, Class<R> result, Object... arguments) {
    return submit(Task.of(function, result, arguments));
  }

  private static <R> R await(CompletableFuture<R> future) throws InterruptedException {
    try {
      return future.get();
    } catch (InterruptedException e) {
      future.cancel(true);
      throw e;
    } catch (ExecutionException e) {
      throw Errors.thrown(e.getCause());
    }
  }

  private synchronized Submissions submissions() {
    Submissions known = submissions;
    if (known == null) {
      known = Submissions.of(requestor, name());
      submissions = known;
    }
    return known;
  }

  // Many calls.

  /**
   * Has a function called with each input, and waits for what it returns of all of them, in their
   * order. Several calls are one task; see {@link MapOptions}.
   *
   * @throws TaskFailedException of the first input whose call failed, when all others are done
   */
  public <R> List<R> map(String function, Class<R> result, Collection<?> inputs)
      throws InterruptedException {
    return await(mapAsync(function, result, inputs));
  }

  /** {@link #map(String, Class, Collection)}, of any type of result and as the options say. */
  public <R> List<R> map(String function, Codec<R> result, Collection<?> inputs, MapOptions options)
      throws InterruptedException {
    return await(mapAsync(function, result, inputs, options));
  }

  /** The twin of {@link #map(String, Class, Collection)}. */
  public <R> CompletableFuture<List<R>> mapAsync(
      String function, Class<R> result, Collection<?> inputs) {
    return mapAsync(function, Codec.of(result), inputs, MapOptions.DEFAULTS);
  }

  /** The twin of {@link #map(String, Codec, Collection, MapOptions)}. */
  public <R> CompletableFuture<List<R>> mapAsync(
      String function, Codec<R> result, Collection<?> inputs, MapOptions options) {
    return mapping(function, result, List.copyOf(inputs), this::single, options);
  }

  /** {@link #map(String, Class, Collection)}, where each input is a list of arguments. */
  public <R> List<R> starmap(String function, Class<R> result, Collection<? extends List<?>> inputs)
      throws InterruptedException {
    return await(starmapAsync(function, Codec.of(result), inputs, MapOptions.DEFAULTS));
  }

  /** {@link #starmap(String, Class, Collection)}, of any type of result and as the options say. */
  public <R> List<R> starmap(
      String function, Codec<R> result, Collection<? extends List<?>> inputs, MapOptions options)
      throws InterruptedException {
    return await(starmapAsync(function, result, inputs, options));
  }

  /** The twin of {@link #starmap(String, Codec, Collection, MapOptions)}. */
  public <R> CompletableFuture<List<R>> starmapAsync(
      String function, Codec<R> result, Collection<? extends List<?>> inputs, MapOptions options) {
    return mapping(function, result, List.copyOf(inputs), arguments::list, options);
  }

  private <I, R> CompletableFuture<List<R>> mapping(
      String function,
      Codec<R> codec,
      List<I> inputs,
      Function<? super I, Value> payload,
      MapOptions options) {
    int workers = options.hasChunk() || inputs.size() < 2 ? 1 : workers();
    int chunk = options.chunk(inputs.size(), workers);
    return new Mapping<>(
            submissions(),
            inputs(function, codec, inputs.iterator(), payload, chunk, options),
            options.lookAhead(),
            options.progress())
        .start();
  }

  /** How many workers there are, or are to be. */
  private int workers() {
    PoolGetResponse info = info();
    return Math.max(info.getWorkers(), info.getPresentWorkersCount());
  }

  private Value single(Object input) {
    return arguments.list(List.of(input));
  }

  private static <I, R> Inputs<R> inputs(
      String function,
      Codec<R> codec,
      Iterator<? extends I> inputs,
      Function<? super I, Value> payload,
      int chunk,
      MapOptions options) {
    Iterator<Value> payloads =
        StreamSupport.stream(
                Spliterators.spliteratorUnknownSize(inputs, Spliterator.ORDERED), false)
            .<Value>map(payload)
            .iterator();
    return new Inputs<>(Task.function(function), codec, options.task(), payloads, chunk);
  }

  /**
   * Has a function called with one input after the other, and hands out what it returns in their
   * order. Inputs may be endless: no more are asked for than {@link MapOptions#lookAhead} says.
   */
  public <R> MapResults<R> imap(String function, Class<R> result, Iterable<?> inputs) {
    return imap(function, Codec.of(result), inputs, MapOptions.DEFAULTS);
  }

  /** {@link #imap(String, Class, Iterable)}, of any type of result and as the options say. */
  public <R> MapResults<R> imap(
      String function, Codec<R> result, Iterable<?> inputs, MapOptions options) {
    return stepping(function, result, inputs, options, true);
  }

  /** {@link #imap(String, Class, Iterable)}, but in the order in which results come. */
  public <R> MapResults<R> imapUnordered(String function, Class<R> result, Iterable<?> inputs) {
    return imapUnordered(function, Codec.of(result), inputs, MapOptions.DEFAULTS);
  }

  /** {@link #imapUnordered(String, Class, Iterable)}, of any type and as the options say. */
  public <R> MapResults<R> imapUnordered(
      String function, Codec<R> result, Iterable<?> inputs, MapOptions options) {
    return stepping(function, result, inputs, options, false);
  }

  private <R> MapResults<R> stepping(
      String function, Codec<R> codec, Iterable<?> inputs, MapOptions options, boolean ordered) {
    return new MapResults<>(
        new Stepping<>(
            submissions(),
            inputs(function, codec, inputs.iterator(), this::single, options.chunkOrOne(), options),
            options.lookAhead(),
            ordered));
  }

  /**
   * An {@code ExecutorService} of tasks, {@link Task}s, that the pool's workers run. It is this
   * client's own: to shut it down leaves the pool as it is.
   */
  public PolyExecutor executor() {
    return new PolyExecutor(this, Submissions.of(requestor, name()));
  }

  // Jobs.

  /**
   * The pool's job of that name, which is made unless it is there. It stays until it is deleted, so
   * that whoever knows its name goes on with it.
   */
  public PolyJob job(String name) {
    return job(
        PoolCreateJobRequest.newBuilder()
            .setPool(name())
            .setJob(Toolbox.created("a job", name))
            .build());
  }

  /** A job of any lifetime, with a name or a generated one. */
  public PolyJob job(String name, Lifetime lifetime) {
    return job(
        PoolCreateJobRequest.newBuilder()
            .setPool(name())
            .setJob(name)
            .setLifetime(lifetime)
            .build());
  }

  /** What a call that creates says of an incarnation is of the job. */
  private PolyJob job(PoolCreateJobRequest request) {
    Requestor any = requestor.meaningAny();
    return PolyJob.of(any, any.call(PoolRequests.CREATE_JOB, request).getRef());
  }

  // The pool as a whole.

  /** The pool as it is: its tasks, its workers, whether it is broken and why. */
  public PoolGetResponse info() {
    return requestor.call(PoolRequests.GET, PoolGetRequest.newBuilder().setPool(name()).build());
  }

  /** The twin of {@link #info}. */
  public CompletableFuture<PoolGetResponse> infoAsync() {
    return requestor.async(
        PoolRequests.GET, PoolGetRequest.newBuilder().setPool(name()).build(), info -> info);
  }

  /** Hands out no tasks any more, until {@link #resume}. */
  public void pause() {
    requestor.call(PoolRequests.PAUSE, PoolPauseRequest.newBuilder().setPool(name()).build());
  }

  /** The twin of {@link #pause}. */
  public CompletableFuture<@Nullable Void> pauseAsync() {
    return requestor.async(
        PoolRequests.PAUSE, PoolPauseRequest.newBuilder().setPool(name()).build(), done -> null);
  }

  /** Hands out tasks again. */
  public void resume() {
    requestor.call(PoolRequests.RESUME, PoolResumeRequest.newBuilder().setPool(name()).build());
  }

  /** The twin of {@link #resume}. */
  public CompletableFuture<@Nullable Void> resumeAsync() {
    return requestor.async(
        PoolRequests.RESUME, PoolResumeRequest.newBuilder().setPool(name()).build(), done -> null);
  }

  /**
   * Has the workers that are there take no more tasks; those that the daemon keeps are replaced.
   *
   * @return how many workers that are
   */
  public int quiet() {
    return requestor
        .call(PoolRequests.QUIET, PoolQuietRequest.newBuilder().setPool(name()).build())
        .getWorkers();
  }

  /** The twin of {@link #quiet}. */
  public CompletableFuture<Integer> quietAsync() {
    return requestor.async(
        PoolRequests.QUIET,
        PoolQuietRequest.newBuilder().setPool(name()).build(),
        PoolQuietResponse::getWorkers);
  }

  /** Has the daemon keep so many workers. */
  public void resize(int workers) {
    requestor.call(PoolRequests.RESIZE, resizing(workers));
  }

  /** The twin of {@link #resize}. */
  public CompletableFuture<@Nullable Void> resizeAsync(int workers) {
    return requestor.async(PoolRequests.RESIZE, resizing(workers), done -> null);
  }

  private PoolResizeRequest resizing(int workers) {
    if (workers < 0) {
      throw new IllegalArgumentException(
          "Expected a number of workers from 0 up, but it is " + workers);
    }
    return PoolResizeRequest.newBuilder().setPool(name()).setWorkers(workers).build();
  }

  /**
   * Closes the pool, for all: it takes no more tasks. What is there is run, and then workers end.
   */
  public void shutdownForAll() {
    requestor.call(PoolRequests.SHUTDOWN, shuttingDown(false));
  }

  /** The twin of {@link #shutdownForAll}. */
  public CompletableFuture<@Nullable Void> shutdownForAllAsync() {
    return requestor.async(PoolRequests.SHUTDOWN, shuttingDown(false), done -> null);
  }

  /** Closes the pool, for all, and cancels what is there. */
  public void shutdownNowForAll() {
    requestor.call(PoolRequests.SHUTDOWN, shuttingDown(true));
  }

  /** The twin of {@link #shutdownNowForAll}. */
  public CompletableFuture<@Nullable Void> shutdownNowForAllAsync() {
    return requestor.async(PoolRequests.SHUTDOWN, shuttingDown(true), done -> null);
  }

  private PoolShutdownRequest shuttingDown(boolean immediate) {
    return PoolShutdownRequest.newBuilder().setPool(name()).setImmediate(immediate).build();
  }

  /**
   * Waits until no task waits or runs, of whichever client; of a pool that was shut down also until
   * the workers have ended that the daemon started.
   */
  public void join() throws InterruptedException {
    requestor.await(PoolRequests.JOIN, joining(null));
  }

  /** {@link #join()} until the time is up; answers whether that was so. */
  public boolean join(long timeout, TimeUnit unit) throws InterruptedException {
    return requestor
        .await(PoolRequests.JOIN, joining(requestor.timeout(timeout, unit)), timeout, unit)
        .getJoined();
  }

  /** The twin of {@link #join()}. */
  public CompletableFuture<@Nullable Void> joinAsync() {
    return requestor.async(PoolRequests.JOIN, joining(null), response -> null);
  }

  /** The twin of {@link #join(long, TimeUnit)}. */
  public CompletableFuture<Boolean> joinAsync(long timeout, TimeUnit unit) {
    return requestor.async(
        PoolRequests.JOIN, joining(requestor.timeout(timeout, unit)), PoolJoinResponse::getJoined);
  }

  private PoolJoinRequest joining(@Nullable Duration timeout) {
    PoolJoinRequest.Builder request = PoolJoinRequest.newBuilder().setPool(name());
    if (timeout != null) {
      request.setTimeout(timeout);
    }
    return request.build();
  }
}
