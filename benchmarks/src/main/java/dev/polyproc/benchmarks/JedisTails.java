package dev.polyproc.benchmarks;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;
import redis.clients.jedis.AbstractPipeline;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.RedisClient;

/** What loads a Redis, by Jedis: pipelines where the daemon's client has calls in flight. */
final class JedisTails implements TailLoader {
  private static final byte[] VALUE = new byte[Peer.VALUE_BYTES];
  private static final byte[] LARGER = new byte[TailLoad.FILL_BYTES];
  private static final long IDLE_NANOS = 5_000_000;

  private final int port;
  private final RedisClient jedis;
  private final List<Jedis> sessions = new ArrayList<>();
  private final Random random = new Random(1);

  private JedisTails(int port) {
    this.port = port;
    this.jedis = RedisClient.create("127.0.0.1", port);
  }

  /** {@code PORT}: Redis's. */
  public static void main(String[] arguments) throws Exception {
    TailWorker.serve(new JedisTails(Integer.parseInt(arguments[0])));
  }

  @Override
  public void round(TailLoad load, int part) throws Exception {
    Slices slices = new Slices(load.perSecond());
    int amount = load.amount(part);
    switch (load) {
      case NOTHING -> LockSupport.parkNanos(IDLE_NANOS);
      case QUEUE_OF_1E3, QUEUE_OF_1E5, QUEUE_OF_1E7 -> {
        slices.run(amount, pipeline((pipeline, i) -> pipeline.rpush(bytes("queue"), VALUE)));
        jedis.unlink("queue");
      }
      case DICT_OF_1E6 ->
          slices.run(
              amount, pipeline((pipeline, i) -> pipeline.hset(bytes("dict"), key(i), VALUE)));
      case FILL ->
          slices.run(
              amount, pipeline((pipeline, i) -> pipeline.hset(bytes("large"), key(i), LARGER)));
      case CHURN -> {
        int keys = TailLoad.FILL.amount(part);
        slices.run(
            amount,
            pipeline(
                (pipeline, i) -> pipeline.hset(bytes("large"), key(random.nextInt(keys)), LARGER)));
      }
      case SESSIONS -> live(slices, amount);
      case LARGE_VALUE ->
          slices.run(
              Math.max(1, amount),
              (from, to) -> {
                jedis.hset(bytes("large"), key(0), new byte[TailLoad.LARGE_BYTES / part]);
                jedis.hget(bytes("large"), key(0));
                jedis.hdel(bytes("large"), key(0));
                return CompletableFuture.completedFuture(null);
              });
      case WAITERS, SESSION_END ->
          throw new IllegalArgumentException("Expected what Redis has, but it is " + load);
    }
  }

  private Slices.Slice pipeline(BiConsumer<AbstractPipeline, Integer> command) {
    return (from, to) -> {
      try (AbstractPipeline pipeline = jedis.pipelined()) {
        for (int i = from; i < to; i++) {
          command.accept(pipeline, i);
        }
      }
      return CompletableFuture.completedFuture(null);
    };
  }

  /** Connections, each of which says in turn that it lives. */
  private void live(Slices slices, int amount) throws Exception {
    slices.run(
        amount,
        (from, to) -> {
          for (int i = from; i < to; i++) {
            if (i == sessions.size()) {
              sessions.add(new Jedis("127.0.0.1", port));
            }
            sessions.get(i).ping();
          }
          return CompletableFuture.completedFuture(null);
        });
  }

  private static byte[] key(int i) {
    return bytes("key-" + i);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public void close() {
    sessions.forEach(Jedis::close);
    jedis.close();
  }
}
