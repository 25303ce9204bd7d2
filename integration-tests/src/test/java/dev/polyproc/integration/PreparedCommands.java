package dev.polyproc.integration;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The programs that an example has in several languages, as its script {@code prepare} has them.
 */
final class PreparedCommands {
  private final Map<String, List<String>> byLanguage = new HashMap<>();

  /** Makes an example's programs ready, in the languages that this machine has. */
  PreparedCommands(String example) {
    try {
      Process prepare =
          new ProcessBuilder(Launch.root().resolve(example).resolve("prepare").toString())
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      prepare.getOutputStream().close();
      new String(prepare.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .map(line -> List.of(line.split("\t")))
          .forEach(words -> byLanguage.put(words.get(0), words.subList(1, words.size())));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  boolean has(String language) {
    return byLanguage.containsKey(language);
  }

  /** The command of a language; skips the test where the machine has not the language. */
  List<String> of(String language) {
    assumeTrue(has(language), language + " is not set up");
    return byLanguage.getOrDefault(language, List.of());
  }
}
