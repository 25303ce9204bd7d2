package dev.polyproc.benchmarks;

import dev.polyproc.client.PolyQueue;
import dev.polyproc.client.Polyproc;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** Many of our own clients in one program, each with a connection and a thread. */
final class PolyprocCrowd implements Peer<CrowdTask> {
  /** As many in all as {@code redis-benchmark -P 64 -c 50} has, by eight clients. */
  private static final int IN_FLIGHT = 400;

  private static final byte[] ITEM = new byte[VALUE_BYTES];

  private final String socket;
  private final List<Polyproc> clients = new ArrayList<>();
  private final List<PolyQueue<byte[]>> queues = new ArrayList<>();
  private final ExecutorService threads = Executors.newCachedThreadPool();

  private PolyprocCrowd(String socket) {
    this.socket = socket;
  }

  /** {@code SOCKET}: the daemon's. */
  public static void main(String[] arguments) throws Exception {
    PeerWorker.serve(CrowdTask.class, new PolyprocCrowd(arguments[0]));
  }

  @Override
  public OneAtATime.Step step(CrowdTask task, int worker) {
    throw new UnsupportedOperationException("Expected a load of many, but one has no steps");
  }

  @Override
  public Load load(CrowdTask task, int atOnce) {
    while (clients.size() < atOnce) {
      Polyproc client = Polyproc.connect("unix:" + socket);
      queues.add(client.queue("crowd-" + clients.size(), byte[].class));
      clients.add(client);
    }
    return new Load() {
      @Override
      public String name() {
        return task.toString();
      }

      @Override
      public double perSecond(long nanos) throws Exception {
        long start = System.nanoTime();
        List<Future<Long>> puts = new ArrayList<>();
        for (PolyQueue<byte[]> queue : queues.subList(0, atOnce)) {
          puts.add(threads.submit(() -> put(queue, start + nanos)));
        }
        long count = 0;
        for (Future<Long> each : puts) {
          count += each.get();
        }
        return count * 1e9 / (System.nanoTime() - start);
      }
    };
  }

  private static long put(PolyQueue<byte[]> queue, long until) {
    Queue<CompletableFuture<@Nullable Void>> inFlight = new ArrayDeque<>();
    long count = 0;
    while (System.nanoTime() < until) {
      for (int i = 0; i < IN_FLIGHT / 4; i++) {
        inFlight.add(queue.putAsync(ITEM));
        count++;
      }
      while (inFlight.size() > IN_FLIGHT - IN_FLIGHT / 4) {
        var unused = inFlight.remove().join();
      }
    }
    inFlight.forEach(CompletableFuture::join);
    return count;
  }

  @Override
  public void tidy() {
    queues.forEach(PolyQueue::clear);
  }

  @Override
  public void close() {
    threads.shutdown();
    clients.forEach(Polyproc::close);
  }
}
