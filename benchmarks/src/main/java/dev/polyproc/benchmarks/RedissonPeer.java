package dev.polyproc.benchmarks;

import java.util.List;
import java.util.stream.IntStream;
import org.redisson.Redisson;
import org.redisson.api.RBlockingQueue;
import org.redisson.api.RList;
import org.redisson.api.RLock;
import org.redisson.api.RMap;
import org.redisson.api.RedissonClient;
import org.redisson.client.codec.ByteArrayCodec;
import org.redisson.client.codec.StringCodec;
import org.redisson.codec.CompositeCodec;
import org.redisson.config.Config;
import org.redisson.config.TransportMode;

/** Redisson, through Redis's Unix socket, with the codecs that have the least to do. */
final class RedissonPeer implements Peer {
  private static final byte[] VALUE = new byte[VALUE_BYTES];

  private final RedissonClient redisson;
  private final RMap<String, byte[]> map;
  private final RBlockingQueue<byte[]> queue;
  private final RList<byte[]> list;
  private final List<RLock> locks;

  private RedissonPeer(String address) {
    Config config = new Config().setTransportMode(TransportMode.EPOLL);
    config.useSingleServer().setAddress(address);
    redisson = Redisson.create(config);
    map =
        redisson.getMap(
            "redisson-map", new CompositeCodec(StringCodec.INSTANCE, ByteArrayCodec.INSTANCE));
    queue = redisson.getBlockingQueue("redisson-queue", ByteArrayCodec.INSTANCE);
    list = redisson.getList("redisson-list", ByteArrayCodec.INSTANCE);
    locks =
        IntStream.range(0, WORKERS).mapToObj(i -> redisson.getLock("redisson-lock-" + i)).toList();
    IntStream.range(0, WORKERS).forEach(i -> map.fastPut("key-" + i, VALUE));
  }

  /** {@code SOCKET}: Redis's. */
  public static void main(String[] arguments) throws Exception {
    PeerWorker.serve(new RedissonPeer("redis+uds://" + arguments[0]));
  }

  @Override
  public OneAtATime.Step step(Task task, int worker) {
    String key = "key-" + worker;
    RLock lock = locks.get(worker);
    return switch (task) {
      case MAP_SET -> () -> map.fastPut(key, VALUE);
      case MAP_PUT -> () -> map.put(key, VALUE);
      case MAP_GET -> () -> map.get(key);
      case QUEUE_PUT_AND_GET ->
          () -> {
            queue.put(VALUE);
            queue.take();
          };
      case LOCK_ACQUIRE_AND_RELEASE ->
          () -> {
            lock.lock();
            lock.unlock();
          };
      case LIST_APPEND -> () -> list.add(VALUE);
      case PIPE_SEND_AND_RECEIVE -> throw new IllegalArgumentException("Redisson has no pipes");
    };
  }

  @Override
  public void tidy() {
    list.delete();
  }

  @Override
  public void close() {
    redisson.shutdown();
  }
}
