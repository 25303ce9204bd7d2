package dev.polyproc.benchmarks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Our Java client on a daemon beside Redisson and Jedis on a Redis: five processes, of which one
 * client and its server work at a time. Every round has a window of every row, so that a bad minute
 * of the machine costs each row a round and none its figure.
 */
final class Peers {
  private static final double AHEAD = 1.0;
  private static final double GOAL = 2.0;
  private static final int REDISSON = 1;
  private static final int JEDIS = 2;
  private static final int QUEUE = 1;
  private static final int PROCESSES = 3;
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

  private static final double WAITING_AHEAD = 1.3;
  private static final double WAITING_AHEAD_BY_MANY = 2.5;

  private final Pace pace;
  private final Path folder;
  private final Installation installation;
  private final List<PeerRow> rows = new ArrayList<>();
  private final List<PeerRow> pipes = new ArrayList<>();
  private final List<PeerRow> waiting = new ArrayList<>();
  private final List<PeerRow> waitingByMany = new ArrayList<>();

  Peers(Pace pace, Path folder, Installation installation) {
    this.pace = pace;
    this.folder = folder;
    this.installation = installation;
  }

  void run(Table table) throws Exception {
    Optional<Path> program = Redis.program();
    if (program.isEmpty()) {
      table.note("peers", "skipped: there is no redis-server on the PATH");
      return;
    }
    try (Redis redis = Redis.start(program.get(), folder);
        ServerProcess daemon =
            ServerProcess.daemon(folder.resolve("peers.sock"), installation.daemon())
                .awaitSocket();
        PeerProcess polyproc =
            new PeerProcess("Polyproc", installation.polyprocPeer(), daemon.socket());
        PeerProcess redisson =
            new PeerProcess(
                "Redisson", installation.peer("redisson", RedissonPeer.class), redis.socket());
        PeerProcess jedis =
            new PeerProcess("Jedis", installation.peer("jedis", JedisPeer.class), redis.port())) {
      for (int threads : THREADS) {
        for (Task task : SHARED) {
          Load ours = polyproc.load(task, threads);
          rows.add(row(ours, redisson.load(task, threads), jedis.load(task, threads)));
        }
        for (Task task : WAITING) {
          (threads == 1 ? waiting : waitingByMany)
              .add(row(polyproc.load(task, threads), redisson.load(task, threads)));
        }
        Load pipe = polyproc.load(Task.PIPE_SEND_AND_RECEIVE, threads);
        pipes.add(row(pipe, polyproc.load(Task.QUEUE_PUT_AND_GET, threads)));
      }
      measure();
    }
    print(table);
  }

  private PeerRow row(Load... loads) {
    return new PeerRow(new Turns(List.of(loads), pace.windowNanos()));
  }

  private void measure() throws Exception {
    List<PeerRow> all =
        Stream.of(rows, waiting, waitingByMany, pipes).flatMap(List::stream).toList();
    long warm = System.nanoTime() + TimeUnit.SECONDS.toNanos(PROCESSES * pace.warmUpSeconds());
    do {
      for (PeerRow row : all) {
        Progress.say("warming up: " + row.name());
        row.warmUp();
      }
    } while (System.nanoTime() < warm);
    for (int i = 0; i < pace.rounds(); i++) {
      for (PeerRow row : all) {
        Progress.say("peers, round " + (i + 1) + ": " + row.name());
        row.measure();
      }
    }
    Progress.clear();
  }

  private void print(Table table) {
    print(table, rows, AHEAD);
    print(table, waiting, WAITING_AHEAD);
    print(table, waitingByMany, WAITING_AHEAD_BY_MANY);
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
