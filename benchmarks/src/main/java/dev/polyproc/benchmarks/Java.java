package dev.polyproc.benchmarks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The JDK that runs the benchmarks, and so what they start. */
final class Java {
  private static final List<String> FLAGS =
      List.of("-XX:+UseSerialGC", "-Xshare:auto", "-Xlog:cds=off", "-Xlog:cds+dynamic=off");

  private Java() {}

  /** A JVM with the flags of {@code scripts/polyprocd}, and these arguments behind them. */
  static List<String> command(List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(tool("java"));
    command.addAll(FLAGS);
    command.addAll(arguments);
    return command;
  }

  /** A small JVM with the classes of this one, and this {@code main}. */
  static List<String> sameClasses(Class<?> main) {
    return command(List.of("-Xmx1g", "-cp", System.getProperty("java.class.path"), main.getName()));
  }

  /** The path of one of the JDK's programs. */
  static String tool(String name) {
    return Path.of(System.getProperty("java.home"), "bin", name).toString();
  }
}
