package dev.polyproc.benchmarks;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * The other end of a {@link PeerProcess}: reads lines of a task, a number of threads and the
 * window's nanoseconds, does the task for so long, and answers each with a line of how often a
 * second. Ends when there are no more.
 */
final class PeerWorker {
  private final Peer peer;
  private final ExecutorService threads = Executors.newFixedThreadPool(Peer.WORKERS);

  private PeerWorker(Peer peer) {
    this.peer = peer;
  }

  static void serve(Peer peer) throws Exception {
    PeerWorker worker = new PeerWorker(peer);
    try (peer;
        var orders =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII))) {
      for (String order = orders.readLine(); order != null; order = orders.readLine()) {
        String[] words = order.split(" ");
        System.out.println(
            worker.perSecond(
                Task.valueOf(words[0]), Integer.parseInt(words[1]), Long.parseLong(words[2])));
      }
    } finally {
      worker.threads.shutdownNow();
    }
  }

  private double perSecond(Task task, int count, long nanos) throws Exception {
    List<Callable<Double>> loads = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Load load = new OneAtATime(task.toString(), peer.step(task, i));
      loads.add(() -> load.perSecond(nanos));
    }
    double sum = 0;
    for (Future<Double> rate : threads.invokeAll(loads)) {
      sum += rate.get();
    }
    peer.tidy();
    return sum;
  }
}
