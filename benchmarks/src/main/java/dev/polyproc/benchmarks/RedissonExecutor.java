package dev.polyproc.benchmarks;

import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.redisson.api.RExecutorService;
import org.redisson.api.RedissonClient;
import org.redisson.api.WorkerOptions;

/** Redisson's executor, with workers in a process of their own, as those of ours are. */
final class RedissonExecutor extends PoolPeer {
  private static final String NAME = "redisson-executor";

  private final RedissonClient redisson;
  private final RExecutorService executor;
  private final Process worker;

  private RedissonExecutor(String socket) throws IOException {
    redisson = RedissonPeer.connect(socket);
    executor = redisson.getExecutorService(NAME);
    List<String> command = new ArrayList<>(Java.client(Program.class));
    command.add(socket);
    worker =
        new ProcessBuilder(command)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
  }

  /** {@code SOCKET}: Redis's. */
  public static void main(String[] arguments) throws Exception {
    PeerWorker.serve(PoolTask.class, new RedissonExecutor(arguments[0]));
  }

  /** The workers. */
  static final class Program {
    private Program() {}

    /** {@code SOCKET}: runs tasks until nobody has the other end of its standard input. */
    public static void main(String[] arguments) throws IOException {
      RedissonClient redisson = RedissonPeer.connect(arguments[0]);
      redisson.getExecutorService(NAME).registerWorkers(WorkerOptions.defaults().workers(THREADS));
      System.in.readAllBytes();
      redisson.shutdown();
    }
  }

  /** A task as Redisson has them: its class goes with it. */
  public static final class Square implements Callable<Long>, Serializable {
    private static final long serialVersionUID = 1;

    private long number;

    /** For who reads it. */
    public Square() {}

    Square(long number) {
      this.number = number;
    }

    @Override
    public Long call() {
      return number * number;
    }
  }

  @Override
  public OneAtATime.Step step(PoolTask task, int worker) {
    Square square = new Square(INPUT);
    return switch (task) {
      case DISPATCH -> dispatch(executor, square);
      case INVOKE_ALL -> invokeAll(executor, square);
      case MAP -> throw new IllegalArgumentException("Redisson's executor has no map");
    };
  }

  @Override
  public void close() throws InterruptedException {
    worker.destroy();
    worker.waitFor();
    redisson.shutdown();
  }
}
