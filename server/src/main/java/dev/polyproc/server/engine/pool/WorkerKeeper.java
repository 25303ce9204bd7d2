package dev.polyproc.server.engine.pool;

import dev.polyproc.internal.v1.Origin;
import dev.polyproc.internal.v1.PoolKeeperState;
import dev.polyproc.internal.v1.PoolState;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.server.engine.refusal.Texts;
import dev.polyproc.server.engine.time.Timers.Timer;
import dev.polyproc.v1.EnvironmentVariable;
import dev.polyproc.v1.PoolCreateRequest;
import dev.polyproc.v1.PoolFailure;
import dev.polyproc.v1.PoolWorkerEnd;
import dev.polyproc.v1.ProcessStartRequest;
import dev.polyproc.v1.Ref;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Keeps up the number of a pool's worker processes, and breaks the pool where too many starts fail
 * one after the other.
 */
final class WorkerKeeper {
  /** A worker that has lived for so long has started, whether there was a task for it or not. */
  private static final long STARTED_NANOS = 1_000_000_000L;

  /** The next start comes so long after one that failed, and twice as long after each further. */
  private static final long FIRST_DELAY_NANOS = 50_000_000L;

  private static final long LONGEST_DELAY_NANOS = 1_000_000_000L;
  private static final int MOST_DOUBLINGS = 5;

  /** The most bytes of a text that says why something failed. */
  private static final int TEXT_BYTES = 4_000;

  /** The most bytes of that in the result of a task that was not run. */
  private static final int SENTENCE_BYTES = 300;

  private final Pool pool;
  private final World world;
  private int workers;
  private Origin origin;
  private String secret;

  /** Starts that failed since a task was given to a worker. */
  private int failedStarts;

  /** The same since one did not fail, whatever those workers do that had started before. */
  private int retries;

  private @Nullable Timer wake;
  private @Nullable PoolFailure broken;
  private @Nullable PoolFailure inShort;
  private @Nullable PoolFailure failure;

  WorkerKeeper(Pool pool, int workers, Origin origin, String secret) {
    this.pool = pool;
    this.world = pool.world();
    this.workers = workers;
    this.origin = origin;
    this.secret = secret;
  }

  /** What keeps the processes of a pool that a call creates. */
  static WorkerKeeper created(Pool pool, Invocation call) {
    return new WorkerKeeper(
        pool, pool.createdAs().request().getWorkers(), call.origin(), call.secret());
  }

  static WorkerKeeper restored(Pool pool, PoolKeeperState saved) {
    WorkerKeeper keeper =
        new WorkerKeeper(pool, saved.getWorkers(), saved.getOrigin(), saved.getSecret());
    keeper.failedStarts = saved.getFailedStarts();
    keeper.retries = saved.getRetries();
    keeper.broken(saved.hasBroken() ? saved.getBroken() : null);
    keeper.inShort = keeper.inShort == null ? null : pool.pools().shared(keeper.inShort);
    keeper.failure = saved.hasFailure() ? saved.getFailure() : null;
    if (saved.getNextStart() != 0) {
      keeper.wakeAt(saved.getNextStart());
    }
    return keeper;
  }

  void save(PoolState.Builder state) {
    PoolKeeperState.Builder saved =
        PoolKeeperState.newBuilder()
            .setWorkers(workers)
            .setOrigin(origin)
            .setSecret(secret)
            .setFailedStarts(failedStarts)
            .setRetries(retries)
            .setNextStart(wake == null ? 0 : wake.deadline());
    if (broken != null) {
      saved.setBroken(broken);
    }
    if (failure != null) {
      saved.setFailure(failure);
    }
    state.setKeeper(saved);
  }

  /** How many processes there are to be. */
  int workers() {
    return workers;
  }

  void resize(int number) {
    workers = number;
  }

  /** The daemon that starts processes has started anew. */
  void restarted(Origin by) {
    if (by.getNode().equals(origin.getNode())) {
      origin = by;
    }
  }

  /** Why the pool is broken; null: it is not. */
  @Nullable PoolFailure broken() {
    return broken;
  }

  /** The same in short, as it is the result of each task that is not run; null: it is not. */
  @Nullable PoolFailure brokenInShort() {
    return inShort;
  }

  private void broken(@Nullable PoolFailure why) {
    broken = why;
    inShort =
        why == null
            ? null
            : PoolFailure.newBuilder()
                .setMessage(Texts.cut(why.getMessage(), SENTENCE_BYTES))
                .build();
  }

  /** How a worker failed to start last; null: none has. */
  @Nullable PoolFailure failure() {
    return failure;
  }

  // Keeping the number.

  /** Starts processes where there are too few, and lets go of those that are too many. */
  void keepUp() {
    int there = pool.workers().processes();
    if (pool.isOver()) {
      pool.workers().withProcess().forEach(this::letGo);
      pool.handingOut().tellAllToRetire();
      return;
    }
    if (there > workers) {
      dismissSurplus();
    }
    int wanted = pool.createdAs().startsAtNeed() ? Math.min(workers, pool.toDo()) : workers;
    for (; there < wanted && wake == null && broken == null && !pool.isEnding(); there++) {
      start();
    }
  }

  private void letGo(Worker worker) {
    WorkerProcess process = Objects.requireNonNull(worker.process(), "a process that lives");
    if (process.isStarting()) {
      worker.judge(); // It is not its fault.
      worker.retire();
      process.terminate();
    } else if (!worker.isRetiring()) {
      Pool.markRetiring(worker);
    }
  }

