package dev.polyproc.benchmarks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Queues of jobs: our Java client on a daemon beside Redisson and BullMQ on a Redis. */
final class QueuePeers {
  private static final double REDISSON_AHEAD = 2.0;
  private static final double BULLMQ_AHEAD = 10.0;
  private static final String WITHOUT_BULLMQ =
      "skipped: there is no node on the PATH, or npm has not installed BullMQ";
  private static final int IN_FLIGHT = 100;
  private static final List<Integer> THREADS = List.of(1, Peer.WORKERS);

  /** Tasks by threads, and what Redisson has beside what is called so. */
  private static final Map<QueueTask, Optional<QueueTask>> TASKS =
      new EnumMap<>(
          Map.of(
              QueueTask.PRIORITY_PUT_AND_GET, Optional.of(QueueTask.SCORED_PUT_AND_GET),
              QueueTask.DELAYED_PUT, Optional.of(QueueTask.SCORED_PUT),
              QueueTask.BULK_PUT_AND_GET, Optional.empty()));

  private final PeerRounds rounds;
  private final Path redisServer;
  private final Path folder;
  private final Installation installation;
  private final List<PeerRow> rows = new ArrayList<>();
  private final List<Against> redissons = new ArrayList<>();
  private final List<Against> redissonSets = new ArrayList<>();
  private final List<Against> bullmqs = new ArrayList<>();

  /** A row whose first load is held against another one. */
  private record Against(PeerRow row, int load) {
    void print(Table table, String prefix, double least) {
      table.ratio(prefix + row.name(), row.rates(0), row.rates(load), row.ratios(load), least);
    }

    void print(Table table, String prefix) {
      table.ratio(prefix + row.name(), row.rates(0), row.rates(load), row.ratios(load));
    }
  }

  QueuePeers(PeerRounds rounds, Path redisServer, Path folder, Installation installation) {
    this.rounds = rounds;
    this.redisServer = redisServer;
    this.folder = folder;
    this.installation = installation;
  }

  void run(Table table) throws Exception {
    Optional<Path> node = Programs.find("node").filter(program -> installation.hasBullmq());
    try (PeerServers servers = PeerServers.start(redisServer, folder, installation)) {
      List<PeerProcess> libraries = new ArrayList<>();
      libraries.add(servers.polyproc(PolyprocQueues.class));
      libraries.add(servers.redisson(RedissonQueues.class));
      if (node.isPresent()) {
        libraries.add(servers.bullmq(node.get()));
      }
      add(loads(libraries, QueueTask.RESERVE_AND_ACKNOWLEDGE, IN_FLIGHT, IN_FLIGHT + " in flight"));
      for (int threads : THREADS) {
        String inWords = threads == 1 ? "1 thread" : threads + " threads";
        for (var task : TASKS.entrySet()) {
          List<Load> loads = loads(libraries, task.getKey(), threads, inWords);
          task.getValue().ifPresent(set -> loads.add(libraries.get(1).load(set, threads, inWords)));
          PeerRow row = add(loads);
          task.getValue().ifPresent(set -> redissonSets.add(new Against(row, loads.size() - 1)));
        }
      }
      rounds.measure(rows);
    }
    redissons.forEach(row -> row.print(table, "", REDISSON_AHEAD));
    redissonSets.forEach(row -> row.print(table, "Redisson's set: "));
    bullmqs.forEach(row -> row.print(table, "BullMQ: ", BULLMQ_AHEAD));
    if (bullmqs.isEmpty()) {
      rows.forEach(row -> table.note("BullMQ: " + row.name(), WITHOUT_BULLMQ));
    }
  }

  private static List<Load> loads(
      List<PeerProcess> libraries, QueueTask task, int atOnce, String inWords) {
    List<Load> loads = new ArrayList<>();
    libraries.forEach(library -> loads.add(library.load(task, atOnce, inWords)));
    return loads;
  }

  private PeerRow add(List<Load> loads) {
    PeerRow row = rounds.row(loads);
    rows.add(row);
    redissons.add(new Against(row, 1));
    if (loads.size() > 2) {
      bullmqs.add(new Against(row, 2));
    }
    return row;
  }
}
