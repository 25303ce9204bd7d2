package dev.polyproc.server.engine.simulation;

import dev.polyproc.server.engine.simulation.Outcome.Numbered;
import dev.polyproc.v1.PoolRun;
import dev.polyproc.v1.PoolTask;
import dev.polyproc.v1.Value;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A task that has no result, as the model sees it. */
final class ModelTask {
  final long number;
  final long place;
  final PoolTask terms;
  final long expires;
  final ModelJob job;
  int attempts;
  boolean lost;
  boolean cancelled;
  boolean told;
  boolean orphan;
  @Nullable Value details;
  @Nullable Run run;

  /** Who runs it. */
  static final class Run {
    final Numbered id = new Numbered("run");
    final long number;
    final ModelTask task;
    final @Nullable ModelSession session;
    final @Nullable Worker worker;
    final boolean alone;
    final long lease;
    long until;

    /** When it is over at the latest. */
    long limit;

    Run(ModelTask task, @Nullable Worker worker, @Nullable ModelSession session, long lease) {
      Model model = task.job.model;
      this.number = model.nextNumber();
      this.task = task;
      this.session = session;
      this.worker = worker;
      this.alone = task.isToRunAlone();
      this.lease = lease;
      this.until = model.in(lease);
      this.limit = Math.min(task.expires, model.in(task.job.pool.taskTime()));
    }
  }

  /** A session that takes tasks. */
  static final class Worker {
    final long number;
    final ModelSession session;
    boolean retiring;

    /** Its runs that were over by no word of its own, as far as it has not heard so. */
    final List<Run> over = new ArrayList<>();

    long taken;

    Worker(long number, ModelSession session) {
      this.number = number;
      this.session = session;
    }
  }

  ModelTask(ModelJob job, long number, PoolTask terms) {
    this.job = job;
    this.number = number;
    this.place = job.model.nextNumber();
    this.terms = terms;
    this.expires = job.model.in(Model.timeout(terms.hasTimeToLive(), terms.getTimeToLive()));
  }

  boolean isToRunAlone() {
    return lost && attempts + 1 >= job.pool.attempts();
  }

  void orphan() {
    orphan = true;
  }

  /** As its worker is told of it, but for the run's number. */
  PoolRun describe() {
    PoolRun.Builder described =
        PoolRun.newBuilder()
            .setJob(job.name)
            .setTask(number)
            .setCall(terms.getCall())
            .setAttempt(attempts);
    if (details != null) {
      described.setDetails(details);
    }
    return described.build();
  }
}
