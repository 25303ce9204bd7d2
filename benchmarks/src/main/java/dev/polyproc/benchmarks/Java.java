package dev.polyproc.benchmarks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** The JDK that runs the benchmarks, and so what they start. */
final class Java {
  private static final List<String> FLAGS =
      List.of("-Xshare:auto", "-Xlog:cds=off", "-Xlog:cds+dynamic=off");

  private static final Pattern COLLECTOR = Pattern.compile("-XX:[+]Use[A-Za-z0-9]*GC");

  private Java() {}

  /**
   * A JVM with the flags of {@code scripts/polyprocd}, and these arguments behind them, which may
   * choose another collector.
   */
  static List<String> command(List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(tool("java"));
    if (arguments.stream().noneMatch(COLLECTOR.asMatchPredicate())) {
      command.addAll(Collector.SERIAL.options());
    }
    command.addAll(FLAGS);
    command.addAll(arguments);
    return command;
  }

  /** The same of a client, which needs little memory and has no log. */
  static List<String> client(List<String> arguments) {
    List<String> all = new ArrayList<>(List.of("-Xmx1g", "-Dslf4j.internal.verbosity=ERROR"));
    all.addAll(arguments);
    return command(all);
  }

  /** The same, with the classes of this JVM. */
  static List<String> client(Class<?> main) {
    return client(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
  }

  /** The path of one of the JDK's programs. */
  static String tool(String name) {
    return Path.of(System.getProperty("java.home"), "bin", name).toString();
  }
}
