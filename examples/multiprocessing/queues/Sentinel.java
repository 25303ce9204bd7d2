package queues;

import dev.polyproc.client.Codec;
import dev.polyproc.client.PolyQueue;
import dev.polyproc.client.Polyproc;
import processes.JavaProcess;

/** A producer tells its consumer by a null that nothing comes any more. */
final class Sentinel {
  private Sentinel() {}

  /** The one process. */
  static final class Producer {
    private Producer() {}

    public static void main(String[] none) throws Exception {
      try (Polyproc polyproc = Polyproc.connect()) {
        PolyQueue<Object> queue = polyproc.queue("numbers");
        for (long number = 0; number < 10; number++) {
          queue.put(number);
          System.out.println("Produced: " + number);
        }
        queue.put(Codec.NULL);
      }
    }
  }

  /** The other. */
  static final class Consumer {
    private Consumer() {}

    public static void main(String[] none) throws Exception {
      try (Polyproc polyproc = Polyproc.connect()) {
        PolyQueue<Object> queue = polyproc.queue("numbers");
        for (Object number = queue.take(); number != Codec.NULL; number = queue.take()) {
          System.out.println("Consumed: " + number);
        }
      }
    }
  }

  public static void main(String[] none) throws Exception {
    Process producer = JavaProcess.start(Producer.class);
    Process consumer = JavaProcess.start(Consumer.class);
    System.out.println("exit codes " + producer.waitFor() + " " + consumer.waitFor());
    try (Polyproc polyproc = Polyproc.connect()) {
      polyproc.delete("numbers");
    }
  }
}
