package dev.polyproc.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Steps, each of which a thread does one time after the other, all at once. */
record Threads(String name, List<OneAtATime.Step> steps) implements Load {
  private static final ExecutorService POOL =
      Executors.newFixedThreadPool(
          Peer.WORKERS,
          task -> {
            Thread thread = new Thread(task);
            thread.setDaemon(true);
            return thread;
          });

  @Override
  public double perSecond(long nanos) throws Exception {
    List<Callable<Double>> loads = new ArrayList<>();
    for (OneAtATime.Step step : steps) {
      loads.add(() -> new OneAtATime(name, step).perSecond(nanos));
    }
    double sum = 0;
    for (Future<Double> rate : POOL.invokeAll(loads)) {
      sum += rate.get();
    }
    return sum;
  }
}
