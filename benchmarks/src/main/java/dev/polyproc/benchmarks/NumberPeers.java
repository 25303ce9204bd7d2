package dev.polyproc.benchmarks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A number that programs share, by calls, beside Redisson's {@code RAtomicLong}. */
final class NumberPeers {
  private static final double AHEAD = 1.3;
  private static final double AHEAD_BY_MANY = 2.5;
  private static final List<Task> TASKS = List.of(Task.VALUE_GET, Task.VALUE_SET, Task.VALUE_ADD);

  private final PeerRounds rounds;
  private final Path redisServer;
  private final Path folder;
  private final Installation installation;

  NumberPeers(PeerRounds rounds, Path redisServer, Path folder, Installation installation) {
    this.rounds = rounds;
    this.redisServer = redisServer;
    this.folder = folder;
    this.installation = installation;
  }

  void run(Table table) throws Exception {
    List<PeerRow> alone = new ArrayList<>();
    List<PeerRow> byMany = new ArrayList<>();
    try (PeerServers servers = PeerServers.start(redisServer, folder, installation)) {
      PeerProcess polyproc = servers.polyproc(PolyprocPeer.class);
      PeerProcess redisson = servers.redisson(RedissonPeer.class);
      for (Task task : TASKS) {
        alone.add(rounds.row(List.of(polyproc.load(task, 1), redisson.load(task, 1))));
        byMany.add(
            rounds.row(
                List.of(polyproc.load(task, Peer.WORKERS), redisson.load(task, Peer.WORKERS))));
      }
      rounds.measure(Stream.of(alone, byMany).flatMap(List::stream).toList());
    }
    alone.forEach(row -> print(table, row, AHEAD));
    byMany.forEach(row -> print(table, row, AHEAD_BY_MANY));
  }

  private static void print(Table table, PeerRow row, double least) {
    table.ratio(row.name(), row.rates(0), row.rates(1), row.ratios(1), least);
  }
}
