package dev.polyproc.client.internal.pool;

import dev.polyproc.client.PolyprocException;
import dev.polyproc.client.internal.request.Requestor;
import dev.polyproc.client.internal.wire.Errors;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.PoolCall;
import dev.polyproc.v1.PoolCompleteRequest;
import dev.polyproc.v1.PoolCompletion;
import dev.polyproc.v1.PoolFailRequest;
import dev.polyproc.v1.PoolFailStartRequest;
import dev.polyproc.v1.PoolFailure;
import dev.polyproc.v1.PoolHeartbeatRequest;
import dev.polyproc.v1.PoolHeartbeatResponse;
import dev.polyproc.v1.PoolRegisterRequest;
import dev.polyproc.v1.PoolRegisterResponse;
import dev.polyproc.v1.PoolRun;
import dev.polyproc.v1.PoolTakeRequest;
import dev.polyproc.v1.PoolTakeResponse;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A worker: threads that take tasks of a pool and run them. Each makes one call for a task, by
 * which it also says what came of the one before. Of those that are quick it takes some at once,
 * and gives back those with which it does not begin soon.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>Whatever a function does that ends is said: what it threw, and a result that the daemon
 *       does not take is a failure of the task.
 *   <li>A thread is interrupted for the run that was cancelled, and for no other.
 *   <li>It ends when the daemon says so, when its pool is gone, when it is stopped, or with its
 *       session.
 * </ul>
 */
public final class Runner {
  private static final System.Logger LOG = System.getLogger("dev.polyproc.client.Worker");

  /** Numbers of runs that were cancelled before their Take was answered. */
  private static final int MOST_CANCELLED = 10_000;

  /** What takes longer is run one by one, and holds up nothing that was taken with it. */
  private static final long QUICK_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  private final Requestor pool;
  private final String name;
  private final Functions functions;
  private final Predicate<Throwable> retried;
  private final int ahead;
  private final List<Slot> slots = new ArrayList<>();
  private final CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
  private final AtomicReference<@Nullable RuntimeException> failure = new AtomicReference<>();

  /** Runs that are cancelled. */
  private final Map<Long, Boolean> cancelled =
      Collections.synchronizedMap(
          new LinkedHashMap<>() {
            private static final long serialVersionUID = 1;

            @Override
            protected boolean removeEldestEntry(Map.Entry<Long, Boolean> eldest) {
              return size() > MOST_CANCELLED;
            }
          });

  private volatile boolean stopped;
  private @Nullable CompletableFuture<PoolHeartbeatResponse> watch; // guarded by this
  private int running; // guarded by this

  /**
   * @param retried whether a task that threw something is run again
   * @param ahead how many tasks each thread takes at most beside the one that it begins with, where
   *     they are quick
   */
  public Runner(
      Requestor pool,
      String name,
      Map<String, Function> functions,
      Predicate<Throwable> retried,
      int threads,
      int ahead) {
    this.pool = pool;
    this.name = name;
    this.functions = new Functions(functions);
    this.retried = retried;
    this.ahead = ahead;
    for (int i = 0; i < threads; i++) {
      slots.add(new Slot());
    }
  }

  /**
   * Calls the pool's initializer, if it has one, and begins to take tasks.
   *
   * @throws IllegalStateException when the initializer fails, which the daemon has been told
   */
  public void start() {
    PoolRegisterResponse registered =
        pool.call(PoolRequests.REGISTER, PoolRegisterRequest.newBuilder().setPool(name).build());
    if (registered.hasInitializer()) {
      initialize(registered.getInitializer());
    }
    watch();
    running = slots.size();
    for (int i = 0; i < slots.size(); i++) {
      Slot slot = slots.get(i);
      Thread thread = new Thread(() -> work(slot), "polyproc-worker-" + (i + 1));
      thread.setDaemon(true);
      thread.start();
    }
  }

  private void initialize(PoolCall call) {
    try {
      var unused =
          functions.call(
              call.getFunction(),
              new Run(pool, name, PoolRun.getDefaultInstance(), Arguments.of(call)));
    } catch (Exception | Error e) { // whatever it is, the pool says so
      var unused =
          pool.call(
              PoolRequests.FAIL_START,
              PoolFailStartRequest.newBuilder().setPool(name).setFailure(Failures.of(e)).build());
      throw new IllegalStateException(
          "Expected the initializer '"
              + call.getFunction()
              + "' of pool '"
              + name
              + "' to return, but it threw "
              + e,
          e);
    }
  }

  /** Completes when it has ended, with what ended it unless that was in order. */
  public CompletableFuture<@Nullable Void> done() {
    return done;
  }

