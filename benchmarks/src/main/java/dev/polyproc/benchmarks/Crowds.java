package dev.polyproc.benchmarks;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * Many clients at once, on all processors: pipelined puts by eight clients of ours, by daemons with
 * one event loop and with more, beside {@code redis-benchmark}; and how many calls the engine could
 * do by itself, which is the most that any number of loops can bring it.
 */
final class Crowds {
  private static final int CLIENTS = 8;
  private static final double LEAST = 1.0;
  private static final int ENGINE_CALLS = 2_000_000;

  private final PeerRounds rounds;
  private final Pace pace;
  private final Path folder;
  private final Installation installation;

  Crowds(Pace pace, Path folder, Installation installation) {
    this.pace = pace;
    this.rounds = new PeerRounds(pace);
    this.folder = folder;
    this.installation = installation;
  }

  void run(Table table) throws Exception {
    int processors = Runtime.getRuntime().availableProcessors();
    Optional<Path> redisServer = Programs.find("redis-server");
    Optional<Path> redisBenchmark = Programs.find("redis-benchmark");
    Deque<AutoCloseable> all = new ArrayDeque<>();
    List<Load> loads = new ArrayList<>();
    List<Integer> loops = processors == 1 ? List.of(1) : List.of(1, processors);
    try {
      for (int each : loops) {
        loads.add(crowd(each, all));
      }
      boolean besideRedis = redisServer.isPresent() && redisBenchmark.isPresent();
      if (besideRedis) {
        Redis redis = Redis.start(redisServer.get(), folder, Processor.all());
        all.push(redis);
        loads.add(new RedisBenchmark(redisBenchmark.get(), redis.socket(), pace.items()));
      }
      PeerRow row = rounds.row(loads);
      rounds.measure(List.of(row));
      for (int i = 1; i < loops.size(); i++) {
        table.ratio(name(1) + " against " + loops.get(i) + " loops", row.pairs(i));
      }
      if (besideRedis) {
        table.ratio(name(1) + " against redis-benchmark", row.pairs(loops.size()), LEAST);
      } else {
        table.note(
            "redis-benchmark", "skipped: it is not on the PATH, or there is no redis-server");
      }
    } finally {
      for (AutoCloseable each : all) {
        each.close();
      }
    }
    engine(table);
  }

  private static String name(int loops) {
    return CLIENTS + " clients, " + (loops == 1 ? "1 loop" : loops + " loops");
  }

  private Load crowd(int loops, Deque<AutoCloseable> all) throws Exception {
    Path socket = folder.resolve("loops-" + loops + ".sock");
    List<String> java = new ArrayList<>(installation.daemon());
    java.addAll(List.of("--io-threads", Integer.toString(loops)));
    all.push(ServerProcess.daemon(socket, java).awaitSocket());
    List<String> client = new ArrayList<>(installation.polyprocPeer(PolyprocCrowd.class));
    client.add(socket.toString());
    PeerProcess process = new PeerProcess(name(loops), Java.client(client));
    all.push(process);
    return process.load(CrowdTask.PIPELINED_PUT, CLIENTS, name(loops));
  }

  /** What is done under the engine's lock, without all around it. */
  private void engine(Table table) {
    EngineBenchmark engine = new EngineBenchmark();
    int calls = Math.min(ENGINE_CALLS, pace.items() * 2);
    double nanos = 0;
    for (int i = 0; i < 5; i++) { // The last of them counts: the compilers are done by then.
      long start = System.nanoTime();
      for (int j = 0; j < calls; j++) {
        var unused = engine.set();
      }
      nanos = (System.nanoTime() - start) / (double) calls;
    }
    table.note(
        "a dict set under the engine's lock",
        String.format("%,.0f ns: %,.0f calls a second by any number of loops", nanos, 1e9 / nanos));
  }
}
