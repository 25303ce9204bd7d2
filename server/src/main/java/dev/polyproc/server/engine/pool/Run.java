package dev.polyproc.server.engine.pool;

import dev.polyproc.internal.v1.PoolTaskState;
import dev.polyproc.server.engine.call.Caller;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.object.Restored;
import dev.polyproc.server.engine.object.Tenure;
import dev.polyproc.server.engine.refusal.Texts;
import dev.polyproc.server.engine.time.Timers;
import dev.polyproc.v1.Holder;
import dev.polyproc.v1.Value;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A task in the hands of who runs it. */
final class Run extends Tenure {
  /** What it takes beside the texts of its party. */
  static final long BYTES = 640;

  private static final int PROGRESS_CHARACTERS = 100;

  private final Pool pool;
  private final Task task;
  private final @Nullable Worker worker;
  private final long lease;
  private final boolean alone;
  private final Set<Beat> beats = new LinkedHashSet<>(0);

  /** A task is run by who calls, for {@code lease} nanoseconds without a word at most. */
  Run(Pool pool, Invocation call, Task task, @Nullable Worker worker, long lease) {
    super(pool, call, lease);
    this.pool = pool;
    this.task = task;
    this.worker = worker;
    this.lease = lease;
    this.alone = task.isToRunAlone();
  }

  Run(Pool pool, Task task, @Nullable Worker worker, PoolTaskState saved, Restored restored) {
    super(pool, saved.getRun(), restored);
    this.pool = pool;
    this.task = task;
    this.worker = worker;
    this.lease = saved.getLease() == 0 ? Timers.NEVER : saved.getLease();
    this.alone = saved.getAlone();
  }

  void save(PoolTaskState.Builder saved) {
    saved
        .setRun(saveTenure())
        .setLease(lease == Timers.NEVER ? 0 : lease)
        .setWorker(worker == null ? 0 : worker.number())
        .setAlone(alone);
  }

  Task task() {
    return task;
  }

  /** Who runs it; null where that has no session. */
  @Nullable Worker worker() {
    return worker;
  }

  /** Whether its worker runs nothing beside it. */
  boolean isAlone() {
    return alone;
  }

  @Override
  protected long bytes() {
    return BYTES;
  }

  @Override
  protected void timeIsUp() {
    pool.runs().lost(this);
  }

  @Override
  public void sessionEnded() {
    pool.runs().lost(this);
  }

  /** Its worker has said a word: its lease begins anew. */
  void goesOn() {
    if (lease != Timers.NEVER) {
      extend(lease);
    }
  }

  /** Whether it ends in a later entry, as the session that has it has ended. */
  boolean isOver() {
    Caller holder = session();
    return holder != null && holder.hasEnded();
  }

  /** Whether whoever calls may end it: those of a session are its own, others are anyone's. */
  boolean isOf(@Nullable Caller caller) {
    return !isOver() && (!owner().isKnown() || session() == caller);
  }

  /** The Heartbeats that wait until it is cancelled, now. */
  List<Beat> beats() {
    return List.copyOf(beats);
  }

  void add(Beat beat) {
    beats.add(beat);
  }

  void remove(Beat beat) {
    beats.remove(beat);
  }

  /** With how far it is, where that is a text or a number. */
  Holder describe() {
    return describe(
        "run "
            + number()
            + " of task "
            + task.number()
            + " of '"
            + task.jobName()
            + "'"
            + progress());
  }

  private String progress() {
    Value details = task.details();
    return details == null
        ? ""
        : switch (details.getKindCase()) {
          case TEXT -> ": " + Texts.shown(details.getText(), PROGRESS_CHARACTERS);
          case INT -> ": " + details.getInt();
          case FLOAT -> ": " + details.getFloat();
          default -> "";
        };
  }
}
