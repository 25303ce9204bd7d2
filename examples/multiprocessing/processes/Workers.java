package processes;

import java.util.ArrayList;
import java.util.List;

/** Five workers, which come in any order. */
final class Workers {
  private Workers() {}

  /** What a worker does. */
  static final class Work {
    private Work() {}

    public static void main(String[] number) {
      System.out.println("Worker " + number[0] + " started");
    }
  }

  public static void main(String[] none) throws Exception {
    List<Process> workers = new ArrayList<>();
    for (int number = 0; number < 5; number++) {
      workers.add(JavaProcess.start(Work.class, number));
    }
    JavaProcess.join(workers);
  }
}
