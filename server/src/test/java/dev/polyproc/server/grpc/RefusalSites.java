package dev.polyproc.server.grpc;

import dev.polyproc.v1.ErrorReason;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Where the daemon's source words refusals, and what they name for programs. */
final class RefusalSites {
  /**
   * One of them.
   *
   * @param place the file and the line
   * @param words the longest piece of the sentence that stands there; or the key of a detail
   */
  record Site(String place, ErrorReason reason, String words) {}

  private static final Pattern REFUSAL =
      Pattern.compile("new Refusal\\(\\s*ErrorReason\\.(ERROR_REASON_\\w+),");
  private static final Pattern KEY = Pattern.compile("\\.with\\(\\s*\"(\\w+)\"");

  /** What has a {@code with} of its own: a shape. */
  private static final Pattern SHAPE = Pattern.compile("Shape\\.PLAIN|\\.shape\\(\\)");

  private static final Pattern REASON = Pattern.compile("ERROR_REASON_\\w+|Refusal\\.exists\\(");
  private static final Pattern CONTINUED = Pattern.compile("\"\\s*\\+\\s*\"");
  private static final Pattern LITERAL = Pattern.compile("\"((?:[^\"\\\\]|\\\\.)*)\"");
  private static final String FORMATTED = "%[ds]";

  private final List<Site> sentences = new ArrayList<>();
  private final List<Site> keys = new ArrayList<>();

  RefusalSites(Path source) throws IOException {
    try (Stream<Path> files = Files.walk(source)) {
      files.filter(file -> file.toString().endsWith(".java")).sorted().forEach(this::read);
    }
  }

  /** Those that have words of their own. */
  List<Site> sentences() {
    return sentences;
  }

  /** What they name for programs. */
  List<Site> keys() {
    return keys;
  }

  private void read(Path file) {
    String text = text(file);
    for (Matcher site = REFUSAL.matcher(text); site.find(); ) {
      String words = longest(text.substring(site.end(), closing(text, site.end())));
      if (!words.isEmpty()) {
        ErrorReason reason = ErrorReason.valueOf(site.group(1));
        sentences.add(new Site(place(file, text, site.start()), reason, words));
      }
    }
    for (Matcher key = KEY.matcher(text); key.find(); ) {
      ErrorReason reason = reasonBefore(text, key.start());
      if (reason != null && !SHAPE.matcher(statement(text, key.start())).find()) {
        keys.add(new Site(place(file, text, key.start()), reason, key.group(1)));
      }
    }
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String place(Path file, String text, int at) {
    return file.getFileName() + ":" + (1 + text.substring(0, at).lines().count());
  }

  /** Where the parenthesis ends in which a place is. */
  private static int closing(String text, int from) {
    boolean quoted = false;
    int depth = 0;
    for (int i = from; i < text.length(); i++) {
      char c = text.charAt(i);
      if (quoted) {
        i += c == '\\' ? 1 : 0;
        quoted = c != '"';
      } else if (c == ')' && depth-- == 0) {
        return i;
      } else {
        quoted = c == '"';
        depth += c == '(' ? 1 : 0;
      }
    }
    throw new AssertionError("Expected a closing parenthesis");
  }

  /** The longest text of an expression. */
  private static String longest(String expression) {
    String longest = "";
    Matcher literals = LITERAL.matcher(CONTINUED.matcher(expression).replaceAll(""));
    while (literals.find()) {
      for (String piece : literals.group(1).split(FORMATTED)) {
        longest = piece.length() > longest.length() ? piece : longest;
      }
    }
    return longest;
  }

  private static String statement(String text, int at) {
    return text.substring(Math.max(0, text.lastIndexOf(";\n", at)), at);
  }

  /** The reason that stands last before a place; null where there is none. */
  private static @Nullable ErrorReason reasonBefore(String text, int at) {
    String last = null;
    Matcher reasons = REASON.matcher(text).region(0, at);
    while (reasons.find()) {
      last = reasons.group();
    }
    if (last == null) {
      return null;
    }
    return last.startsWith("Refusal")
        ? ErrorReason.ERROR_REASON_OBJECT_EXISTS
        : ErrorReason.valueOf(last);
  }
}
