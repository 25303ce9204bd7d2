package queues;

import dev.polyproc.client.Codec;
import dev.polyproc.client.JoinablePolyQueue;
import dev.polyproc.client.Polyproc;
import dev.polyproc.client.QueueOptions;
import java.util.List;
import processes.JavaProcess;

/** A producer waits until its consumer has done all that it put. */
final class TaskDone {
  private TaskDone() {}

  private static JoinablePolyQueue<String> queue(Polyproc polyproc) {
    return polyproc.queue("tasks", Codec.STRING, QueueOptions.DEFAULTS.joinable()).asJoinable();
  }

  /** The one process. */
  static final class Producer {
    private Producer() {}

    public static void main(String[] none) throws Exception {
      try (Polyproc polyproc = Polyproc.connect()) {
        for (String item : List.of("1", "2", "STOP")) {
          System.out.println("Producer: " + item);
          queue(polyproc).put(item);
        }
        queue(polyproc).join();
        System.out.println("All is done");
      }
    }
  }

  /** The other. */
  static final class Consumer {
    private Consumer() {}

    public static void main(String[] none) throws Exception {
      try (Polyproc polyproc = Polyproc.connect()) {
        String item = "";
        while (!item.equals("STOP")) {
          item = queue(polyproc).take();
          System.out.println("Consumer: " + item);
          queue(polyproc).taskDone();
        }
      }
    }
  }

  public static void main(String[] none) throws Exception {
    JavaProcess.join(List.of(JavaProcess.start(Producer.class), JavaProcess.start(Consumer.class)));
    try (Polyproc polyproc = Polyproc.connect()) {
      polyproc.delete("tasks");
    }
  }
}
