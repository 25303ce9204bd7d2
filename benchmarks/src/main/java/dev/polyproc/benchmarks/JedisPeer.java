package dev.polyproc.benchmarks;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.params.SetParams;

/** Jedis, which knows no Unix sockets, with a pooled connection for each thread. */
final class JedisPeer implements Peer<Task> {
  private static final byte[] VALUE = new byte[VALUE_BYTES];
  private static final byte[] MAP = bytes("jedis-map");
  private static final byte[] QUEUE = bytes("jedis-queue");
  private static final byte[] LIST = bytes("jedis-list");
  private static final long LEASE_MILLIS = 30_000;
  private static final String RELEASE =
      "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1])"
          + " else return 0 end";

  private final RedisClient jedis;

  private JedisPeer(int port) {
    ConnectionPoolConfig pool = new ConnectionPoolConfig();
    pool.setMaxTotal(WORKERS);
    pool.setMaxIdle(WORKERS);
    jedis = RedisClient.builder().hostAndPort("127.0.0.1", port).poolConfig(pool).build();
    for (int i = 0; i < WORKERS; i++) {
      jedis.hset(MAP, bytes("key-" + i), VALUE);
    }
  }

  /** {@code PORT}: Redis's. */
  public static void main(String[] arguments) throws Exception {
    PeerWorker.serve(Task.class, new JedisPeer(Integer.parseInt(arguments[0])));
  }

  @Override
  public OneAtATime.Step step(Task task, int worker) {
    byte[] key = bytes("key-" + worker);
    String lock = "jedis-lock-" + worker;
    return switch (task) {
      case MAP_SET, MAP_PUT -> () -> jedis.hset(MAP, key, VALUE);
      case MAP_GET -> () -> jedis.hget(MAP, key);
      case QUEUE_PUT_AND_GET ->
          () -> {
            jedis.rpush(QUEUE, VALUE);
            jedis.blpop(0.0, QUEUE);
          };
      case LOCK_ACQUIRE_AND_RELEASE -> () -> lockAndUnlock(lock);
      case LIST_APPEND -> () -> jedis.rpush(LIST, VALUE);
      case PIPE_SEND_AND_RECEIVE,
          SEMAPHORE_ACQUIRE_AND_RELEASE,
          FAIR_LOCK_ACQUIRE_AND_RELEASE,
          READ_LOCK_ACQUIRE_AND_RELEASE,
          WRITE_LOCK_ACQUIRE_AND_RELEASE,
          LATCH_COUNT_DOWN,
          VALUE_GET,
          VALUE_SET,
          VALUE_ADD ->
          throw new IllegalArgumentException("Expected what Jedis has, but it is " + task);
    };
  }

  private void lockAndUnlock(String lock) throws InterruptedException {
    String token = UUID.randomUUID().toString();
    while (jedis.set(lock, token, SetParams.setParams().nx().px(LEASE_MILLIS)) == null) {
      TimeUnit.MILLISECONDS.sleep(1);
    }
    jedis.eval(RELEASE, List.of(lock), List.of(token));
  }

  @Override
  public void tidy() {
    jedis.del(LIST);
  }

  @Override
  public void close() {
    jedis.close();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