  /** Takes no more tasks; it ends when those are done that run. */
  public void stop() {
    stopped = true;
    slots.forEach(Slot::wake);
    slots.forEach(this::giveBack);
  }

  public boolean isStopped() {
    return stopped;
  }

  // Cancelled runs.

  private void watch() {
    if (stopped || done.isDone()) {
      return;
    }
    CompletableFuture<PoolHeartbeatResponse> next =
        pool.async(
            PoolRequests.HEARTBEAT,
            PoolHeartbeatRequest.newBuilder().setPool(name).build(),
            response -> response);
    synchronized (this) {
      watch = next;
    }
    var unused =
        next.whenComplete(
            (response, refusal) -> {
              if (response != null) { // else there is no session any more, or no pool
                response.getRunsList().forEach(this::cancel);
                watch();
              }
            });
  }

  private void cancel(long run) {
    cancelled.put(run, true);
    slots.forEach(slot -> slot.cancel(run));
  }

  // A thread.

  private void work(Slot slot) {
    slot.begin();
    try {
      takeAndRun(slot);
    } catch (PolyprocException e) {
      if (!isGone(e)) {
        failure.compareAndSet(null, e);
      }
    } catch (RuntimeException | Error e) { // one of ours
      failure.compareAndSet(
          null, new IllegalStateException("Expected a worker to go on, but " + e, e));
    } finally {
      sayLast(slot.unsaid());
      ended();
    }
  }

  /** Takes tasks and runs them, until it is to end. */
  private void takeAndRun(Slot slot) {
    int most = 1;
    boolean retire = false;
    while (!stopped && !retire) {
      PoolTakeResponse taken = take(slot, most);
      if (taken != null) {
        long from = System.nanoTime();
        runAll(slot, taken.getRunsList());
        boolean quick = System.nanoTime() - from < QUICK_NANOS;
        most = quick ? Math.min(2 * most, 1 + ahead) : 1;
        retire = taken.getRetire();
      }
    }
  }

  private void runAll(Slot slot, List<PoolRun> runs) {
    slot.add(runs);
    if (runs.size() > 1) {
      look(slot, 0);
    }
    if (stopped) {
      giveBack(slot);
    }
    for (PoolRun next = slot.next(); next != null; next = slot.next()) {
      PoolCompletion completion = run(slot, next);
      if (completion != null) {
        slot.add(completion);
      }
    }
  }

  /**
   * Gives back what waits behind a task that takes long, so that others may run it meanwhile.
   *
   * @param before how many it had begun with at the last look
   */
  private void look(Slot slot, long before) {
    long now = slot.begun();
    if (now == before) {
      giveBack(slot);
    } else if (now >= 0) {
      pool.session().transport().executeLater(QUICK_NANOS, () -> look(slot, now));
    }
  }

  /** Gives back what a thread has not begun with, and says what came of the tasks before. */
  private void giveBack(Slot slot) {
    List<PoolCompletion> all = new ArrayList<>();
    for (PoolRun run : slot.leave()) {
      all.add(PoolCompletion.newBuilder().setRun(run.getRun()).setReturned(true).build());
    }
    all.addAll(slot.unsaid());
    if (!all.isEmpty()) {
      var unused =
          pool.async(PoolRequests.COMPLETE, completing(all), response -> response)
              .whenComplete(
                  (response, refusal) -> {
                    if (refusal != null) {
                      all.forEach(this::say);
                    }
                  });
    }
  }

  /** What it is handed; null when it was interrupted, or what it said was not taken. */
  private @Nullable PoolTakeResponse take(Slot slot, int most) {
    List<PoolCompletion> said = slot.unsaid();
    try {
      return pool.await(
          PoolRequests.TAKE,
          PoolTakeRequest.newBuilder()
              .setPool(name)
              .setMax(most)
              .setAhead(most - 1)
              .addAllCompletions(said)
              .build());
    } catch (InterruptedException e) {
      said.forEach(slot::add); // again, as that may not have been sent
      return null; // It was stopped; or a function has left its thread so.
    } catch (PolyprocException e) {
      if (said.isEmpty() || !isOfResults(e)) {
        throw e;
      }
      said.forEach(this::say);
      return null;
    }
  }

