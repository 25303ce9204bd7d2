package dev.polyproc.server.engine;

/** The short texts that callers give for people to read. */
public final class Texts {
  /** The most characters of one. */
  public static final int LONGEST = 255;

  private Texts() {}

  /** Refuses a text that is too long. */
  public static void check(String field, String text) {
    if (text.length() > LONGEST) {
      throw Refusal.argument(
          field,
          "Expected " + field + " to have up to 255 characters, but it has " + text.length());
    }
  }

  /**
   * A caller's text as it may stand in a sentence: its first characters, and nothing that a
   * terminal would obey.
   */
  public static String shown(String text, int most) {
    StringBuilder shown = new StringBuilder();
    text.codePoints().limit(most).forEach(character -> show(character, shown));
    return text.codePointCount(0, text.length()) <= most
        ? shown.toString()
        : shown.append('…').toString();
  }

  private static void show(int character, StringBuilder shown) {
    int type = Character.getType(character);
    if (type == Character.CONTROL || type == Character.FORMAT || type == Character.SURROGATE) {
      shown.append("\\u{").append(Integer.toHexString(character)).append('}');
    } else {
      shown.appendCodePoint(character);
    }
  }
}
