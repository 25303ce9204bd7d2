package dev.polyproc.benchmarks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Tasks of our Java client, beside those of a {@code ForkJoinPool}, which is as fast as it can get,
 * and of Redisson's executor on a Redis.
 */
final class PoolPeers {
  private static final String WITHOUT_REDIS = "skipped: there is no redis-server on the PATH";
  private static final double AHEAD_OF_REDISSON = 3.0;
  private static final int FORK_JOIN = 1;
  private static final int REDISSON = 2;

  private final PeerRounds rounds;
  private final Optional<Path> redisServer;
  private final Path folder;
  private final Installation installation;

  /**
   * What to measure, and where.
   *
   * @param redisServer Redisson is left out where there is none
   */
  PoolPeers(PeerRounds rounds, Optional<Path> redisServer, Path folder, Installation installation) {
    this.rounds = rounds;
    this.redisServer = redisServer;
    this.folder = folder;
    this.installation = installation;
  }

  void run(Table table) throws Exception {
    PeerRow dispatch;
    PeerRow invokeAll;
    PeerRow map;
    try (PeerServers servers =
        redisServer.isPresent()
            ? PeerServers.start(redisServer.get(), folder, installation)
            : PeerServers.withoutRedis(folder, installation)) {
      List<PeerProcess> libraries =
          new ArrayList<>(
              List.of(servers.polyproc(PolyprocPool.class), servers.alone(ForkJoinExecutor.class)));
      List<PeerProcess> withMap = List.copyOf(libraries);
      if (redisServer.isPresent()) {
        libraries.add(servers.redisson(RedissonExecutor.class));
      }
      dispatch = row(PoolTask.DISPATCH, "one after the other", libraries);
      invokeAll = row(PoolTask.INVOKE_ALL, PoolPeer.TASKS + " tasks", libraries);
      map = row(PoolTask.MAP, PoolPeer.INPUTS + " inputs", withMap);
      rounds.measure(List.of(dispatch, invokeAll, map));
    }
    for (PeerRow row : List.of(dispatch, invokeAll)) {
      if (redisServer.isPresent()) {
        table.ratio("Redisson: " + row.name(), row.pairs(REDISSON), AHEAD_OF_REDISSON);
      } else {
        table.note("Redisson: " + row.name(), WITHOUT_REDIS);
      }
    }
    for (PeerRow row : List.of(dispatch, invokeAll, map)) {
      table.ratio("ForkJoinPool: " + row.name(), row.pairs(FORK_JOIN));
    }
    table.micros("ForkJoinPool: one dispatch", dispatch.pairs(FORK_JOIN));
    if (redisServer.isPresent()) {
      table.micros("Redisson: one dispatch", dispatch.pairs(REDISSON));
    }
  }

  private PeerRow row(PoolTask task, String inWords, List<PeerProcess> libraries) {
    return rounds.row(libraries.stream().map(library -> library.load(task, 1, inWords)).toList());
  }
}
