package dev.polyproc.integration;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A page of the documentation, whose blocks of code are run as they stand there. */
record Document(String text) {
  private static final Pattern BLOCK = Pattern.compile("```(\\w+)\\n(.*?)```", Pattern.DOTALL);

  /** The page at a path within the repository. */
  static Document at(String path) throws IOException {
    return new Document(Files.readString(Launch.root().resolve(path)));
  }

  /** One section, by its title. */
  Document section(String title) {
    return sections().filter(section -> section.text.startsWith(title)).findFirst().orElseThrow();
  }

  /** All but one section. */
  Document without(String title) {
    return new Document(
        String.join(
            "\n",
            sections().map(Document::text).filter(section -> !section.startsWith(title)).toList()));
  }

  private Stream<Document> sections() {
    return Stream.of(text.split("(?m)^## ")).map(Document::new);
  }

  /** The blocks of a language, in order. */
  List<String> blocks(String language) {
    return BLOCK
        .matcher(text)
        .results()
        .filter(block -> block.group(1).equals(language))
        .map(block -> block.group(2))
        .toList();
  }
}
