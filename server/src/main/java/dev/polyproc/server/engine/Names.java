package dev.polyproc.server.engine;

import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Limits;
import dev.polyproc.v1.ObjectKind;

/** The names of objects: which are allowed, and how one is made up. */
public final class Names {
  private static final String SIGNS = "._-:@+=#~";
  private static final int SHOWN = 40;

  /** No generated name is longer, as long as nobody takes such names. */
  public static final String LONGEST_GENERATED = "namespace-" + Long.MAX_VALUE;

  private Names() {}

  /** Refuses what is not a name. */
  public static void check(String name, Limits limits) {
    int length = name.codePointCount(0, name.length());
    if (length == 0 || length > limits.getNameLength()) {
      throw refusal(name, "1 to " + limits.getNameLength() + " characters", "it has " + length);
    }
    boolean partIsEmpty = true;
    for (int i = 0; i < name.length(); i = name.offsetByCodePoints(i, 1)) {
      int c = name.codePointAt(i);
      if (c == '/' && partIsEmpty) {
        throw refusal(name, "no empty part between slashes", "'" + shown(name) + "' has one");
      }
      if (c != '/' && !isAllowed(c)) {
        throw refusal(
            name,
            "letters, digits and any of / " + SIGNS,
            "'" + shown(name) + "' has another character");
      }
      partIsEmpty = c == '/';
    }
    if (partIsEmpty) {
      throw refusal(name, "no empty part between slashes", "'" + shown(name) + "' has one");
    }
  }

  private static boolean isAllowed(int c) {
    return Character.isLetterOrDigit(c) || SIGNS.indexOf(c) >= 0;
  }

  private static String shown(String name) {
    return Texts.shown(name, SHOWN);
  }

  private static Refusal refusal(String name, String expected, String actual) {
    return new Refusal(
            ErrorReason.ERROR_REASON_INVALID_NAME,
            "Expected a name of " + expected + ", but " + actual)
        .with("name", shown(name));
  }

  /** A free name, made of the object's number. */
  static String generate(ObjectKind kind, long order, OrderedTable<String, ManagedObject> objects) {
    String name = Refusal.word(kind).replace(' ', '-') + "-" + order;
    while (objects.get(name) != null) {
      name += "-";
    }
    return name;
  }
}