  private void dismissSurplus() {
    List<Worker> staying =
        pool.workers().withProcess().stream().filter(worker -> !worker.isRetiring()).toList();
    int surplus = staying.size() - workers;
    for (int most = 0; surplus > 0; most = Integer.MAX_VALUE) {
      for (int i = staying.size() - 1; i >= 0 && surplus > 0; i--) {
        Worker worker = staying.get(i);
        if (!worker.isRetiring() && worker.running() <= most) {
          letGo(worker);
          surplus--;
        }
      }
    }
    pool.handingOut().tellAllToRetire();
  }

  private void start() {
    try {
      CredentialMaker credentials = new CredentialMaker(secret);
      Ref process = pool.pools().processes().start(request(), credentials::of, origin);
      pool.workers().started(process, pool.createdAs().startTime());
      pool.totals().workerStarted();
    } catch (Refusal noRoom) {
      failed(noRoom.status().getMessage(), "", "");
    }
  }

  private ProcessStartRequest request() {
    PoolCreateRequest shape = pool.createdAs().request();
    return PoolShape.process(shape).toBuilder()
        .addEnvironment(
            EnvironmentVariable.newBuilder().setName("POLYPROC_POOL").setValue(pool.name()))
        .build();
  }

  // Starts that fail.

  /** A task was given to somebody: the pool works; a worker that was not known to has started. */
  void works(@Nullable Worker worker) {
    failedStarts = 0;
    if (worker != null && !worker.isJudged()) {
      started(worker);
    }
  }

  private void started(Worker worker) {
    worker.judge();
    if (worker.process() != null) {
      failedStarts = 0;
      retries = 0;
    }
  }

  /** Its process has ended. */
  void ended(Worker worker) {
    if (worker.isJudged()) {
      return;
    }
    if (worker.isReady() && world.clock().now() - worker.since() >= STARTED_NANOS) {
      started(worker);
      return;
    }
    PoolWorkerEnd end = Objects.requireNonNull(worker.knownEnd(), "a worker with a process");
    worker.judge();
    failed(
        "its process " + words(end) + (worker.isReady() ? " at once" : " before its first Take"),
        "",
        end.getOutput().toStringUtf8());
  }

  private static String words(PoolWorkerEnd end) {
    return switch (end.getEndCase()) {
      case EXIT_CODE -> "exited with code " + end.getExitCode();
      case SIGNAL ->
          "was killed by signal "
              + end.getSignal()
              + (end.getOutOfMemory() ? ", as memory had run out," : "");
      case END_NOT_SET -> "ended";
    };
  }

  /** Its process could not be started. */
  void notStarted(Worker worker, String reason) {
    worker.judge();
    failed(reason, "", "");
  }

  void startTookTooLong(Worker worker) {
    worker.judge();
    worker.retire();
    Objects.requireNonNull(worker.process(), "a worker with a process").terminate();
    failed("it did not ask for a task within start_timeout", "", "");
    world.advance(pool);
  }

  /**
   * It says that it cannot begin, for the first time, and has not begun. That counts where the
   * daemon started it: others come and go as they like.
   */
  void failedItself(Worker worker, PoolFailure why) {
    if (worker.isJudged()) {
      return;
    }
    worker.judge();
    PoolFailure said = said(why.getMessage(), why.getType(), why.getStack());
    if (worker.process() == null) {
      failure = said;
    } else {
      failed(said);
    }
  }

  private void failed(String message, String type, String stack) {
    failed(said(message, type, stack));
  }

  private static PoolFailure said(String message, String type, String stack) {
    return PoolFailure.newBuilder()
        .setMessage(Texts.cut(message.isEmpty() ? unsaid(type) : message, TEXT_BYTES))
        .setType(Texts.cut(type, TEXT_BYTES))
        .setStack(Texts.cut(stack, TEXT_BYTES))
        .build();
  }

  /** Of a failure that has no words. */
  private static String unsaid(String type) {
    return type.isEmpty()
        ? "it said that it cannot begin, but not why"
        : "it failed with " + type + ", without a message";
  }

  private void failed(PoolFailure said) {
    failure = said;
    failedStarts++;
    retries++;
    if (broken == null && failedStarts > pool.createdAs().mostFailedStarts(workers)) {
      breakDown(failure);
    } else if (broken == null) {
      long delay = FIRST_DELAY_NANOS << Math.min(retries - 1, MOST_DOUBLINGS);
      wakeAt(world.clock().in(Math.min(delay, LONGEST_DELAY_NANOS)));
    }
  }

  private void breakDown(PoolFailure last) {
    stop();
    broken(
        last.toBuilder()
            .setMessage(
                Texts.cut(
                    failedStarts
                        + " starts of workers failed one after the other, the last so: "
                        + last.getMessage(),
                    TEXT_BYTES))
            .build());
    pool.broke(Objects.requireNonNull(inShort, "why it is broken"));
  }

  private void wakeAt(long time) {
    stop();
    wake =
        world
            .timers()
            .at(
                time,
                pool.number(),
                () -> {
                  wake = null;
                  world.advance(pool);
                });
  }

  /** Nothing is due any more. */
  void stop() {
    world.timers().cancel(wake);
    wake = null;
  }
}
