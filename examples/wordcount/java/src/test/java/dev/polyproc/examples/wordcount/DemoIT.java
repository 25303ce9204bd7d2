package dev.polyproc.examples.wordcount;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.MINUTES;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Runs {@code scripts/demo} as its users do, with a daemon and workers that are processes. */
@Timeout(value = 5, unit = MINUTES)
final class DemoIT {
  private static final Path ROOT = Path.of("../../..").toAbsolutePath().normalize();

  @TempDir Path folder;
  private @Nullable Path programs;

  @Test
  void shouldCountAlikeInAllLanguagesThoughAWorkerIsKilled() throws Exception {
    // given
    Path text = text(2_000_000);

    // when
    Run run = run(demo(text.toString()));

    // then
    assertThat(run.exitCode).isZero();
    assertThat(run.output)
        .contains("The totals are equal", "Killed ", ", came back: ")
        .contains("java ");
    for (String language : List.of("python", "node", "go", "rust", "cpp")) {
      // Each has counted some chunks, or is named as missing.
      assertThat(run.output)
          .containsPattern("(?m)(^Chunks: .*" + language + " \\d|^skipped: " + language + " )");
    }
  }

  @Test
  void shouldRunWithJavaAloneAndNameTheOthers() throws Exception {
    // given
    ProcessBuilder demo = demo(text(500_000).toString());
    demo.environment().put("PATH", pathWithout("(python|node|npm|go|cargo|rustc|g\\+\\+).*"));

    // when
    Run run = run(demo);

    // then
    assertThat(run.exitCode).isZero();
    assertThat(run.output)
        .contains("skipped: python workers", "skipped: node workers", "skipped: go workers")
        .contains("skipped: rust workers", "skipped: cpp workers")
        .contains("The totals are equal");
  }

  @Test
  void shouldGoOnWithoutWorkersThatFailAtTheirStartAndSayWhy() throws Exception {
    // given
    assumeTrue(
        Files.isDirectory(ROOT.resolve("examples/wordcount/node/node_modules")),
        "The workers of node are not set up");
    ProcessBuilder demo = demo(text(100_000).toString());
    demo.environment().put("PATH", pathWithout("(python|node|npm|go|cargo|rustc|g\\+\\+).*"));
    program("npm", "");
    program("node", "[ $1 = -v ] || { echo 'Error: Cannot find x' >&2; echo Node >&2; exit 1; }");

    // when
    Run run = run(demo);

    // then
    assertThat(run.output)
        .contains("2 workers are ready: java-1, java-2\n", "The totals are equal")
        .containsPattern("node-1 ended with exit code 1: Error: Cannot find x");
  }

  @Test
  void shouldSayThatTheJdkIsMissing() throws Exception {
    // given
    ProcessBuilder demo = demo();
    demo.environment().put("PATH", pathWithout("java.*"));
    demo.environment().remove("JAVA_HOME");

    // when
    Run run = run(demo);

    // then
    assertThat(run.exitCode).isEqualTo(1);
    assertThat(run.output).startsWith("Expected a JDK and Maven, but there is no javac");
  }

  @Test
  void shouldLeaveNothingBehindWhenInterrupted() throws Exception {
    // given
    ProcessBuilder builder = demo(text(20_000_000).toString());
    // What a shell runs in the background ignores SIGINT, as does what that starts.
    List<String> command = new ArrayList<>(List.of("env", "--default-signal=INT"));
    command.addAll(builder.command());
    Process demo = builder.command(command).start();
    List<ProcessHandle> family;
    try (BufferedReader output = demo.inputReader(UTF_8)) {
      assertThat(output.lines().anyMatch(line -> line.contains("workers are ready"))).isTrue();
      family = demo.descendants().toList();

      // when
      new ProcessBuilder("kill", "-INT", Long.toString(demo.pid())).start().waitFor();
      output.lines().forEach(line -> {});
    }

    // then
    assertThat(demo.waitFor(20, SECONDS)).isTrue();
    assertThat(demo.exitValue()).isEqualTo(130);
    assertThat(family).hasSizeGreaterThan(2);
    for (ProcessHandle relative : family) {
      relative.onExit().get(20, SECONDS);
    }
  }

  private record Run(int exitCode, String output) {}

  private ProcessBuilder demo(String... arguments) {
    List<String> command =
        Stream.concat(Stream.of(ROOT + "/scripts/demo"), Stream.of(arguments)).toList();
    return new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true);
  }

  private static Run run(ProcessBuilder builder) throws IOException, InterruptedException {
    Process process = builder.start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    System.out.println(output);
    return new Run(process.waitFor(), output);
  }

  /** A text of many words, the same every time. */
  private Path text(int bytes) throws IOException {
    Random random = new Random(7);
    StringBuilder text = new StringBuilder();
    while (text.length() < bytes) {
      text.append(Integer.toString(random.nextInt(50_000), 26))
          .append(random.nextInt(9) < 8 ? ' ' : '\n');
    }
    return Files.writeString(folder.resolve("text"), text);
  }

  /** A folder with links to all programs of the path, but for some names. */
  private String pathWithout(String names) throws IOException {
    Path programs = Files.createTempDirectory("programs");
    this.programs = programs;
    for (String entry : System.getenv("PATH").split(File.pathSeparator)) {
      if (!Files.isDirectory(Path.of(entry))) {
        continue;
      }
      try (Stream<Path> files = Files.list(Path.of(entry))) {
        for (Path file : files.toList()) {
          Path link = programs.resolve(file.getFileName());
          if (!file.getFileName().toString().matches(names)
              && !Files.exists(link, LinkOption.NOFOLLOW_LINKS)) {
            Files.createSymbolicLink(link, file);
          }
        }
      }
    }
    return programs.toString();
  }

  /** A shell script beside the links. */
  private void program(String name, String text) throws IOException {
    Path program = Objects.requireNonNull(programs).resolve(name);
    Files.writeString(program, "#!/bin/sh\n" + text + "\n");
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  // Not in a @TempDir, which would warn of each of a thousand links.
  @AfterEach
  void deletePrograms() throws IOException {
    if (programs != null) {
      try (Stream<Path> links = Files.list(programs)) {
        for (Path link : links.toList()) {
          Files.delete(link);
        }
      }
      Files.delete(programs);
    }
  }
}
