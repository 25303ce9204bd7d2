package logs;

import dev.polyproc.client.Codec;
import dev.polyproc.client.PolyQueue;
import dev.polyproc.client.Polyproc;
import processes.JavaProcess;

/** Processes send their log records through a queue to one that handles them, in order. */
final class LogQueue {
  private LogQueue() {}

  /** What travels, also to and from other languages. */
  record LogRecord(String level, String message) {}

  private static PolyQueue<LogRecord> queue(Polyproc polyproc) {
    return polyproc.queue("log", Codec.of(LogRecord.class));
  }

  /** The process that handles them. */
  static final class Log {
    private Log() {}

    public static void main(String[] none) throws Exception {
      try (Polyproc polyproc = Polyproc.connect()) {
        queue(polyproc)
            .consume(
                1,
                delivery -> {
                  LogRecord record = delivery.item();
                  System.out.println(record.level() + ": " + record.message());
                });
      }
    }
  }

  /** The processes that log. */
  static final class Worker {
    private Worker() {}

    public static void main(String[] number) throws Exception {
      try (Polyproc polyproc = Polyproc.connect()) {
        String message = "Process ID: " + number[0] + " is running.";
        queue(polyproc).put(new LogRecord("INFO", message));
      }
    }
  }

  public static void main(String[] none) throws Exception {
    try (Polyproc polyproc = Polyproc.connect()) {
      PolyQueue<LogRecord> queue = queue(polyproc);
      Process log = JavaProcess.start(Log.class);
      for (int number = 0; number < 5; number++) {
        JavaProcess.start(Worker.class, number).waitFor();
      }
      queue.shutdownForAll(); // nothing more comes
      log.waitFor();
      polyproc.delete("log");
    }
  }
}
