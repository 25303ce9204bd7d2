package dev.polyproc.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The contract goes through the usual generators of a language, and its compiler takes what they
 * make. Java's is the build itself.
 */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
final class GeneratedStubsIT {
  private static final Path CONTRACT = Launch.root().resolve("proto/src/main/proto");
  private static final Path CHECK =
      Launch.root().resolve("integration-tests/src/test/generators/check");

  @TempDir Path folder;

  /** How a check ended, and what the generators and the compiler said. */
  private record Outcome(int exit, String output) {}

  private Outcome check(String language, Path contract) throws Exception {
    String tools = language.matches("typescript|javascript") ? "node" : language;
    assumeTrue(
        Files.exists(Launch.root().resolve(".tools/generators-" + tools + ".done")),
        "The generators of " + tools + " are not set up");
    Path stubs = Files.createDirectory(folder.resolve("stubs"));
    Path output = folder.resolve("output");
    Process process =
        new ProcessBuilder(CHECK.toString(), language, contract.toString())
            .directory(stubs.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertThat(process.waitFor(3, TimeUnit.MINUTES))
          .as("The check of %s ends", language)
          .isTrue();
      return new Outcome(process.exitValue(), Files.readString(output));
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  private void assertCompiles(String language) throws Exception {
    long start = System.nanoTime();
    Outcome outcome = check(language, CONTRACT);
    System.out.printf(
        "Stubs of %s: %d ms%n", language, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
    assertThat(outcome.exit()).as(outcome.output()).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"python", "typescript", "javascript", "go", "rust", "cpp", "ruby", "kotlin"})
  void shouldCompile(String language) throws Exception {
    assertCompiles(language);
  }

  /** Neither the generator of services nor the library: they are to be had from NuGet alone. */
  @Test
  void shouldParseMessagesOfCSharpThoughNotCompileThem() throws Exception {
    assertCompiles("csharp");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          typescript | rpc Shutdown( | rpc Close(          | close
          javascript | rpc Shutdown( | rpc Close(          | QueueService.close
          javascript | rpc Shutdown( | rpc GetChannel(     | QueueService.getChannel
          ruby       | rpc Shutdown( | rpc Inspect(        | QueueService.inspect
          ruby       | max_attempts  | method              | QueueCreateRequest.method
          python     | rpc Shutdown( | rpc None(           | invalid syntax
          python     | max_attempts  | int                 | QueueCreateRequest.int
          """)
  void shouldNotTakeANameThatTheLanguageHas(
      String language, String name, String taken, String complaint) throws Exception {
    Path contract = folder.resolve("contract");
    copy(CONTRACT, contract);
    Path queue = contract.resolve("polyproc/v1/queue.proto");
    String text = Files.readString(queue);
    assertThat(text).contains(name);
    Files.writeString(queue, text.replace(name, taken));

    Outcome outcome = check(language, contract);

    assertThat(outcome.exit()).as(outcome.output()).isNotZero();
    assertThat(outcome.output()).contains(complaint);
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(from.relativize(file).toString()));
      }
    }
  }
}
