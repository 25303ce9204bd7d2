package processes;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What stands for {@code Process(target=…)}: a main class of this program, in a JVM of its own. */
public final class JavaProcess {
  private JavaProcess() {}

  /** Starts a main class, which prints where this program prints. */
  public static Process start(Class<?> main, Object... arguments) throws IOException {
    return new ProcessBuilder(command(main, arguments)).inheritIO().start();
  }

  /** The command that runs a main class. */
  public static List<String> command(Class<?> main, Object... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")); // for short runs
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    return command;
  }

  /** Waits for all of them, as {@code join} of each. */
  public static void join(Iterable<Process> processes) throws InterruptedException {
    for (Process process : processes) {
      process.waitFor();
    }
  }
}
