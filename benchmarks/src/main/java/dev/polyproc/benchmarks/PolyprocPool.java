package dev.polyproc.benchmarks;

import dev.polyproc.client.PolyExecutor;
import dev.polyproc.client.PolyPool;
import dev.polyproc.client.Polyproc;
import dev.polyproc.client.PoolOptions;
import dev.polyproc.client.Task;
import dev.polyproc.client.Worker;
import java.util.List;

/** A pool of our own Java client, with a worker that the daemon starts. */
final class PolyprocPool extends PoolPeer {
  private static final String SQUARE = "square";

  private final Polyproc polyproc;
  private final PolyPool pool;
  private final PolyExecutor executor;

  private PolyprocPool(String socket) {
    polyproc = Polyproc.connect("unix:" + socket);
    List<String> worker = Java.client(Program.class);
    pool =
        polyproc.pool(
            "pool",
            PoolOptions.DEFAULTS.workers(
                1, worker.get(0), worker.subList(1, worker.size()).toArray(new String[0])));
    executor = pool.executor();
  }

  /** {@code SOCKET}: the daemon's. */
  public static void main(String[] arguments) throws Exception {
    PeerWorker.serve(PoolTask.class, new PolyprocPool(arguments[0]));
  }

  /** The worker. */
  static final class Program {
    private Program() {}

    /** Runs tasks until the daemon says that it is to end. */
    public static void main(String[] arguments) throws InterruptedException {
      Worker.builder().threads(THREADS).register(SQUARE, Long.class, PoolPeer::square).run();
    }
  }

  @Override
  public OneAtATime.Step step(PoolTask task, int worker) {
    Task<Long> square = Task.of(SQUARE, Long.class, INPUT);
    return switch (task) {
      case DISPATCH -> dispatch(executor, square);
      case INVOKE_ALL -> invokeAll(executor, square);
      case MAP -> () -> require(pool.map(SQUARE, Long.class, NUMBERS));
    };
  }

  @Override
  public void close() {
    polyproc.close();
  }
}
