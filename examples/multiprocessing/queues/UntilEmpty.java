package queues;

import dev.polyproc.client.PolyQueue;
import dev.polyproc.client.Polyproc;
import processes.JavaProcess;

/** A consumer that goes on until the queue is empty, when its producer has ended. */
final class UntilEmpty {
  private UntilEmpty() {}

  /** The first process. */
  static final class Producer {
    private Producer() {}

    public static void main(String[] none) throws Exception {
      try (Polyproc polyproc = Polyproc.connect()) {
        PolyQueue<Long> queue = polyproc.queue("produced", Long.class);
        for (long number = 0; number < 10; number++) {
          queue.put(number);
        }
      }
    }
  }

  /** The second. */
  static final class Consumer {
    private Consumer() {}

    public static void main(String[] none) {
      try (Polyproc polyproc = Polyproc.connect()) {
        PolyQueue<Long> queue = polyproc.queue("produced", Long.class);
        for (Long number = queue.poll(); number != null; number = queue.poll()) {
          System.out.println(number);
        }
      }
    }
  }

  public static void main(String[] none) throws Exception {
    JavaProcess.start(Producer.class).waitFor();
    JavaProcess.start(Consumer.class).waitFor();
    try (Polyproc polyproc = Polyproc.connect()) {
      polyproc.delete("produced");
    }
  }
}
