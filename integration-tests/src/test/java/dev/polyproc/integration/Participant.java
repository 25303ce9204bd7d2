package dev.polyproc.integration;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The programs of examples/memory, which map a segment: one in each language. */
enum Participant {
  PYTHON,
  GO,
  NODE,
  C,
  RUST;

  /** How a program ended, and what it printed. */
  record Outcome(int exit, String printed) {}

  /** What prepare printed: the commands of the languages that this machine has. */
  private static final class Commands {
    private static final Map<String, List<String>> ALL = new HashMap<>();

    static {
      try {
        Path prepare = Launch.root().resolve("examples/memory/prepare");
        Outcome prepared = run(List.of(prepare.toString()), ProcessBuilder.Redirect.INHERIT);
        prepared
            .printed()
            .lines()
            .map(line -> List.of(line.split("\t")))
            .forEach(words -> ALL.put(words.get(0), words.subList(1, words.size())));
      } catch (IOException | InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private String language() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether the language has atomic steps. */
  boolean isAtomic() {
    return this != PYTHON;
  }

  boolean isThere() {
    return Commands.ALL.containsKey(language());
  }

  /** The command for a segment; skips the test where the machine has not the language. */
  List<String> command(Path segment, Object... words) {
    assumeTrue(isThere(), language() + " is not set up");
    List<String> command = new ArrayList<>(Commands.ALL.getOrDefault(language(), List.of()));
    command.add(segment.toString());
    for (Object word : words) {
      command.add(word.toString());
    }
    return command;
  }

  /** Runs it to its end. */
  Outcome run(Path segment, Object... words) throws IOException, InterruptedException {
    return run(command(segment, words), ProcessBuilder.Redirect.PIPE);
  }

  /** Runs it to its end, which must be a good one; answers what it printed. */
  String print(Path segment, Object... words) throws IOException, InterruptedException {
    Outcome outcome = run(segment, words);
    if (outcome.exit() != 0) {
      throw new AssertionError("Expected " + this + " to end well, but: " + outcome.printed());
    }
    return outcome.printed().strip();
  }

  private static Outcome run(List<String> command, ProcessBuilder.Redirect errors)
      throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(command);
    if (errors == ProcessBuilder.Redirect.PIPE) {
      builder.redirectErrorStream(true);
    } else {
      builder.redirectError(errors);
    }
    Process process = builder.start();
    try {
      process.getOutputStream().close();
      String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return new Outcome(process.waitFor(), printed);
    } finally {
      process.destroyForcibly();
    }
  }
}
