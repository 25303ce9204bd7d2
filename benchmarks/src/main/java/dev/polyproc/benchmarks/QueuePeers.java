package dev.polyproc.benchmarks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Queues of jobs: our Java client on a daemon beside Redisson and BullMQ on a Redis. */
final class QueuePeers {
  private static final String WITHOUT_BULLMQ =
      "skipped: there is no node on the PATH, or npm has not installed BullMQ";
  private static final int REDISSON = 1;
  private static final int BULLMQ = 2;
  private static final int IN_FLIGHT = 100;
  private static final List<QueueTask> BUSY =
      List.of(
          QueueTask.RESERVE_AND_ACKNOWLEDGE,
          QueueTask.PRIORITY_PUT_AND_GET,
          QueueTask.DELAYED_PUT,
          QueueTask.BULK_PUT_AND_GET);
  private static final double BUSY_AHEAD_OF_REDISSON = 2.0;
  private static final double BUSY_AHEAD_OF_BULLMQ = 10.0;

  /** A step after the other: what it takes is to wake one another, in every library. */
  private static final List<QueueTask> ALONE = BUSY.subList(1, BUSY.size());

  private static final double ALONE_AHEAD_OF_REDISSON = 1.0;
  private static final double ALONE_AHEAD_OF_BULLMQ = 1.5;

  private final PeerRounds rounds;
  private final Path redisServer;
  private final Path folder;
  private final Installation installation;

  QueuePeers(PeerRounds rounds, Path redisServer, Path folder, Installation installation) {
    this.rounds = rounds;
    this.redisServer = redisServer;
    this.folder = folder;
    this.installation = installation;
  }

  void run(Table table) throws Exception {
    Optional<Path> node = Programs.find("node").filter(program -> installation.hasBullmq());
    List<PeerRow> busy = new ArrayList<>();
    List<PeerRow> alone = new ArrayList<>();
    PeerRow locked;
    try (PeerServers servers = PeerServers.start(redisServer, folder, installation)) {
      PeerProcess polyproc = servers.polyproc(PolyprocQueues.class);
      PeerProcess redisson = servers.redisson(RedissonQueues.class);
      List<PeerProcess> libraries = new ArrayList<>(List.of(polyproc, redisson));
      if (node.isPresent()) {
        libraries.add(servers.bullmq(node.get()));
      }
      BUSY.forEach(task -> busy.add(inFlight(task, libraries)));
      ALONE.forEach(task -> alone.add(byOne(task, libraries)));
      locked =
          rounds.row(
              List.of(
                  polyproc.load(QueueTask.PRIORITY_PUT_AND_GET, 1),
                  redisson.load(QueueTask.LOCKED_PRIORITY_PUT_AND_GET, 1)));
      List<PeerRow> all = new ArrayList<>(busy);
      all.addAll(alone);
      all.add(locked);
      rounds.measure(all);
    }
    print(table, "Redisson: ", busy, REDISSON, BUSY_AHEAD_OF_REDISSON);
    print(table, "Redisson: ", alone, REDISSON, ALONE_AHEAD_OF_REDISSON);
    table.ratio(
        "RPriorityQueue: " + locked.name(),
        locked.rates(0),
        locked.rates(REDISSON),
        locked.ratios(REDISSON));
    if (node.isPresent()) {
      print(table, "BullMQ: ", busy, BULLMQ, BUSY_AHEAD_OF_BULLMQ);
      print(table, "BullMQ: ", alone, BULLMQ, ALONE_AHEAD_OF_BULLMQ);
    } else {
      busy.forEach(row -> table.note("BullMQ: " + row.name(), WITHOUT_BULLMQ));
      alone.forEach(row -> table.note("BullMQ: " + row.name(), WITHOUT_BULLMQ));
    }
  }

  private PeerRow inFlight(QueueTask task, List<PeerProcess> libraries) {
    String inWords = IN_FLIGHT + " in flight";
    return rounds.row(
        libraries.stream().map(library -> library.load(task, IN_FLIGHT, inWords)).toList());
  }

  private PeerRow byOne(QueueTask task, List<PeerProcess> libraries) {
    return rounds.row(libraries.stream().map(library -> library.load(task, 1)).toList());
  }

  private static void print(
      Table table, String prefix, List<PeerRow> rows, int other, double least) {
    for (PeerRow row : rows) {
      table.ratio(prefix + row.name(), row.rates(0), row.rates(other), row.ratios(other), least);
    }
  }
}
