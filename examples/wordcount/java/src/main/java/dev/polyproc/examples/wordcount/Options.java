package dev.polyproc.examples.wordcount;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * What the demo is to do.
 *
 * @param languages the languages of the workers
 * @param terminal whether the output is a terminal
 * @param inputs the files and folders to count; empty: this machine's documentation
 */
record Options(List<Language> languages, boolean terminal, List<Path> inputs) {
  private static final List<Path> DOCUMENTATION =
      List.of(
          Path.of("/usr/share/common-licenses"),
          Path.of("/usr/share/doc"),
          Path.of("/usr/share/man"));

  /**
   * A language in which there is a worker.
   *
   * @param name the language
   * @param command how to start a worker: a program and its arguments
   */
  record Language(String name, List<String> command) {
    /** Reads a language and its command, separated by tabs. */
    static Language parse(String line) {
      List<String> words = List.of(line.split("\t"));
      return new Language(words.get(0), words.subList(1, words.size()));
    }
  }

  /** Reads {@code [--terminal] --worker LANGUAGE<tab>COMMAND... -- [INPUT ...]}. */
  static Options parse(String[] arguments) {
    List<Language> languages = new ArrayList<>();
    boolean terminal = false;
    Iterator<String> words = List.of(arguments).iterator();
    while (words.hasNext()) {
      String word = words.next();
      switch (word) {
        case "--worker" -> languages.add(Language.parse(words.next()));
        case "--terminal" -> terminal = true;
        case "--" -> {
          List<Path> inputs = new ArrayList<>();
          words.forEachRemaining(input -> inputs.add(Path.of(input)));
          return new Options(languages, terminal, inputs);
        }
        default ->
            throw new IllegalArgumentException("Expected --worker or --, but there is " + word);
      }
    }
    return new Options(languages, terminal, List.of());
  }

  /** Where to look for text. */
  List<Path> roots() {
    return inputs.isEmpty() ? DOCUMENTATION.stream().filter(Files::exists).toList() : inputs;
  }
}
