package processes;

import dev.polyproc.client.PolyProcess;
import dev.polyproc.client.Polyproc;
import java.util.ArrayList;
import java.util.List;

/** Processes of the daemon have names, by which any program finds them. */
final class SayHello {
  private SayHello() {}

  /** What a process does. */
  static final class Greeter {
    private Greeter() {}

    public static void main(String[] none) {
      System.out.println(System.getenv("POLYPROC_PROCESS").replace('-', ' ') + " says hello");
    }
  }

  public static void main(String[] none) throws Exception {
    try (Polyproc polyproc = Polyproc.connect()) {
      List<String> command = JavaProcess.command(Greeter.class);
      String[] arguments = command.subList(1, command.size()).toArray(String[]::new);
      List<PolyProcess> greeters = new ArrayList<>();
      for (int number = 0; number < 5; number++) {
        greeters.add(polyproc.command(command.get(0), arguments).name("Process-" + number).start());
      }
      for (PolyProcess greeter : greeters) {
        greeter.stdout().transferTo(System.out);
        greeter.waitFor();
      }
    }
  }
}
