package processes;

import java.util.ArrayList;
import java.util.List;

/** Two processes in parallel, as PyCSP's {@code Parallel(P1(), P2())}. */
final class Parallel {
  private Parallel() {}

  /** The first. */
  static final class P1 {
    private P1() {}

    public static void main(String[] none) throws InterruptedException {
      Thread.sleep(20);
      System.out.println("P1 exiting");
    }
  }

  /** The second. */
  static final class P2 {
    private P2() {}

    public static void main(String[] none) throws InterruptedException {
      Thread.sleep(10);
      System.out.println("P2 exiting");
    }
  }

  private static void parallel(Class<?>... mains) throws Exception {
    List<Process> processes = new ArrayList<>();
    for (Class<?> main : mains) {
      processes.add(JavaProcess.start(main));
    }
    JavaProcess.join(processes);
  }

  public static void main(String[] none) throws Exception {
    parallel(P1.class, P2.class);
    System.out.println("Terminating");
  }
}
