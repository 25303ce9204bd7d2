package dev.polyproc.testing;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A program of its own that a test runs: a class with a main method, of this class path. */
public final class JavaProgram {
  private JavaProgram() {}

  /** The Java that runs this test. */
  public static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  /** What that is told to run a class: quick to start, and small. */
  public static String[] arguments(Class<?> main, String... arguments) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx128m",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
    all.addAll(List.of(arguments));
    return all.toArray(String[]::new);
  }

  /** To run it beside this program; its standard error is this program's. */
  public static ProcessBuilder builder(Class<?> main, String... arguments) {
    List<String> command = new ArrayList<>(List.of(java()));
    command.addAll(List.of(arguments(main, arguments)));
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
  }

  /** Runs it. */
  public static Process start(Class<?> main, String... arguments) throws IOException {
    return builder(main, arguments).start();
  }
}
