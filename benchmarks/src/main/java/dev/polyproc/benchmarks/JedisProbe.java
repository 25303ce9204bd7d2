package dev.polyproc.benchmarks;

import java.nio.charset.StandardCharsets;
import redis.clients.jedis.RedisClient;

/** What a {@link Probe} calls of a Redis: a set of a hash. */
final class JedisProbe {
  private JedisProbe() {}

  /** {@code PORT}: Redis's. */
  public static void main(String[] arguments) throws Exception {
    byte[] map = "probe".getBytes(StandardCharsets.US_ASCII);
    byte[] key = "key".getBytes(StandardCharsets.US_ASCII);
    byte[] value = new byte[Peer.VALUE_BYTES];
    try (RedisClient jedis = RedisClient.create("127.0.0.1", Integer.parseInt(arguments[0]))) {
      ProbeWorker.serve(() -> jedis.hset(map, key, value));
    }
  }
}
