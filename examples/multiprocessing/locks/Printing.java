package locks;

import dev.polyproc.client.Hold;
import dev.polyproc.client.Polyproc;
import java.util.ArrayList;
import java.util.List;
import processes.JavaProcess;

/** Ten processes print, one at a time: no line is cut by another. */
final class Printing {
  private Printing() {}

  /** What a process does. */
  static final class Tell {
    private Tell() {}

    public static void main(String[] number) throws Exception {
      try (Polyproc polyproc = Polyproc.connect();
          Hold held = polyproc.lock("terminal").acquire()) {
        for (String part : List.of("number ", number[0], "\n")) {
          System.out.print(part);
          System.out.flush();
        }
      }
    }
  }

  public static void main(String[] none) throws Exception {
    List<Process> processes = new ArrayList<>();
    for (int number = 0; number < 10; number++) {
      processes.add(JavaProcess.start(Tell.class, number));
    }
    JavaProcess.join(processes);
    try (Polyproc polyproc = Polyproc.connect()) {
      polyproc.delete("terminal");
    }
  }
}
