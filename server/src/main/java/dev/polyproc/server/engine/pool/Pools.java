package dev.polyproc.server.engine.pool;

import dev.polyproc.server.engine.family.OwnProcesses;
import dev.polyproc.v1.PoolFailure;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What pools have in common: the processes of the daemon, and which of those are workers; and while
 * a saved state is restored, what belongs together in it.
 */
final class Pools {
  private final OwnProcesses processes;
  private final TreeMap<Long, Worker> byProcess = new TreeMap<>();
  private final TreeMap<Long, List<Job>> awaiting = new TreeMap<>();
  private final TreeMap<String, PoolFailure> sentences = new TreeMap<>();

  Pools(OwnProcesses processes) {
    this.processes = processes;
  }

  OwnProcesses processes() {
    return processes;
  }

  void add(long process, Worker worker) {
    byProcess.put(process, worker);
  }

  void remove(long process) {
    byProcess.remove(process);
  }

  /** The worker whose process lives; null where it is none of a pool. */
  @Nullable Worker find(long process) {
    return byProcess.get(process);
  }

  /** Those whose processes live. */
  List<Worker> all() {
    return new ArrayList<>(byProcess.values());
  }

  // Restoring.

  /** A job was restored whose pool is deleted, and may come later. */
  void awaitsPool(long pool, Job job) {
    awaiting.computeIfAbsent(pool, unused -> new ArrayList<>()).add(job);
  }

  /** The jobs that came before their pool. */
  List<Job> awaiting(long pool) {
    List<Job> jobs = awaiting.remove(pool);
    return jobs == null ? List.of() : jobs;
  }

  /** A sentence of a saved state: all results that have it share one. */
  PoolFailure shared(PoolFailure sentence) {
    PoolFailure first = sentences.putIfAbsent(sentence.getMessage(), sentence);
    return sentence.equals(first) ? first : sentence;
  }

  /** All is restored. */
  void restored() {
    awaiting.clear();
    sentences.clear();
  }
}
