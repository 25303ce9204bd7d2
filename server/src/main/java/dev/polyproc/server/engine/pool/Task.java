package dev.polyproc.server.engine.pool;

import dev.polyproc.internal.v1.PoolTaskState;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.space.Footprint;
import dev.polyproc.server.engine.time.Timers;
import dev.polyproc.server.engine.time.Timers.Timer;
import dev.polyproc.server.engine.time.Times;
import dev.polyproc.server.engine.value.Values;
import dev.polyproc.v1.PoolTask;
import dev.polyproc.v1.Value;
import java.util.Comparator;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A task, from when it is submitted until it has its result: it waits, or is run. One whose job is
 * gone while it is run is an orphan: nothing comes of it, but its run goes on until it is over.
 */
final class Task {
  /** The next one first. */
  static final Comparator<Task> ORDER =
      Comparator.comparingInt((Task task) -> task.terms.getPriority())
          .thenComparingLong(task -> task.place);

  /** What it takes beside its texts and values. */
  private static final long BYTES = 400;

  private final World world;
  private final long number;
  private final long place;
  private final long expires;
  private PoolTask terms;
  private @Nullable Job job;
  private String jobName;
  private int attempts;
  private boolean cancelled;
  private boolean told;
  private boolean lost;
  private boolean alone;
  private @Nullable Value details;
  private @Nullable Run run;
  private @Nullable Timer timer;

  private Task(
      World world, @Nullable Job job, String jobName, PoolTask terms, PoolTaskState saved) {
    this.world = world;
    this.job = job;
    this.jobName = jobName;
    this.number = saved.getNumber();
    this.place = saved.getPlace();
    this.terms = terms;
    this.expires = saved.getExpires() == 0 ? Timers.NEVER : saved.getExpires();
    this.attempts = saved.getAttempts();
    this.cancelled = saved.getCancelled();
    this.told = saved.getTold();
    this.lost = saved.getLost();
    this.details = saved.hasDetails() ? saved.getDetails() : null;
  }

  /** A task that is submitted now. */
  static Task submitted(Job job, long number, PoolTask terms) {
    World world = job.world();
    PoolTaskState.Builder isNew =
        PoolTaskState.newBuilder().setNumber(number).setPlace(world.clock().nextNumber());
    if (terms.hasTimeToLive()) {
      isNew.setExpires(world.clock().in(Times.nanos(terms.getTimeToLive())));
    }
    return new Task(world, job, job.name(), terms, isNew.build());
  }

  static Task restored(Job job, PoolTaskState saved) {
    return new Task(job.world(), job, job.name(), saved.getTask(), saved);
  }

  static Task restoredOrphan(World world, PoolTaskState saved) {
    return new Task(world, null, saved.getJob(), saved.getTask(), saved);
  }

  PoolTaskState save() {
    PoolTaskState.Builder saved =
        PoolTaskState.newBuilder()
            .setNumber(number)
            .setPlace(place)
            .setTask(terms)
            .setExpires(expires == Timers.NEVER ? 0 : expires)
            .setAttempts(attempts)
            .setCancelled(cancelled)
            .setTold(told)
            .setLost(lost)
            .setJob(job == null ? jobName : "");
    if (details != null) {
      saved.setDetails(details);
    }
    if (run != null) {
      run.save(saved);
      saved.setLimit(timer == null ? 0 : timer.deadline());
    }
    return saved.build();
  }

  /** Its job, of one that has one still. */
  Job job() {
    return Objects.requireNonNull(job, "a task that is no orphan");
  }

  boolean isOrphan() {
    return job == null;
  }

  /** Its job is gone, with all that was kept for that. */
  void orphan() {
    terms = PoolTask.newBuilder().setKey(terms.getKey()).build();
    details = null;
    job = null;
  }

  String jobName() {
    return jobName;
  }

  /** Its number in its job. */
  long number() {
    return number;
  }

  PoolTask terms() {
    return terms;
  }

  /** What it belongs to; empty for nothing. */
  String key() {
    return terms.getKey();
  }

  /** When its time to live is over, or {@link Timers#NEVER}. */
  long expires() {
    return expires;
  }

  int attempts() {
    return attempts;
  }

  /** It is handed out once more, or was not: {@code by} is -1 then. */
  void count(int by) {
    attempts += by;
  }

  /** A worker has ended with it. */
  void lost() {
    lost = true;
  }

  /**
   * It waits from now on: alone is run what a worker has ended with, at the last of its attempts.
   *
   * @param most how often it may be handed out
   */
  void waits(int most) {
    alone = lost && attempts + 1 >= most;
  }

  /** Whether its worker runs nothing beside it. */
  boolean isToRunAlone() {
    return alone;
  }

  boolean isCancelled() {
    return cancelled;
  }

  void cancel() {
    cancelled = true;
  }

  /** Whether its worker was told that it is cancelled. */
  boolean isTold() {
    return told;
  }

  void tell() {
    told = true;
  }

  /** Who runs it; null: it waits. */
  @Nullable Run run() {
    return run;
  }

  void run(@Nullable Run by) {
    run = by;
  }

  /** What the last Heartbeat said; null: nothing. */
  @Nullable Value details() {
    return details;
  }

  void details(Value said) {
    details = said;
  }

  // What it costs.

  /** What a task that is treated so takes out of the budget. */
  static long cost(PoolTask terms) {
    return BYTES
        + Footprint.of(terms.getCall().getFunction())
        + Footprint.of(terms.getKey())
        + (terms.getCall().hasPayload() ? Values.cost(terms.getCall().getPayload()) : 0);
  }

  /** What it takes out of the budget now. */
  long cost() {
    return cost(terms) + (details == null ? 0 : Values.cost(details));
  }

  void forEachValue(Consumer<Value> action) {
    if (terms.getCall().hasPayload()) {
      action.accept(terms.getCall().getPayload());
    }
    if (details != null) {
      action.accept(details);
    }
  }

  // What is due of it: that its time to live is over, that its run is, that the grace is.

  /** One thing is due at a time, if that comes. */
  void due(long time, Runnable action) {
    world.timers().cancel(timer);
    timer = time == Timers.NEVER ? null : world.timers().at(time, place, action);
  }

  /** Nothing of it is due any more. */
  void stop() {
    world.timers().cancel(timer);
    timer = null;
  }
}
