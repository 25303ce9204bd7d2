package dev.polyproc.server;

import static java.util.stream.Collectors.toCollection;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The files of the project, and what its pages name of them. */
final class Sources {
  static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  private static final Pattern CODE = Pattern.compile("(?<!`)`([^`\n]+)`(?!`)");
  private static final Set<String> ELSEWHERE = Set.of(".git", ".tools", "target", "node_modules");

  private Sources() {}

  /** All files, as paths from the root. */
  static List<Path> all() throws IOException {
    try (Stream<Path> top = Files.list(ROOT)) {
      return top.filter(Sources::isOurs).flatMap(Sources::under).map(ROOT::relativize).toList();
    }
  }

  private static boolean isOurs(Path path) {
    return !ELSEWHERE.contains(path.getFileName().toString());
  }

  private static Stream<Path> under(Path path) {
    if (!isOurs(path)) {
      return Stream.of();
    }
    if (!Files.isDirectory(path)) {
      return Stream.of(path);
    }
    try (Stream<Path> children = Files.list(path)) {
      return children.toList().stream().flatMap(Sources::under);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The names of the Java classes that have a file of their own. */
  static Set<String> classes() throws IOException {
    return all().stream()
        .map(path -> path.getFileName().toString())
        .filter(name -> name.endsWith(".java"))
        .map(name -> name.substring(0, name.length() - ".java".length()))
        .collect(toCollection(TreeSet::new));
  }

  /** The text of the only file of a name. */
  static String text(String name) throws IOException {
    for (Path path : all()) {
      if (path.endsWith(name)) {
        return Files.readString(ROOT.resolve(path));
      }
    }
    throw new IOException("Expected a file " + name + ", but there is none");
  }

  /** The packages that have a class, with slashes. */
  static Set<String> packages() throws IOException {
    return all().stream()
        .map(Path::toString)
        .filter(path -> path.contains("java/dev/") && path.endsWith(".java"))
        .map(path -> path.substring(path.indexOf("java/dev/") + 5, path.lastIndexOf('/')))
        .collect(toCollection(TreeSet::new));
  }

  /** What a page has in the type of code, outside of blocks. */
  static List<String> code(String page) throws IOException {
    String text = Files.readString(ROOT.resolve(page)).replaceAll("(?ms)^```.*?^```", "");
    return CODE.matcher(text).results().map((MatchResult found) -> found.group(1)).toList();
  }
}
