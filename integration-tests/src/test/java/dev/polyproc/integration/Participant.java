package dev.polyproc.integration;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The programs of examples/memory, which map a segment: one in each language. */
enum Participant {
  PYTHON,
  GO,
  NODE,
  C,
  RUST;

  /** How a program ended, and what it printed. */
  record Outcome(int exit, String printed) {}

  private static final class Prepared {
    private static final PreparedCommands COMMANDS = new PreparedCommands("examples/memory");
  }

  private String language() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether the language has atomic steps. */
  boolean isAtomic() {
    return this != PYTHON;
  }

  boolean isThere() {
    return Prepared.COMMANDS.has(language());
  }

  /** The command for a segment; skips the test where the machine has not the language. */
  List<String> command(Path segment, Object... words) {
    List<String> command = new ArrayList<>(Prepared.COMMANDS.of(language()));
    command.add(segment.toString());
    for (Object word : words) {
      command.add(word.toString());
    }
    return command;
  }

  /** Runs it to its end. */
  Outcome run(Path segment, Object... words) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command(segment, words)).redirectErrorStream(true).start();
    try {
      process.getOutputStream().close();
      String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return new Outcome(process.waitFor(), printed);
    } finally {
      process.destroyForcibly();
    }
  }

  /** Runs it to its end, which must be a good one; answers what it printed. */
  String print(Path segment, Object... words) throws IOException, InterruptedException {
    Outcome outcome = run(segment, words);
    if (outcome.exit() != 0) {
      throw new AssertionError("Expected " + this + " to end well, but: " + outcome.printed());
    }
    return outcome.printed().strip();
  }
}
