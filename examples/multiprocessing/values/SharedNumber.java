package values;

import dev.polyproc.client.Hold;
import dev.polyproc.client.PolyInteger;
import dev.polyproc.client.Polyproc;
import java.util.ArrayList;
import java.util.List;
import processes.JavaProcess;

/** Ten processes add to a number, each ten times, under its lock. */
final class SharedNumber {
  private SharedNumber() {}

  /** What a process does. */
  static final class Add {
    private Add() {}

    public static void main(String[] none) throws Exception {
      try (Polyproc polyproc = Polyproc.connect()) {
        PolyInteger number = polyproc.atomicInteger("number");
        try (Hold held = number.lock().acquire()) {
          for (int i = 0; i < 10; i++) {
            number.set(number.get() + 1); // or, in one step and without the lock, incrementAndGet()
          }
          System.out.println("num.value = " + number.get());
        }
      }
    }
  }

  public static void main(String[] none) throws Exception {
    try (Polyproc polyproc = Polyproc.connect()) {
      PolyInteger number = polyproc.atomicInteger("number");
      List<Process> processes = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        processes.add(JavaProcess.start(Add.class));
      }
      JavaProcess.join(processes);
      System.out.println("Final value: " + number.get());
      polyproc.delete("number");
    }
  }
}
