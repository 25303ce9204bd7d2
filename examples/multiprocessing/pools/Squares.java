package pools;

import dev.polyproc.client.PolyPool;
import dev.polyproc.client.Polyproc;
import dev.polyproc.client.PoolOptions;
import dev.polyproc.client.Worker;
import dev.polyproc.v1.Lifetime;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import processes.JavaProcess;

/** A pool of four processes squares the numbers below ten. The daemon starts them. */
final class Squares {
  private Squares() {}

  /** What each process does: it runs tasks until it is to end. */
  static final class Square {
    private Square() {}

    public static void main(String[] none) throws InterruptedException {
      Worker.builder().register("square", Long.class, x -> x * x).run();
    }
  }

  /** The shape of a pool of processes, each of which runs a main class; it ends with its client. */
  static PoolOptions processes(int count, Class<?> main) {
    List<String> command = JavaProcess.command(main);
    String[] arguments = command.subList(1, command.size()).toArray(String[]::new);
    return PoolOptions.DEFAULTS
        .workers(count, command.get(0), arguments)
        .folder(Path.of("")) // of this program, not of the daemon: the class path may be relative
        .lifetime(Lifetime.LIFETIME_SESSION);
  }

  public static void main(String[] none) throws Exception {
    try (Polyproc polyproc = Polyproc.connect()) {
      PolyPool pool = polyproc.pool("squares", processes(4, Square.class));
      List<Integer> numbers = IntStream.range(0, 10).boxed().toList();
      System.out.println(pool.map("square", Long.class, numbers));
    }
  }
}
