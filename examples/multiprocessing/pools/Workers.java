package pools;

import dev.polyproc.client.PolyPool;
import dev.polyproc.client.Polyproc;
import dev.polyproc.client.Worker;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import processes.JavaProcess;

/**
 * The tasks of a pool say that they run; what they return is nothing. Its workers are processes of
 * this program, so that they print where it does.
 */
final class Workers {
  private Workers() {}

  /** What each process does. */
  static final class Work {
    private Work() {}

    public static void main(String[] pool) throws InterruptedException {
      Worker.builder()
          .pool(pool[0])
          .register(
              "work",
              Long.class,
              number -> {
                System.out.println("Worker " + number + " started");
                return null;
              })
          .run();
    }
  }

  public static void main(String[] none) throws Exception {
    List<Process> processes = new ArrayList<>();
    try (Polyproc polyproc = Polyproc.connect()) {
      PolyPool pool = polyproc.pool("workers");
      for (int i = 0; i < 4; i++) {
        processes.add(JavaProcess.start(Work.class, pool.name()));
      }
      List<Integer> numbers = IntStream.range(0, 10).boxed().toList();
      System.out.println(pool.map("work", Object.class, numbers));
      pool.shutdownForAll(); // so that they end, also the one that comes too late
      JavaProcess.join(processes);
      polyproc.delete(pool.name());
    }
  }
}
