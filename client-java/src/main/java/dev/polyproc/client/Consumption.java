package dev.polyproc.client;

import dev.polyproc.v1.ErrorReason;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * A queue that is being consumed: items are reserved ahead and handed to a {@link Handler}. It ends
 * when it is closed, when the queue is closed and empty, or when a handler throws.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>At most {@code maxInFlight} items are reserved.
 *   <li>When it has ended, every item was acknowledged by its handler's return, or went back.
 * </ul>
 */
public final class Consumption<E> implements AutoCloseable {
  private final IntFunction<CompletableFuture<List<Delivery<E>>>> reserve;
  private final int maxInFlight;
  private final Executor executor;
  private final Handler<E> handler;
  private final CompletableFuture<@Nullable Void> done = new CompletableFuture<>();

  /** Whether it was a handler that failed. Written before {@link #done} completes. */
  private volatile boolean handlerFailed;

  // Guarded by this; no call is made while it is locked, for the event loop takes it too.
  private int inFlight;
  private int settling;
  private final List<Delivery<E>> toReturn = new ArrayList<>();
  private boolean pulling;
  private boolean stopped;
  private @Nullable Throwable failure;
  private @Nullable CompletableFuture<List<Delivery<E>>> pull;

  /**
   * @param reserve asks for so many items; what depends on its futures runs where the executor may
   *     run tasks at once, and so not on the event loop if it is somebody's
   */
  Consumption(
      int maxInFlight,
      Executor executor,
      Handler<E> handler,
      IntFunction<CompletableFuture<List<Delivery<E>>>> reserve) {
    if (maxInFlight < 1) {
      throw new IllegalArgumentException(
          "Expected at least one item in flight, but maxInFlight is " + maxInFlight);
    }
    this.reserve = reserve;
    this.maxInFlight = maxInFlight;
    this.executor = executor;
    this.handler = handler;
  }

  /** Consumes on the calling thread until it ends. */
  static <E> void onCallingThread(PolyQueue<E> queue, int maxInFlight, Handler<E> handler)
      throws InterruptedException, ExecutionException {
    BlockingQueue<Runnable> work = new LinkedBlockingQueue<>();
    Consumption<E> consumption =
        new Consumption<>(maxInFlight, work::add, handler, queue::reserveManyInternally);
    var unused = consumption.done.whenComplete((nothing, failure) -> work.add(() -> {}));
    consumption.pull();
    InterruptedException interrupted = null;
    while (!consumption.done.isDone()) {
      try {
        work.take().run();
      } catch (InterruptedException e) {
        interrupted = e;
        consumption.close();
      }
    }
    if (interrupted != null) {
      throw interrupted;
    }
    consumption.rethrow();
  }

  private void rethrow() throws InterruptedException, ExecutionException {
    try {
      done.get();
    } catch (ExecutionException e) {
      if (handlerFailed) {
        throw e;
      }
      throw Errors.thrown(e.getCause());
    }
  }

  /** Completes when the consumption has ended, with the failure of the handler if it threw. */
  public CompletableFuture<@Nullable Void> done() {
    return done.copy();
  }

  /** Takes no more items; those that are not being handled go back. Does not wait. */
  @Override
  public void close() {
    stop(null);
  }

  /** Reserves as many items as may be in flight, unless that is going on. */
  void pull() {
    int free;
    synchronized (this) {
      if (stopped || pulling || inFlight >= maxInFlight) {
        return;
      }
      pulling = true;
      free = maxInFlight - inFlight;
    }
    CompletableFuture<List<Delivery<E>>> request = reserve.apply(free);
    boolean late;
    synchronized (this) {
      pull = request;
      late = stopped;
    }
    if (late) {
      request.cancel(true);
    }
    var unused = request.whenComplete(this::arrived);
  }

  private void arrived(@Nullable List<Delivery<E>> deliveries, @Nullable Throwable refusal) {
    List<Delivery<E>> returned;
    synchronized (this) {
      pulling = false;
      pull = null;
      inFlight += deliveries == null ? 0 : deliveries.size();
      returned = List.copyOf(toReturn);
      toReturn.clear();
    }
    if (deliveries != null) {
      deliveries.forEach(this::dispatch);
    }
    returned.forEach(this::giveBack);
    if (refusal != null) {
      stop(isClosed(refusal) ? null : refusal);
    }
    pull();
    endIfDone();
  }

  private void dispatch(Delivery<E> delivery) {
    try {
      executor.execute(() -> handle(delivery));
    } catch (RejectedExecutionException e) {
      stop(e);
      giveBack(delivery);
    }
  }

  private void handle(Delivery<E> delivery) {
    if (isStopped()) {
      giveBack(delivery);
      return;
    }
    try {
      handler.handle(delivery);
      settle(delivery.acknowledgeInternally());
    } catch (Exception | Error e) { // whatever it is, done() tells it
      handlerFailed = true;
      stop(e);
      giveBack(delivery);
      if (e instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Rejects an item, but not while it would come straight back to this consumption. */
  private void giveBack(Delivery<E> delivery) {
    synchronized (this) {
      if (pulling) {
        toReturn.add(delivery);
        return;
      }
    }
    settle(delivery.rejectInternally());
  }

  /** The next item may come while the daemon hears of this one; the end waits for its word. */
  private void settle(CompletableFuture<?> word) {
    synchronized (this) {
      inFlight--;
      settling++;
    }
    var unused =
        word.whenComplete(
            (done, refusal) -> {
              synchronized (this) {
                settling--;
              }
              endIfDone();
            });
    pull();
  }

  private synchronized boolean isStopped() {
    return stopped;
  }

  private void stop(@Nullable Throwable cause) {
    CompletableFuture<List<Delivery<E>>> request;
    synchronized (this) {
      if (failure == null) {
        failure = cause;
      }
      stopped = true;
      request = pull;
    }
    if (request != null) {
      request.cancel(true);
    }
    endIfDone();
  }

  private void endIfDone() {
    Throwable cause;
    synchronized (this) {
      if (!stopped || pulling || inFlight > 0 || settling > 0) {
        return;
      }
      cause = failure;
    }
    if (cause == null) {
      done.complete(null);
    } else {
      done.completeExceptionally(cause);
    }
  }

  private boolean isClosed(Throwable refusal) {
    return isStopped()
        || (refusal instanceof PolyprocException e
            && e.reason() == ErrorReason.ERROR_REASON_CLOSED);
  }
}
