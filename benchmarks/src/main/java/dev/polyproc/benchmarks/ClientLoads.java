package dev.polyproc.benchmarks;

import dev.polyproc.client.PolyDict;
import dev.polyproc.client.PolyLock;
import dev.polyproc.client.PolyQueue;
import dev.polyproc.client.Polyproc;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/** What a program does with the Java client: one call at a time, and pipelined. */
final class ClientLoads implements AutoCloseable {
  private static final byte[] ITEM = new byte[100];

  private final Polyproc polyproc;
  private final PolyQueue<byte[]> queue;
  private final PolyLock lock;
  private final PolyDict<String, byte[]> dict;

  ClientLoads(Path socket) {
    polyproc = Polyproc.connect("unix:" + socket);
    queue = polyproc.queue("client", byte[].class);
    lock = polyproc.lock("client-lock");
    dict = polyproc.dict("client-dict", String.class, byte[].class);
  }

  Load putAndTake() {
    return new OneAtATime(
        "queue put + get, Attach",
        () -> {
          queue.put(ITEM);
          queue.take();
        });
  }

  Load lockAndUnlock() {
    return new OneAtATime(
        "lock acquire + release, Attach",
        () -> {
          lock.lock();
          lock.unlock();
        });
  }

  Load set() {
    return new OneAtATime("dict set, Attach", () -> dict.set("key", ITEM));
  }

  /** Puts so many items in each window. */
  Load puts(int count) {
    return load("pipelined queue put", () -> putMany(count), () -> takeMany(count));
  }

  /** Takes so many items in each window, which it has put before. */
  Load gets(int count) {
    return load(
        "pipelined queue get",
        () -> {
          putMany(count);
          return takeMany(count);
        },
        () -> {});
  }

  private static Load load(String name, DoubleSupplier rate, OneAtATime.Step afterwards) {
    return new Load() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public double perSecond(long nanos) {
        return rate.getAsDouble();
      }

      @Override
      public void tidy() throws Exception {
        afterwards.run();
      }
    };
  }

  /** Puts so many items without waiting for one; answers how many a second. */
  double putMany(int count) {
    long start = System.nanoTime();
    @Nullable CompletableFuture<?> last = null;
    for (int i = 0; i < count; i++) {
      last = queue.putAsync(ITEM);
    }
    return rate(count, start, last);
  }

  /** Takes so many items, which are there, without waiting for one; answers how many a second. */
  double takeMany(int count) {
    long start = System.nanoTime();
    @Nullable CompletableFuture<?> last = null;
    for (int i = 0; i < count; i++) {
      last = queue.takeAsync();
    }
    return rate(count, start, last);
  }

  /** The calls of one client are done in their order, so that the last is the end of all. */
  private static double rate(int count, long start, @Nullable CompletableFuture<?> last) {
    if (last != null) {
      last.join();
    }
    return count * 1e9 / (System.nanoTime() - start);
  }

  @Override
  public void close() {
    polyproc.close();
  }
}
