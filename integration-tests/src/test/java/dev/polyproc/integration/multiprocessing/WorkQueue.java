package dev.polyproc.integration.multiprocessing;

import dev.polyproc.client.Codec;
import dev.polyproc.client.JoinablePolyQueue;
import dev.polyproc.client.PolyQueue;
import dev.polyproc.client.Polyproc;
import dev.polyproc.client.QueueOptions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Four workers that share a queue of numbers, and put the squares into another one. */
public final class WorkQueue {
  private static final int NUMBERS = 1_000;
  private static final int WORKERS = 4;

  private final JoinablePolyQueue<Long> tasks;
  private final PolyQueue<Long> results;

  private WorkQueue(Polyproc polyproc) {
    tasks =
        polyproc
            .queue("work-queue/tasks", Codec.LONG, QueueOptions.DEFAULTS.joinable())
            .asJoinable();
    results = polyproc.queue("work-queue/results", Codec.LONG);
  }

  /** The program, or a part of it. */
  public static void main(String[] part) throws IOException, InterruptedException {
    try (Polyproc polyproc = Polyproc.connect()) {
      WorkQueue queues = new WorkQueue(polyproc);
      if (part.length == 0) {
        queues.run();
      } else {
        queues.work();
      }
    }
  }

  private void run() throws IOException, InterruptedException {
    for (long number = 0; number < NUMBERS; number++) {
      tasks.put(number);
    }
    List<Part> workers = new ArrayList<>();
    for (int i = 0; i < WORKERS; i++) {
      workers.add(Part.start(WorkQueue.class, "worker"));
    }
    tasks.join(); // also when a worker dies: another one has its number then
    System.out.println("joined");
    for (Part worker : workers) {
      worker.join();
    }
    List<Long> squares = new ArrayList<>();
    results.drainTo(squares);
    long sum = squares.stream().mapToLong(Long::longValue).sum();
    System.out.println("The sum of squares is: " + sum);
  }

  private void work() throws InterruptedException {
    while (!tasks.isEmpty()) {
      Long number = tasks.poll();
      if (number != null) { // unless another one was faster
        results.put(number * number);
        tasks.taskDone();
      }
    }
  }
}
