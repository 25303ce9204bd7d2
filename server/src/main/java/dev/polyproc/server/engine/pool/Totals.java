package dev.polyproc.server.engine.pool;

import dev.polyproc.server.engine.object.Figures;
import dev.polyproc.v1.PoolTotals;

/** What happened to a pool since it was created. */
final class Totals {
  private final PoolTotals.Builder counts = PoolTotals.newBuilder();

  void restore(PoolTotals saved) {
    counts.clear().mergeFrom(saved);
  }

  PoolTotals toProto() {
    return counts.build();
  }

  void submitted(int tasks) {
    counts.setSubmitted(counts.getSubmitted() + tasks);
  }

  /** A task is handed out; {@code again}: it was before. */
  void began(boolean again) {
    counts.setRuns(counts.getRuns() + 1);
    counts.setRetries(counts.getRetries() + (again ? 1 : 0));
  }

  /** A run is taken back that nobody has begun with: it is as if it had not been. */
  void released(boolean again) {
    counts.setRuns(counts.getRuns() - 1);
    counts.setRetries(counts.getRetries() - (again ? 1 : 0));
  }

  /** A task has its result. */
  void ended(boolean succeeded) {
    if (succeeded) {
      counts.setSucceeded(counts.getSucceeded() + 1);
    } else {
      counts.setFailed(counts.getFailed() + 1);
    }
  }

  void workerStarted() {
    counts.setWorkersStarted(counts.getWorkersStarted() + 1);
  }

  void workerLost() {
    counts.setWorkersLost(counts.getWorkersLost() + 1);
  }

  Figures figures() {
    return Figures.NONE
        .with("submitted", counts.getSubmitted())
        .with("runs", counts.getRuns())
        .with("succeeded", counts.getSucceeded())
        .with("failed", counts.getFailed())
        .with("retries", counts.getRetries())
        .with("workers_started", counts.getWorkersStarted())
        .with("workers_lost", counts.getWorkersLost());
  }
}
