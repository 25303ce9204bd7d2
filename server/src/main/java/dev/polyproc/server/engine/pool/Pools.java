package dev.polyproc.server.engine.pool;

import dev.polyproc.server.engine.family.OwnProcesses;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What pools have in common: the processes of the daemon, and which of those are workers. */
final class Pools {
  private final OwnProcesses processes;
  private final TreeMap<Long, Worker> byProcess = new TreeMap<>();

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
}
