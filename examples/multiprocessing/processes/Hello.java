package processes;

import dev.polyproc.client.PolyProcess;
import dev.polyproc.client.Polyproc;
import java.util.List;

/** A process that says hello. The daemon starts it, so that every language could wait for it. */
final class Hello {
  private Hello() {}

  /** What the process does. */
  static final class Greeter {
    private Greeter() {}

    public static void main(String[] name) {
      System.out.println("Hello, " + name[0] + "!");
    }
  }

  public static void main(String[] none) throws Exception {
    try (Polyproc polyproc = Polyproc.connect()) {
      List<String> command = JavaProcess.command(Greeter.class, "Alice");
      String[] arguments = command.subList(1, command.size()).toArray(String[]::new);
      PolyProcess process = polyproc.command(command.get(0), arguments).start();
      process.stdout().transferTo(System.out);
      System.out.println("exit code " + process.waitFor().code().getAsInt());
    }
  }
}
