package dev.polyproc.examples.wordcount;

import dev.polyproc.client.PolyProcess;
import dev.polyproc.client.Polyproc;
import dev.polyproc.client.ProcessExit;
import dev.polyproc.examples.wordcount.Options.Language;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The workers that the daemon started for the demo, by name. They end with the demo's session. */
final class Crew {
  private final Map<String, PolyProcess> workers = new LinkedHashMap<>();
  private final Map<String, CompletableFuture<ProcessExit>> exits = new LinkedHashMap<>();

  /** Starts some workers in each language. */
  static Crew start(Polyproc polyproc, List<Language> languages, int each)
      throws InterruptedException {
    Crew crew = new Crew();
    for (Language language : languages) {
      String program = language.command().get(0);
      String[] arguments = language.command().stream().skip(1).toArray(String[]::new);
      for (int i = 1; i <= each; i++) {
        String name = language.name() + "-" + i;
        crew.add(polyproc.command(program, arguments).name(name).daemonic().start());
      }
    }
    return crew;
  }

  private void add(PolyProcess worker) {
    workers.put(worker.name(), worker);
    exits.put(worker.name(), worker.onExit());
  }

  List<String> names() {
    return List.copyOf(workers.keySet());
  }

  PolyProcess worker(String name) {
    PolyProcess worker = workers.get(name);
    if (worker == null) {
      throw new IllegalArgumentException("Expected one of " + names() + ", but there is " + name);
    }
    return worker;
  }

  /** The names of the workers that run. */
  List<String> running() {
    return exits.entrySet().stream()
        .filter(exit -> !exit.getValue().isDone())
        .map(Map.Entry::getKey)
        .toList();
  }

  /** Completes when all have ended. */
  CompletableFuture<@Nullable Void> ended() {
    return CompletableFuture.allOf(exits.values().toArray(CompletableFuture[]::new));
  }

  /** Those that ended otherwise than well, each with what it wrote to stderr of the reason. */
  List<String> failures() throws IOException {
    List<String> failures = new ArrayList<>();
    for (Map.Entry<String, CompletableFuture<ProcessExit>> exit : exits.entrySet()) {
      if (exit.getValue().isDone() && !exit.getValue().join().succeeded()) {
        failures.add(
            exit.getKey()
                + " ended with "
                + describe(exit.getValue().join())
                + lastError(worker(exit.getKey())));
      }
    }
    return failures;
  }

  private static String describe(ProcessExit exit) {
    return exit.signal().isPresent()
        ? "signal " + exit.signal().getAsInt()
        : "exit code " + exit.code().orElse(-1);
  }

  private static String lastError(PolyProcess worker) throws IOException {
    try (InputStream stderr = worker.stderr()) {
      String text = new String(stderr.readAllBytes(), StandardCharsets.UTF_8).strip();
      return text.isEmpty() ? "" : ": " + reason(text.lines().toList());
    }
  }

  /**
   * The last line that names an error, for some runtimes say more behind it; else the last line.
   */
  private static String reason(List<String> lines) {
    return lines.stream()
        .filter(line -> line.contains("Error") || line.contains("Exception"))
        .reduce((earlier, later) -> later)
        .orElse(lines.get(lines.size() - 1))
        .strip();
  }
}
