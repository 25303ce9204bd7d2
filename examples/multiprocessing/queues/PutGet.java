package queues;

import dev.polyproc.client.Codec;
import dev.polyproc.client.PolyQueue;
import dev.polyproc.client.Polyproc;
import java.util.List;
import processes.JavaProcess;

/** A queue takes values, and gives them to another process, in whatever language. */
final class PutGet {
  private PutGet() {}

  /** What the process does. */
  static final class Put {
    private Put() {}

    public static void main(String[] none) throws Exception {
      try (Polyproc polyproc = Polyproc.connect()) {
        polyproc.queue("things").put(List.of(42L, Codec.NULL, "hello"));
      }
    }
  }

  public static void main(String[] none) throws Exception {
    try (Polyproc polyproc = Polyproc.connect()) {
      PolyQueue<Object> things = polyproc.queue("things");
      Process process = JavaProcess.start(Put.class);
      System.out.println(things.take());
      process.waitFor();
      polyproc.delete("things");
    }
  }
}
