package dev.polyproc.benchmarks;

import dev.polyproc.client.PolyDict;
import dev.polyproc.client.PolyLatch;
import dev.polyproc.client.PolyList;
import dev.polyproc.client.PolyLock;
import dev.polyproc.client.PolyLong;
import dev.polyproc.client.PolyPipe;
import dev.polyproc.client.PolyQueue;
import dev.polyproc.client.PolyReadWriteLock;
import dev.polyproc.client.PolySemaphore;
import dev.polyproc.client.Polyproc;
import java.util.List;
import java.util.concurrent.locks.Lock;
import java.util.stream.IntStream;

/** Our own Java client, through the daemon's Unix socket. */
final class PolyprocPeer implements Peer<Task> {
  private static final byte[] VALUE = new byte[VALUE_BYTES];

  private final Polyproc polyproc;
  private final PolyDict<String, byte[]> map;
  private final PolyQueue<byte[]> queue;
  private final PolyList<byte[]> list;
  private final List<PolyLock> locks;
  private final List<PolyPipe<byte[]>> pipes;
  private final List<PolySemaphore> semaphores;
  private final List<PolyReadWriteLock> readWriteLocks;
  private final List<PolyLatch> latches;
  private final List<PolyLong> numbers;

  private PolyprocPeer(String socket) {
    polyproc = Polyproc.connect("unix:" + socket);
    map = polyproc.dict("map", String.class, byte[].class);
    queue = polyproc.queue("queue", byte[].class);
    list = polyproc.list("list", byte[].class);
    locks = IntStream.range(0, WORKERS).mapToObj(i -> polyproc.lock("lock-" + i)).toList();
    pipes =
        IntStream.range(0, WORKERS)
            .mapToObj(i -> polyproc.pipe("pipe-" + i, byte[].class))
            .toList();
    semaphores =
        IntStream.range(0, WORKERS).mapToObj(i -> polyproc.semaphore("semaphore-" + i, 1)).toList();
    readWriteLocks =
        IntStream.range(0, WORKERS)
            .mapToObj(i -> polyproc.readWriteLock("read-write-lock-" + i))
            .toList();
    latches =
        IntStream.range(0, WORKERS)
            .mapToObj(i -> polyproc.latch("latch-" + i, Integer.MAX_VALUE))
            .toList();
    numbers = IntStream.range(0, WORKERS).mapToObj(i -> polyproc.atomicLong("value-" + i)).toList();
    IntStream.range(0, WORKERS).forEach(i -> map.set("key-" + i, VALUE));
  }

  /** {@code SOCKET}: the daemon's. */
  public static void main(String[] arguments) throws Exception {
    PeerWorker.serve(Task.class, new PolyprocPeer(arguments[0]));
  }

  @Override
  public OneAtATime.Step step(Task task, int worker) {
    String key = "key-" + worker;
    PolyLock lock = locks.get(worker);
    PolyPipe<byte[]> pipe = pipes.get(worker);
    PolySemaphore semaphore = semaphores.get(worker);
    Lock reading = readWriteLocks.get(worker).readLock();
    Lock writing = readWriteLocks.get(worker).writeLock();
    PolyLatch latch = latches.get(worker);
    PolyLong number = numbers.get(worker);
    return switch (task) {
      case MAP_SET -> () -> map.set(key, VALUE);
      case MAP_PUT -> () -> map.put(key, VALUE);
      case MAP_GET -> () -> map.get(key);
      case QUEUE_PUT_AND_GET ->
          () -> {
            queue.put(VALUE);
            queue.take();
          };
      // Ours are fair, all of them.
      case LOCK_ACQUIRE_AND_RELEASE, FAIR_LOCK_ACQUIRE_AND_RELEASE -> pair(lock);
      case READ_LOCK_ACQUIRE_AND_RELEASE -> pair(reading);
      case WRITE_LOCK_ACQUIRE_AND_RELEASE -> pair(writing);
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
      case PIPE_SEND_AND_RECEIVE ->
          () -> {
            pipe.first().send(VALUE);
            pipe.second().receive();
          };
    };
  }

  private static OneAtATime.Step pair(Lock lock) {
    return () -> {
      lock.lock();
      lock.unlock();
    };
  }

  @Override
  public void tidy() {
    list.clear();
  }

  @Override
  public void close() {
    polyproc.close();
  }
}
