package dev.polyproc.integration;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Runs programs that are known from multiprocessing, and answers the lines that they print. */
final class ExamplePrograms {
  private final Workplace workplace;

  ExamplePrograms(Workplace workplace) {
    this.workplace = workplace;
  }

  /** Runs a program of Java. */
  List<String> java(Class<?> program, String... arguments) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                program.getName()));
    command.addAll(List.of(arguments));
    return lines(workplace.run(command.toArray(String[]::new)));
  }

  /** Runs a program of Python over bare stubs, which are generated as docs/stubs.md says. */
  List<String> python(String program, String... arguments) throws Exception {
    assumeTrue(
        Files.isExecutable(Launch.root().resolve(".tools/python/bin/python")),
        "Python is not set up");
    return lines(
        workplace.shell(
            generating()
                + "python "
                + Launch.root().resolve("integration-tests/src/test/resources").resolve(program)
                + " "
                + String.join(" ", arguments)
                + "\n"));
  }

  private static String generating() throws IOException {
    return Document.at("docs/stubs.md")
        .section("Generate")
        .blocksWithout("sh", "python3 -m venv")
        .get(0);
  }

  /** What a program has printed, and not what runs it. */
  private static List<String> lines(String printed) {
    return printed
        .lines()
        .filter(line -> !line.matches(".*(: warning: |\\[warning\\]).*"))
        .toList();
  }
}
