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
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A task, from when it is submitted until it has its result: it waits, or is run. */
final class Task {
  /** The next one first. */
  static final Comparator<Task> ORDER =
      Comparator.comparingInt((Task task) -> task.terms.getPriority())
          .thenComparingLong(task -> task.place);

  /** What it takes beside its texts and values. */
  private static final long BYTES = 400;

  private final Job job;
  private final long number;
  private final long place;
  private final PoolTask terms;
  private final long expires;
  private int attempts;
  private boolean cancelled;
  private @Nullable Value details;
  private @Nullable Run run;
  private @Nullable Timer timer;

  private Task(Job job, long number, long place, PoolTask terms, long expires) {
    this.job = job;
    this.number = number;
    this.place = place;
    this.terms = terms;
    this.expires = expires;
  }

  /** A task that is submitted now. */
  static Task submitted(Job job, long number, PoolTask terms) {
    World world = job.world();
    long expires =
        terms.hasTimeToLive()
            ? world.clock().in(Times.nanos(terms.getTimeToLive()))
            : Timers.NEVER;
    return new Task(job, number, world.clock().nextNumber(), terms, expires);
  }

  static Task restored(Job job, PoolTaskState saved) {
    Task task =
        new Task(
            job,
            saved.getNumber(),
            saved.getPlace(),
            saved.getTask(),
            saved.getExpires() == 0 ? Timers.NEVER : saved.getExpires());
    task.attempts = saved.getAttempts();
    task.cancelled = saved.getCancelled();
    task.details = saved.hasDetails() ? saved.getDetails() : null;
    return task;
  }

  PoolTaskState save() {
    PoolTaskState.Builder saved =
        PoolTaskState.newBuilder()
            .setNumber(number)
            .setPlace(place)
            .setTask(terms)
            .setExpires(expires == Timers.NEVER ? 0 : expires)
            .setAttempts(attempts)
            .setCancelled(cancelled);
    if (details != null) {
      saved.setDetails(details);
    }
    if (run != null) {
      run.save(saved);
      saved.setLimit(timer == null ? 0 : timer.deadline());
    }
    return saved.build();
  }

  Job job() {
    return job;
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

  boolean isCancelled() {
    return cancelled;
  }

  void cancel() {
    cancelled = true;
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
    Timers timers = job.world().timers();
    timers.cancel(timer);
    timer = time == Timers.NEVER ? null : timers.at(time, place, action);
  }

  /** When something of it is due; {@link Timers#NEVER}: nothing. */
  long due() {
    return timer == null ? Timers.NEVER : timer.deadline();
  }

  /** Nothing of it is due any more. */
  void stop() {
    job.world().timers().cancel(timer);
    timer = null;
  }
}
