package dev.polyproc.server.engine.object;

import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.server.engine.refusal.Texts;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Limits;
import dev.polyproc.v1.ObjectKind;
import java.util.Arrays;
import java.util.Comparator;

/** The names of objects: which are allowed, and how one is made up. */
public final class Names {
  private static final String SIGNS = "._-:@+=#~";
  private static final int SHOWN = 40;

  /** No generated name is longer, as long as nobody takes such names. */
  public static final String LONGEST_GENERATED =
      Arrays.stream(ObjectKind.values())
          .filter(kind -> kind != ObjectKind.OBJECT_KIND_UNSPECIFIED)
          .map(kind -> generated(kind, Long.MAX_VALUE))
          .max(Comparator.comparingInt(String::length))
          .orElseThrow();

  private Names() {}

  /** Refuses what is not a name. */
  public static void check(String name, Limits limits) {
    int length = name.codePointCount(0, name.length());
    if (length == 0 || length > limits.getNameLength()) {
      throw refusal(name, 0, "1 to " + limits.getNameLength() + " characters", "it has " + length);
    }
    boolean partIsEmpty = true;
    for (int i = 0; i < name.length(); i = name.offsetByCodePoints(i, 1)) {
      int c = name.codePointAt(i);
      if (c == '/' && partIsEmpty) {
        throw emptyPart(name, name.codePointCount(0, i) + 1);
      }
      if (c != '/' && !isAllowed(c)) {
        int position = name.codePointCount(0, i) + 1;
        throw refusal(
            name,
            position,
            "letters, digits and any of / " + SIGNS,
            "'" + shown(name) + "' has " + inWords(c) + " as character " + position);
      }
      partIsEmpty = c == '/';
    }
    if (partIsEmpty) {
      throw emptyPart(name, length);
    }
  }

  private static boolean isAllowed(int c) {
    return (Character.isLetterOrDigit(c) && !Texts.isInvisibleLetter(c)) || SIGNS.indexOf(c) >= 0;
  }

  private static String shown(String name) {
    return Texts.shown(name, SHOWN);
  }

  private static String inWords(int c) {
    return switch (c) {
      case ' ' -> "a space";
      case '\'' -> "an apostrophe";
      default ->
          (Texts.isInvisibleLetter(c) ? "the invisible letter '" : "'")
              + Texts.shown(Character.toString(c))
              + "'";
    };
  }

  private static Refusal emptyPart(String name, int position) {
    return refusal(
        name,
        position,
        "parts that are not empty, with a slash between two",
        "'" + shown(name) + "' has nothing on one side of the slash that is character " + position);
  }

  private static Refusal refusal(String name, int position, String expected, String actual) {
    Refusal refusal =
        new Refusal(
                ErrorReason.ERROR_REASON_INVALID_NAME,
                "Expected a name of " + expected + ", but " + actual)
            .with("name", shown(name));
    return position == 0 ? refusal : refusal.with("position", Integer.toString(position));
  }

  /** A free name, made of the object's number. */
  static String generate(
      ObjectKind kind, long number, OrderedTable<String, ManagedObject> objects) {
    String name = generated(kind, number);
    while (objects.get(name) != null) {
      name += "-";
    }
    return name;
  }

  private static String generated(ObjectKind kind, long number) {
    return Refusal.word(kind).replace(' ', '-') + "-" + number;
  }
}
