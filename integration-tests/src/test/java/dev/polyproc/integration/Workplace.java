package dev.polyproc.integration;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A folder in which the commands of a document are run: it looks like the root of the repository,
 * and what they make stays in it. What the document shows of this machine, such as ports, is
 * replaced by what the test has.
 */
final class Workplace implements BeforeEachCallback, AfterEachCallback {
  private static final long SECONDS = 120;

  private @Nullable Path folder;
  private final Map<String, String> replacements = new LinkedHashMap<>();
  private final Map<String, String> environment = new HashMap<>();

  @Override
  public void beforeEach(ExtensionContext context) throws IOException {
    Path made = Files.createTempDirectory("polyproc-workplace-");
    folder = made;
    replacements.clear();
    environment.clear();
    try (Stream<Path> entries = Files.list(Launch.root())) {
      for (Path entry : entries.toList()) {
        Files.createSymbolicLink(made.resolve(entry.getFileName()), entry);
      }
    }
    environment.put("PATH", path());
  }

  private static String path() {
    String tools = Launch.root().resolve(".tools").toString();
    return tools + "/python/bin:" + tools + "/bin:" + System.getenv().getOrDefault("PATH", "");
  }

  /** Whether the commands find a program of that name here. */
  static boolean has(String program) {
    return Arrays.stream(path().split(":"))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }

  @Override
  public void afterEach(ExtensionContext context) throws IOException {
    try (Stream<Path> files = Files.walk(folder())) { // which follows no link
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }

  /** The folder; there is one while a test runs. */
  Path folder() {
    return Objects.requireNonNull(folder);
  }

  /** Something that the document shows, and what stands for it here. */
  Workplace replace(String shown, Object here) {
    replacements.put(shown, here.toString());
    return this;
  }

  /** A variable of the environment; without it where it is empty. */
  Workplace environment(String name, String value) {
    environment.put(name, value);
    return this;
  }

  /** The code as it is run here. */
  String here(String code) {
    String here = code;
    for (Map.Entry<String, String> replacement : replacements.entrySet()) {
      here = here.replace(replacement.getKey(), replacement.getValue());
    }
    return here;
  }

  /** Writes a file for the commands. */
  Path write(String name, String code) throws IOException {
    return Files.writeString(folder().resolve(name), here(code));
  }

  /** Runs commands one after the other in one shell, until one fails; answers what they print. */
  String shell(String commands) throws IOException, InterruptedException {
    return run("bash", "-e", write("commands", commands).toString());
  }

  /** Runs a command; answers what it prints. */
  String run(String... command) throws IOException, InterruptedException {
    Path output = folder().resolve("output");
    Process process = start(output, command);
    try {
      assertThat(process.waitFor(SECONDS, TimeUnit.SECONDS))
          .as("%s ends; so far: %s", command[0], Files.readString(output))
          .isTrue();
      String printed = Files.readString(output);
      assertThat(process.exitValue()).as(printed).isZero();
      return printed;
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  /** Starts a command whose output, errors too, goes into a file. */
  Process start(Path output, String... command) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder().toFile());
    environment.forEach(
        (name, value) -> {
          if (value.isEmpty()) {
            builder.environment().remove(name);
          } else {
            builder.environment().put(name, value);
          }
        });
    return builder.redirectErrorStream(true).redirectOutput(output.toFile()).start();
  }
}
