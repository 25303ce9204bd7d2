package dev.polyproc.benchmarks;

import java.util.List;
import java.util.stream.IntStream;
import org.redisson.Redisson;
import org.redisson.api.RAtomicLong;
import org.redisson.api.RBlockingQueue;
import org.redisson.api.RCountDownLatch;
import org.redisson.api.RList;
import org.redisson.api.RLock;
import org.redisson.api.RMap;
import org.redisson.api.RReadWriteLock;
import org.redisson.api.RSemaphore;
import org.redisson.api.RedissonClient;
import org.redisson.client.codec.ByteArrayCodec;
import org.redisson.client.codec.StringCodec;
import org.redisson.codec.CompositeCodec;
import org.redisson.config.Config;
import org.redisson.config.TransportMode;

/** Redisson, through Redis's Unix socket, with the codecs that have the least to do. */
final class RedissonPeer implements Peer<Task> {
  private static final byte[] VALUE = new byte[VALUE_BYTES];

  private final RedissonClient redisson;
  private final RMap<String, byte[]> map;
  private final RBlockingQueue<byte[]> queue;
  private final RList<byte[]> list;
  private final List<RLock> locks;
  private final List<RLock> fairLocks;
  private final List<RSemaphore> semaphores;
  private final List<RReadWriteLock> readWriteLocks;
  private final List<RCountDownLatch> latches;
  private final List<RAtomicLong> numbers;

  private RedissonPeer(RedissonClient redisson) {
    this.redisson = redisson;
    map =
        redisson.getMap(
            "redisson-map", new CompositeCodec(StringCodec.INSTANCE, ByteArrayCodec.INSTANCE));
    queue = redisson.getBlockingQueue("redisson-queue", ByteArrayCodec.INSTANCE);
    list = redisson.getList("redisson-list", ByteArrayCodec.INSTANCE);
    locks =
        IntStream.range(0, WORKERS).mapToObj(i -> redisson.getLock("redisson-lock-" + i)).toList();
    fairLocks =
        IntStream.range(0, WORKERS)
            .mapToObj(i -> redisson.getFairLock("redisson-fair-lock-" + i))
            .toList();
    semaphores =
        IntStream.range(0, WORKERS)
            .mapToObj(i -> redisson.getSemaphore("redisson-semaphore-" + i))
            .toList();
    readWriteLocks =
        IntStream.range(0, WORKERS)
            .mapToObj(i -> redisson.getReadWriteLock("redisson-read-write-lock-" + i))
            .toList();
    latches =
        IntStream.range(0, WORKERS)
            .mapToObj(i -> redisson.getCountDownLatch("redisson-latch-" + i))
            .toList();
    numbers =
        IntStream.range(0, WORKERS)
            .mapToObj(i -> redisson.getAtomicLong("redisson-value-" + i))
            .toList();
    semaphores.forEach(semaphore -> semaphore.trySetPermits(1));
    latches.forEach(latch -> latch.trySetCount(Integer.MAX_VALUE));
    IntStream.range(0, WORKERS).forEach(i -> map.fastPut("key-" + i, VALUE));
  }

  /** {@code SOCKET}: Redis's. */
  public static void main(String[] arguments) throws Exception {
    PeerWorker.serve(Task.class, new RedissonPeer(connect(arguments[0])));
  }

  /** A client of the Redis on that socket. */
  static RedissonClient connect(String socket) {
    Config config = new Config().setTransportMode(TransportMode.EPOLL);
    config.useSingleServer().setAddress("redis+uds://" + socket);
    return Redisson.create(config);
  }

  @Override
  public OneAtATime.Step step(Task task, int worker) {
    String key = "key-" + worker;
    RLock lock = locks.get(worker);
    RSemaphore semaphore = semaphores.get(worker);
    RCountDownLatch latch = latches.get(worker);
    RAtomicLong number = numbers.get(worker);
    return switch (task) {
      case MAP_SET -> () -> map.fastPut(key, VALUE);
      case MAP_PUT -> () -> map.put(key, VALUE);
      case MAP_GET -> () -> map.get(key);
      case QUEUE_PUT_AND_GET ->
          () -> {
            queue.put(VALUE);
            queue.take();
          };
      case LOCK_ACQUIRE_AND_RELEASE -> pair(lock);
      case FAIR_LOCK_ACQUIRE_AND_RELEASE -> pair(fairLocks.get(worker));
      case READ_LOCK_ACQUIRE_AND_RELEASE -> pair(readWriteLocks.get(worker).readLock());
      case WRITE_LOCK_ACQUIRE_AND_RELEASE -> pair(readWriteLocks.get(worker).writeLock());
      case SEMAPHORE_ACQUIRE_AND_RELEASE ->
          () -> {
            semaphore.acquire();
            semaphore.release();
          };
      case LATCH_COUNT_DOWN -> latch::countDown;
      case VALUE_GET -> number::get;
      case VALUE_SET -> () -> number.set(7);
      case VALUE_ADD -> number::incrementAndGet;
      case LIST_APPEND -> () -> list.add(VALUE);
      case PIPE_SEND_AND_RECEIVE -> throw new IllegalArgumentException("Redisson has no pipes");
    };
  }

  private static OneAtATime.Step pair(RLock lock) {
    return () -> {
      lock.lock();
      lock.unlock();
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
