package dev.polyproc.integration;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A page of the documentation, whose blocks of code are run as they stand there. */
record Document(String text) {
  private static final Pattern BLOCK =
      Pattern.compile("^```(\\w*)\\n(.*?)^```$", Pattern.DOTALL | Pattern.MULTILINE);

  /** The page at a path within the repository. */
  static Document at(String path) throws IOException {
    return new Document(Files.readString(Launch.root().resolve(path)));
  }

  /** One section, by its title. */
  Document section(String title) {
    return sections().filter(section -> section.text.startsWith(title)).findFirst().orElseThrow();
  }

  /** What stands before a section. */
  Document until(String title) {
    return new Document(text.substring(0, text.indexOf("\n## " + title + "\n")));
  }

  private Stream<Document> sections() {
    return Stream.of(text.split("(?m)^## ")).map(Document::new);
  }

  /** The languages of all blocks, each once; empty for a block that names none. */
  List<String> languages() {
    return BLOCK.matcher(text).results().map(block -> block.group(1)).distinct().toList();
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

  /**
   * The blocks of a language, in order, but for those that begin with one of some texts; each of
   * these stands for one block.
   */
  List<String> blocksWithout(String language, String... beginnings) {
    List<String> blocks = new ArrayList<>(blocks(language));
    for (String beginning : beginnings) {
      List<String> left = blocks.stream().filter(block -> block.startsWith(beginning)).toList();
      assertThat(left).as("blocks that begin with %s", beginning).hasSize(1);
      blocks.removeAll(left);
    }
    return blocks;
  }
}
