package values;

import dev.polyproc.client.PolyInteger;
import dev.polyproc.client.Polyproc;
import java.util.ArrayList;
import java.util.List;
import processes.JavaProcess;

/** Five processes count: what takes two steps may lose some; {@code incrementAndGet} is one. */
final class Counter {
  private Counter() {}

  /** What a process does. */
  static final class Count {
    private Count() {}

    public static void main(String[] none) {
      try (Polyproc polyproc = Polyproc.connect()) {
        PolyInteger lossy = polyproc.atomicInteger("lossy");
        lossy.set(lossy.get() + 1);
        polyproc.atomicInteger("whole").incrementAndGet();
      }
    }
  }

  public static void main(String[] none) throws Exception {
    try (Polyproc polyproc = Polyproc.connect()) {
      List<Process> processes = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        processes.add(JavaProcess.start(Count.class));
      }
      JavaProcess.join(processes);
      int lossy = polyproc.atomicInteger("lossy").get();
      System.out.println("In two steps 1 to 5: " + (1 <= lossy && lossy <= 5));
      System.out.println("In one step: " + polyproc.atomicInteger("whole").get());
      polyproc.delete("lossy");
      polyproc.delete("whole");
    }
  }
}
