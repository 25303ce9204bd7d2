package dev.polyproc.benchmarks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Our Java client on a daemon beside Redisson and Jedis on a Redis: five processes, of which one
 * client and its server work at a time.
 */
final class Peers {
  private static final double AHEAD = 1.0;
  private static final double GOAL = 2.0;
  private static final int REDISSON = 1;
  private static final int JEDIS = 2;
  private static final int QUEUE = 1;
  private static final List<Integer> THREADS = List.of(1, Peer.WORKERS);
  private static final List<Task> SHARED =
      List.of(
          Task.MAP_SET,
          Task.MAP_PUT,
          Task.MAP_GET,
          Task.QUEUE_PUT_AND_GET,
          Task.LOCK_ACQUIRE_AND_RELEASE,
          Task.LIST_APPEND);

  /** Of what processes wait for each other by; Jedis has none of it. */
  private static final List<Task> WAITING =
      List.of(
          Task.SEMAPHORE_ACQUIRE_AND_RELEASE,
          Task.FAIR_LOCK_ACQUIRE_AND_RELEASE,
          Task.READ_LOCK_ACQUIRE_AND_RELEASE,
          Task.WRITE_LOCK_ACQUIRE_AND_RELEASE,
          Task.LATCH_COUNT_DOWN);

  /** Of a number that is shared, beside Redisson's {@code RAtomicLong}. */
  private static final List<Task> NUMBERS = List.of(Task.VALUE_GET, Task.VALUE_SET, Task.VALUE_ADD);

  private static final double WAITING_AHEAD = 1.3;
  private static final double AHEAD_BY_MANY = 2.5;

  private final PeerRounds rounds;
  private final Path redisServer;
  private final Path folder;
  private final Installation installation;
  private final List<PeerRow> rows = new ArrayList<>();
  private final List<PeerRow> pipes = new ArrayList<>();
  private final List<PeerRow> waiting = new ArrayList<>();
  private final List<PeerRow> waitingByMany = new ArrayList<>();
  private final List<PeerRow> numbers = new ArrayList<>();
  private final List<PeerRow> numbersByMany = new ArrayList<>();

  Peers(PeerRounds rounds, Path redisServer, Path folder, Installation installation) {
    this.rounds = rounds;
    this.redisServer = redisServer;
    this.folder = folder;
    this.installation = installation;
  }

  void run(Table table) throws Exception {
    try (PeerServers servers = PeerServers.start(redisServer, folder, installation)) {
      PeerProcess polyproc = servers.polyproc(PolyprocPeer.class);
      PeerProcess redisson = servers.redisson(RedissonPeer.class);
      PeerProcess jedis = servers.jedis(JedisPeer.class);
      for (int threads : THREADS) {
        for (Task task : SHARED) {
          Load ours = polyproc.load(task, threads);
          rows.add(row(ours, redisson.load(task, threads), jedis.load(task, threads)));
        }
        for (Task task : WAITING) {
          (threads == 1 ? waiting : waitingByMany)
              .add(row(polyproc.load(task, threads), redisson.load(task, threads)));
        }
        for (Task task : NUMBERS) {
          (threads == 1 ? numbers : numbersByMany)
              .add(row(polyproc.load(task, threads), redisson.load(task, threads)));
        }
        Load pipe = polyproc.load(Task.PIPE_SEND_AND_RECEIVE, threads);
        pipes.add(row(pipe, polyproc.load(Task.QUEUE_PUT_AND_GET, threads)));
      }
      rounds.measure(
          Stream.of(rows, waiting, waitingByMany, numbers, numbersByMany, pipes)
              .flatMap(List::stream)
              .toList());
    }
    print(table);
  }

  private PeerRow row(Load... loads) {
    return rounds.row(List.of(loads));
  }

  private void print(Table table) {
    print(table, rows, AHEAD);
    print(table, waiting, WAITING_AHEAD);
    print(table, waitingByMany, AHEAD_BY_MANY);
    print(table, numbers, AHEAD);
    print(table, numbersByMany, AHEAD_BY_MANY);
    for (PeerRow row : rows) {
      table.ratio("Jedis: " + row.name(), row.rates(0), row.rates(JEDIS), row.ratios(JEDIS));
    }
    for (PeerRow row : pipes) {
      table.ratio(row.name(), row.rates(0), row.rates(QUEUE), row.ratios(QUEUE));
    }
    List<String> slower =
        rows.stream()
            .filter(row -> row.ratios(REDISSON).median() < GOAL)
            .map(PeerRow::name)
            .toList();
    table.note(
        "goal: twice as fast as Redisson",
        slower.isEmpty() ? "in every row" : "not yet in " + String.join("; ", slower));
  }

  /** Rows of ours beside Redisson's. */
  private static void print(Table table, List<PeerRow> rows, double least) {
    for (PeerRow row : rows) {
      table.ratio(row.name(), row.rates(0), row.rates(REDISSON), row.ratios(REDISSON), least);
    }
  }
}
