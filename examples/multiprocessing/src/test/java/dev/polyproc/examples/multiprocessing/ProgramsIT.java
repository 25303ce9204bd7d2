package dev.polyproc.examples.multiprocessing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.testing.DaemonProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Runs each program, and compares what it prints with the files beside it. */
@Timeout(60)
class ProgramsIT {
  @RegisterExtension static final DaemonProcess DAEMON = new DaemonProcess();

  private static final Path FOLDER =
      Path.of(System.getProperty("polyproc.examples", "")).toAbsolutePath();

  /** The programs in Python, without their endings: each has one in Java beside it. */
  static List<String> programs() throws IOException {
    try (Stream<Path> files = Files.walk(FOLDER, 2)) {
      List<String> programs =
          files
              .map(file -> FOLDER.relativize(file).toString())
              .filter(name -> name.endsWith(".py"))
              .map(name -> name.substring(0, name.length() - ".py".length()))
              .sorted()
              .toList();
      assertThat(programs).hasSizeGreaterThan(20);
      return programs;
    }
  }

  @ParameterizedTest
  @MethodSource("programs")
  void shouldPrintWhatMustBeSeen(String program) throws Exception {
    assertThat(run(program)).isEqualTo(expected(program));
  }

  @Test
  void shouldPutTheJobThatThePageShows(@TempDir Path folder) throws Exception {
    String page =
        Files.readString(FOLDER.resolve("../../docs/from-multiprocessing.md").normalize());
    int start = page.indexOf("```java\n") + "```java\n".length();
    Path source = folder.resolve("Shown.java");
    Files.writeString(
        source,
        "import dev.polyproc.client.*;\nclass Shown {\n"
            + "public static void main(String[] none) throws Exception {\n"
            + page.substring(start, page.indexOf("```", start))
            + "}}\n");

    assertThat(run(source.toString())).isEmpty();

    assertThat(DAEMON.connect().queue("jobs").poll()).isEqualTo("from Java");
  }

  private static List<String> run(String program) throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            program.endsWith(".java") ? program : mainClass(program));
    builder.redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().put("POLYPROC_ADDRESS", DAEMON.address());
    Process process = builder.start();
    try {
      List<String> lines =
          new String(process.getInputStream().readAllBytes(), UTF_8).lines().toList();
      assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isZero();
      return inAnyOrder(program) ? lines.stream().sorted().toList() : lines;
    } finally {
      process.destroyForcibly();
    }
  }

  /** Such as {@code queues.PutGet} of {@code queues/put_get}. */
  private static String mainClass(String program) {
    String[] parts = program.split("/");
    return parts[0]
        + "."
        + Arrays.stream(parts[1].split("_"))
            .map(word -> word.substring(0, 1).toUpperCase() + word.substring(1))
            .collect(joining());
  }

  private static boolean inAnyOrder(String program) {
    return Files.exists(FOLDER.resolve(program + ".any-order.txt"));
  }

  /** Of Java alone, where there is such a file: its null, true and toString are not Python's. */
  private static List<String> expected(String program) throws IOException {
    String ending = inAnyOrder(program) ? ".any-order.txt" : ".txt";
    Path ofJava = FOLDER.resolve(program + ".java" + ending);
    List<String> lines =
        Files.readAllLines(Files.exists(ofJava) ? ofJava : FOLDER.resolve(program + ending));
    return inAnyOrder(program) ? lines.stream().sorted().toList() : lines;
  }
}
