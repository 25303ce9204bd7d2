package queues;

import dev.polyproc.client.Codec;
import dev.polyproc.client.JoinablePolyQueue;
import dev.polyproc.client.PolyQueue;
import dev.polyproc.client.Polyproc;
import dev.polyproc.client.QueueOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import processes.JavaProcess;

/** Four workers share a queue of work: each takes the next number as soon as it is free. */
final class WorkQueue {
  private static final int N = 1000;

  private WorkQueue() {}

  private static JoinablePolyQueue<Long> tasks(Polyproc polyproc) {
    return polyproc
        .queue("numbers", Codec.of(Long.class), QueueOptions.DEFAULTS.joinable())
        .asJoinable();
  }

  private static PolyQueue<Long> results(Polyproc polyproc) {
    return polyproc.queue("squares", Long.class);
  }

  /** What a worker does. */
  static final class Worker {
    private Worker() {}

    public static void main(String[] none) throws Exception {
      try (Polyproc polyproc = Polyproc.connect()) {
        JoinablePolyQueue<Long> tasks = tasks(polyproc);
        PolyQueue<Long> results = results(polyproc);
        while (true) {
          Long number = tasks.poll(200, TimeUnit.MILLISECONDS);
          if (number == null) {
            return;
          }
          results.put(number * number);
          tasks.taskDone();
        }
      }
    }
  }

  public static void main(String[] none) throws Exception {
    try (Polyproc polyproc = Polyproc.connect()) {
      JoinablePolyQueue<Long> tasks = tasks(polyproc);
      PolyQueue<Long> results = results(polyproc);
      tasks.queue().putMany(LongStream.range(0, N).boxed().toList());
      List<Process> workers = new ArrayList<>();
      for (int number = 0; number < 4; number++) {
        workers.add(JavaProcess.start(Worker.class));
      }
      tasks.join();
      JavaProcess.join(workers);
      List<Long> squares = new ArrayList<>();
      results.drainTo(squares);
      long total = squares.stream().mapToLong(Long::longValue).sum();
      System.out.println("The sum of squares is: " + total);
      System.out.println("Left: " + tasks.size() + " " + results.size());
      polyproc.delete("numbers");
      polyproc.delete("squares");
    }
  }
}
