package dev.polyproc.benchmarks;

import java.util.concurrent.Callable;
import java.util.concurrent.ForkJoinPool;

/** Java's own pool, whose tasks leave no process. */
final class ForkJoinExecutor extends PoolPeer {
  private final ForkJoinPool pool = new ForkJoinPool(THREADS);

  /** Serves. */
  public static void main(String[] arguments) throws Exception {
    PeerWorker.serve(PoolTask.class, new ForkJoinExecutor());
  }

  @Override
  public OneAtATime.Step step(PoolTask task, int worker) {
    Callable<Long> square = () -> square(INPUT);
    return switch (task) {
      case DISPATCH -> dispatch(pool, square);
      case INVOKE_ALL -> invokeAll(pool, square);
      case MAP ->
          () ->
              require(
                  pool.submit(() -> NUMBERS.parallelStream().map(PoolPeer::square).toList()).get());
    };
  }

  @Override
  public void close() {
    pool.shutdown();
  }
}
