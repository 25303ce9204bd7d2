package dev.polyproc.benchmarks;

import dev.polyproc.client.PolyBarrier;
import dev.polyproc.client.PolyCondition;
import dev.polyproc.client.PolyLatch;
import dev.polyproc.client.PolyLock;
import dev.polyproc.client.PolyReadWriteLock;
import dev.polyproc.client.PolySemaphore;
import dev.polyproc.client.Polyproc;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.locks.Lock;

/** What processes wait for each other by, through the Java client, where nobody has to wait. */
final class WaitingLoads implements AutoCloseable {
  private static final String SUFFIX = ", Attach";

  private final Polyproc polyproc;
  private final PolySemaphore semaphore;
  private final PolyReadWriteLock readWriteLock;
  private final PolyLock lock;
  private final PolyCondition condition;
  private final PolyLatch latch;
  private final PolyBarrier barrier;
  private final List<PolyLock> several;

  WaitingLoads(Path socket) {
    polyproc = Polyproc.connect("unix:" + socket);
    semaphore = polyproc.semaphore("waiting-semaphore", 1);
    readWriteLock = polyproc.readWriteLock("waiting-read-write-lock");
    lock = polyproc.lock("waiting-lock");
    condition = lock.newCondition();
    latch = polyproc.latch("waiting-latch", Integer.MAX_VALUE);
    barrier = polyproc.barrier("waiting-barrier", 1);
    several = List.of(polyproc.lock("waiting-lock-1"), polyproc.lock("waiting-lock-2"));
  }

  /** Those of one round trip. */
  List<Load> once() {
    return List.of(
        load("latch count down", latch::countDown), load("barrier of one party", barrier::await));
  }

  /** Those of two. */
  List<Load> twice() {
    return List.of(
        load(
            "semaphore acquire + release",
            () -> {
              semaphore.acquire();
              semaphore.release();
            }),
        load("read lock acquire + release", pair(readWriteLock.readLock())),
        load("write lock acquire + release", pair(readWriteLock.writeLock())));
  }

  /** Those of three. */
  List<Load> thrice() {
    return List.of(
        load(
            "lock, condition signal, unlock",
            () -> {
              lock.lock();
              condition.signal();
              lock.unlock();
            }),
        load("two locks at once", () -> polyproc.lockAll(several).close()));
  }

  private static Load load(String name, OneAtATime.Step step) {
    return new OneAtATime(name + SUFFIX, step);
  }

  private static OneAtATime.Step pair(Lock lock) {
    return () -> {
      lock.lock();
      lock.unlock();
    };
  }

  @Override
  public void close() {
    polyproc.close();
  }
}