  /** Runs a task; null where it failed and is run again, or was cancelled: that has been said. */
  private @Nullable PoolCompletion run(Slot slot, PoolRun taken) {
    PoolCompletion.Builder completion = PoolCompletion.newBuilder().setRun(taken.getRun());
    try {
      Run run = new Run(pool, name, taken, Arguments.of(taken.getCall()));
      slot.begin(run);
      if (cancelled.containsKey(
          taken.getRun())) { // before: whoever cancels it later finds the slot
        throw new CancellationException("Expected to begin, but the task was cancelled");
      }
      return completion.setValue(functions.call(taken.getCall().getFunction(), run)).build();
    } catch (Exception | Error e) { // whatever it is, it is what came of the task
      slot.end();
      boolean retry = retried.test(e);
      if (retry || cancelled.containsKey(taken.getRun())) {
        fail(taken.getRun(), Failures.of(e), retry); // a completion would hide the cancel
        return null;
      }
      return completion.setFailure(Failures.of(e)).build();
    } finally {
      slot.end();
      cancelled.remove(taken.getRun());
    }
  }

  private PoolCompleteRequest completing(List<PoolCompletion> completions) {
    return PoolCompleteRequest.newBuilder().setPool(name).addAllCompletions(completions).build();
  }

  /** Says what came of a run; where that is refused, that it is. */
  private void say(PoolCompletion completion) {
    try {
      var unused = pool.call(PoolRequests.COMPLETE, completing(List.of(completion)));
    } catch (PolyprocException e) {
      if (isOfResults(e)) {
        fail(completion.getRun(), refused(completion, e), false);
      } else {
        tellUnlessOver(completion.getRun(), e);
      }
    }
  }

  private static PoolFailure refused(PoolCompletion completion, PolyprocException why) {
    return PoolFailure.newBuilder()
        .setType(why.getClass().getName())
        .setMessage(
            "Expected a result that the daemon takes, but of "
                + completion.getSerializedSize()
                + " bytes it says: "
                + why.getMessage())
        .build();
  }

  /** Says that a run failed, and where so much is not taken no more than how. */
  private void fail(long run, PoolFailure failure, boolean retry) {
    try {
      sayFailed(run, failure, retry);
    } catch (PolyprocException e) {
      if (isOfResults(e)) {
        failShortly(run, failure, retry);
      } else {
        tellUnlessOver(run, e);
      }
    }
  }

  private void failShortly(long run, PoolFailure failure, boolean retry) {
    try {
      sayFailed(run, Failures.shortened(failure), retry);
    } catch (PolyprocException e) {
      tellUnlessOver(run, e);
    }
  }

  private void sayFailed(long run, PoolFailure failure, boolean retry) {
    var unused =
        pool.call(
            PoolRequests.FAIL,
            PoolFailRequest.newBuilder()
                .setPool(name)
                .setRun(run)
                .setFailure(failure)
                .setRetry(retry)
                .build());
  }

  /** Where the run is over, or the pool or the session, nobody asks what came of it. */
  private void tellUnlessOver(long run, PolyprocException why) {
    if (why.reason() != ErrorReason.ERROR_REASON_RUN_ENDED
        && !isGone(why)
        && !Errors.isEndOfSession(why)) {
      LOG.log(
          Level.WARNING,
          "Expected the daemon to take what came of run "
              + Long.toUnsignedString(run)
              + " of pool '"
              + name
              + "', but it did not, and the task is run until its time is up or this worker ends",
          why);
    }
  }

  private void sayLast(List<PoolCompletion> said) {
    if (said.isEmpty()) {
      return;
    }
    try {
      var unused = pool.call(PoolRequests.COMPLETE, completing(said));
    } catch (PolyprocException e) {
      if (isOfResults(e)) {
        said.forEach(this::say);
      } else {
        said.forEach(completion -> tellUnlessOver(completion.getRun(), e));
      }
    }
  }

  private void ended() {
    CompletableFuture<PoolHeartbeatResponse> last;
    synchronized (this) {
      running--;
      if (running > 0) {
        return;
      }
      last = watch;
    }
    stopped = true;
    if (last != null) {
      last.cancel(false);
    }
    RuntimeException why = failure.get();
    if (why == null) {
      done.complete(null);
    } else {
      done.completeExceptionally(why);
    }
  }

  /** Whether a result is refused, and not its run. */
  private static boolean isOfResults(PolyprocException refusal) {
    return switch (refusal.reason()) {
      case ERROR_REASON_VALUE_TOO_LARGE,
          ERROR_REASON_MESSAGE_TOO_LONG,
          ERROR_REASON_INVALID_VALUE,
          ERROR_REASON_INVALID_ARGUMENT,
          ERROR_REASON_MEMORY_FULL ->
          true;
      default -> false;
    };
  }

  /** Whether the pool is gone, which is an end in order. */
  private static boolean isGone(PolyprocException refusal) {
    return refusal.reason() == ErrorReason.ERROR_REASON_OBJECT_DELETED
        || refusal.reason() == ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND;
  }
}
