package dev.polyproc.client;

import dev.polyproc.client.internal.call.CallbackThreads;
import dev.polyproc.client.internal.request.Requestor;
import dev.polyproc.client.internal.wire.Errors;
import dev.polyproc.v1.ErrorReason;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * A queue that is being consumed: items are reserved ahead and handed to a {@link Handler}. It ends
 * when it is closed, when the queue is closed and empty, when a handler throws, or when its
 * executor refuses an item or has been shut down.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>At most {@code maxInFlight} items are reserved.
 *   <li>When it has ended, every item was acknowledged by its handler's return, or went back. Items
 *       whose handler has not begun go back whether or not the executor still runs what it took, as
 *       if they had not been handed out. The attempt of one whose handler failed is one higher; and
 *       where the program dies, that of all that it had reserved.
 *   <li>An end that nobody asked for is logged, beside {@link #done}; and so is each item whose
 *       reservation had ended before its handler returned.
 *   <li>Nothing of the program's runs on the event loop: neither its executor nor what is logged.
 * </ul>
 */
public final class Consumption<E> implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Consumption.class.getName());

  /** So often it looks whether its executor has been shut down, with what it was handed. */
  private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Requestor requestor;
  private final String queue;
  private final IntFunction<CompletableFuture<List<Delivery<E>>>> reserve;
  private final int maxInFlight;
  private final Executor executor;
  private final Handler<E> handler;
  private final CompletableFuture<@Nullable Void> done = new CompletableFuture<>();

  /** Whether what failed first was a handler. Written before {@link #done} completes. */
  private volatile boolean handlerFailed;

  // Guarded by this; no call is made while it is locked, for the event loop takes it too.
  private int inFlight;
  private int settling;
  private final List<Runnable> toReturn = new ArrayList<>();

  /** What the executor was handed and has not begun. */
  private final Set<Delivery<E>> handedOn = new LinkedHashSet<>();

  private boolean pulling;
  private boolean stopped;
  private @Nullable Throwable failure;
  private boolean ended;
  private @Nullable CompletableFuture<List<Delivery<E>>> pull;

  /**
   * @param queue its name
   * @param reserve asks for so many items; what depends on its futures runs where the executor may
   *     run tasks at once, and so not on the event loop if it is somebody's
   */
  private Consumption(
      Requestor requestor,
      String queue,
      int maxInFlight,
      Executor executor,
      Handler<E> handler,
      IntFunction<CompletableFuture<List<Delivery<E>>>> reserve) {
    if (maxInFlight < 1) {
      throw new IllegalArgumentException(
          "Expected at least one item in flight, but maxInFlight is " + maxInFlight);
    }
    this.requestor = requestor;
    this.queue = queue;
    this.reserve = reserve;
    this.maxInFlight = maxInFlight;
    this.executor = executor;
    this.handler = handler;
  }

  /** Consumes on the threads of an executor until it ends. */
  static <E> Consumption<E> on(
      Executor executor,
      Requestor requestor,
      String queue,
      int maxInFlight,
      Handler<E> handler,
      IntFunction<CompletableFuture<List<Delivery<E>>>> reserve) {
    Consumption<E> consumption =
        new Consumption<>(requestor, queue, maxInFlight, executor, handler, reserve);
    var unused =
        consumption.done.whenComplete(
            (nothing, failure) -> {
              if (failure != null && !isClientClosed(failure)) {
                LOG.log(
                    Level.WARNING,
                    "Consuming queue '" + queue + "' has ended: " + failure,
                    failure);
              }
            });
    consumption.pull();
    if (executor instanceof ExecutorService service) {
      consumption.look(service);
    }
    return consumption;
  }

  /**
   * Consumes on the calling thread until it ends; an interrupt ends it whatever the daemon does.
   */
  static <E> void onCallingThread(
      Requestor requestor,
      String queue,
      int maxInFlight,
      Handler<E> handler,
      IntFunction<CompletableFuture<List<Delivery<E>>>> reserve)
      throws InterruptedException, ExecutionException {
    BlockingQueue<Runnable> work = new LinkedBlockingQueue<>();
    Consumption<E> consumption =
        new Consumption<>(requestor, queue, maxInFlight, work::add, handler, reserve);
    var unused = consumption.done.whenComplete((nothing, failure) -> work.add(() -> {}));
    consumption.pull();
    InterruptedException interrupted = null;
    long deadline = Long.MAX_VALUE;
    while (!consumption.done.isDone()) {
      try {
        Runnable next =
            interrupted == null
                ? work.take()
                : work.poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
        if (next == null) {
          break; // What is still reserved goes back when the daemon hears of it.
        }
        next.run();
      } catch (InterruptedException e) {
        if (interrupted == null) {
          deadline = System.nanoTime() + Requestor.GRACE_NANOS;
        }
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
      free = Math.min(maxInFlight - inFlight, requestor.pageSize());
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
    List<Runnable> returned;
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
    returned.forEach(Runnable::run);
    if (refusal != null) {
      stop(isClosed(refusal) ? null : refusal);
    }
    pull();
    endIfDone();
  }

  private void dispatch(Delivery<E> delivery) {
    if (!handOn(delivery)) {
      release(delivery);
      return;
    }
    try {
      executor.execute(() -> handle(delivery));
    } catch (RuntimeException | Error e) { // of the executor, which may be anybody's
      stop(e);
    }
  }

  private synchronized boolean handOn(Delivery<E> delivery) {
    return !stopped && handedOn.add(delivery);
  }

  /** False when the delivery went back meanwhile. */
  private synchronized boolean begin(Delivery<E> delivery) {
    return handedOn.remove(delivery);
  }

  /** Ends when the executor was shut down: it may have dropped what it had not begun. */
  private void look(ExecutorService service) {
    if (service.isShutdown()) {
      stop(
          new RejectedExecutionException(
              "Expected an executor for the items of queue '"
                  + queue
                  + "', but it has been shut down"));
    } else if (!isStopped()) {
      CallbackThreads threads = threads();
      requestor
          .session()
          .transport()
          .executeLater(LOOK_NANOS, () -> threads.executeSoon(() -> look(service)));
    }
  }

  private void handle(Delivery<E> delivery) {
    if (!begin(delivery)) {
      return;
    }
    try {
      handler.handle(delivery);
      settle(delivery, "acknowledge", delivery.acknowledgeInternally());
    } catch (Exception | Error e) { // whatever it is, done() tells it
      stop(e, true);
      reject(delivery);
      if (e instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Nobody has begun with an item. */
  private void release(Delivery<E> delivery) {
    giveBack(() -> settle(delivery, "release", delivery.releaseInternally()));
  }

  /** The handler of an item has failed. */
  private void reject(Delivery<E> delivery) {
    giveBack(() -> settle(delivery, "reject", delivery.rejectInternally()));
  }

  /** Gives an item back, but not while it would come straight back to this consumption. */
  private void giveBack(Runnable settling) {
    synchronized (this) {
      if (pulling) {
        toReturn.add(settling);
        return;
      }
    }
    settling.run();
  }

  /** The next item may come while the daemon hears of this one; the end waits for its word. */
  private void settle(Delivery<E> delivery, String what, CompletableFuture<?> word) {
    synchronized (this) {
      inFlight--;
      settling++;
    }
    var unused =
        word.whenComplete(
            (done, refusal) -> {
              if (refusal instanceof PolyprocException e && !Errors.isEndOfSession(e)) {
                threads().executeSoon(() -> warn(delivery, what, e));
              }
              synchronized (this) {
                settling--;
              }
              endIfDone();
            });
    pull();
  }

  private void warn(Delivery<E> delivery, String what, PolyprocException refusal) {
    LOG.log(
        Level.WARNING,
        "Expected to {0} reservation {1} of queue ''{2}'', but {3}: {4}",
        what,
        Long.toUnsignedString(delivery.reservation()),
        queue,
        refusal.reason() == ErrorReason.ERROR_REASON_RESERVATION_ENDED
            ? "the item went back meanwhile, to whoever is next"
            : "the item stays reserved until the session ends",
        refusal.getMessage());
  }

  /** What runs the program's code that has no thread of the program's. */
  private CallbackThreads threads() {
    return requestor.session().threads();
  }

  private synchronized boolean isStopped() {
    return stopped;
  }

  private void stop(@Nullable Throwable cause) {
    stop(cause, false);
  }

  private void stop(@Nullable Throwable cause, boolean ofHandler) {
    CompletableFuture<List<Delivery<E>>> request;
    List<Delivery<E>> notBegun;
    synchronized (this) {
      if (failure == null && cause != null) {
        failure = cause;
        handlerFailed = ofHandler;
      }
      stopped = true;
      request = pull;
      notBegun = List.copyOf(handedOn);
      handedOn.clear();
    }
    if (request != null) {
      request.cancel(true);
    }
    notBegun.forEach(this::release);
    endIfDone();
  }

  private void endIfDone() {
    Throwable cause;
    synchronized (this) {
      if (ended || !stopped || pulling || inFlight > 0 || settling > 0) {
        return;
      }
      ended = true;
      cause = failure;
    }
    threads().start("polyproc-consumption-end", () -> tell(cause));
  }

  /** What depends on the end is the program's, and does not run on the event loop. */
  private void tell(@Nullable Throwable cause) {
    if (cause == null) {
      done.complete(null);
    } else {
      done.completeExceptionally(cause);
    }
  }

  /** Whether the client was closed by its own program, which nobody needs to be told. */
  private static boolean isClientClosed(Throwable failure) {
    return failure instanceof PolyprocException e
        && !(e instanceof SessionLostException)
        && e.reason() == ErrorReason.ERROR_REASON_SESSION_ENDED;
  }

  @Override
  public synchronized String toString() {
    String state = ended ? "ended" : stopped ? "ending" : "running";
    return "Consumption of PolyQueue '" + queue + "', " + inFlight + " in flight, " + state;
  }

  private boolean isClosed(Throwable refusal) {
    return isStopped()
        || (refusal instanceof PolyprocException e
            && e.reason() == ErrorReason.ERROR_REASON_CLOSED);
  }
}
