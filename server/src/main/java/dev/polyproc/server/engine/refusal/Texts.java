package dev.polyproc.server.engine.refusal;

/**
 * Texts for people to read: those that callers give, and the sentences that quote them.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>What is shown has nothing that a terminal would obey: control characters, and those that
 *       change the direction of others, are written as <code>&#92;u{1b}</code>. So are letters that
 *       cannot be seen.
 *   <li>A sentence is short enough for the metadata that carry an error, whatever it quotes.
 * </ul>
 */
public final class Texts {
  /** The most characters of a text that a caller gives. */
  public static final int LONGEST = 255;

  /**
   * The most bytes of a sentence, in UTF-8. An error's metadata carry it twice: once with each byte
   * as three at worst, and once in base64; many clients take 8,192 bytes of metadata.
   */
  private static final int SENTENCE_BYTES = 900;

  private static final String CUT = "…";
  private static final int CUT_BYTES = 3;

  private Texts() {}

  /** Refuses a text that is too long. */
  public static void check(String field, String text) {
    int length = text.length() <= LONGEST ? 0 : text.codePointCount(0, text.length());
    if (length > LONGEST) {
      throw Refusal.argument(
          field, "Expected " + field + " to have up to 255 characters, but it has " + length);
    }
  }

  /** Whether it counts as a letter, and cannot be seen: the four fillers of Hangul. */
  public static boolean isInvisibleLetter(int character) {
    return character == 0x115F || character == 0x1160 || character == 0x3164 || character == 0xFFA0;
  }

  /**
   * A caller's text as it may stand in a sentence: its first characters, and nothing that a
   * terminal would obey.
   */
  public static String shown(String text, int most) {
    if (text.length() <= most && isPlain(text)) {
      return text;
    }
    StringBuilder shown = new StringBuilder();
    text.codePoints().limit(most).forEach(character -> show(character, shown));
    return text.codePointCount(0, text.length()) <= most
        ? shown.toString()
        : shown.append(CUT).toString();
  }

  /** A whole text, with nothing that a terminal would obey. */
  public static String shown(String text) {
    return shown(text, Integer.MAX_VALUE);
  }

  /** A sentence for people, whatever it quotes: of a long one the beginning and the end. */
  public static String sentence(String text) {
    return text.length() <= SENTENCE_BYTES && isPlain(text)
        ? text
        : cut(shown(cut(text, SENTENCE_BYTES)), SENTENCE_BYTES);
  }

  /** The beginning and the end of a text, so that it has so many bytes in UTF-8 at most. */
  public static String cut(String text, int bytes) {
    if (fitting(text, bytes) == text.length()) {
      return text;
    }
    int tail = bytes / 3;
    int head = Math.max(0, bytes - tail - CUT_BYTES);
    int end = text.length();
    for (int used = 0; end > 0; ) {
      int character = text.codePointBefore(end);
      used += bytes(character);
      if (used > tail) {
        break;
      }
      end -= Character.charCount(character);
    }
    return text.substring(0, fitting(text, head)) + CUT + text.substring(end);
  }

  /** How much of a text has so many bytes in UTF-8 at most. */
  private static int fitting(String text, int bytes) {
    int used = 0;
    int i = 0;
    while (i < text.length()) {
      int character = text.codePointAt(i);
      used += bytes(character);
      if (used > bytes) {
        break;
      }
      i += Character.charCount(character);
    }
    return i;
  }

  /** How many bytes a text has in UTF-8. */
  static int bytes(String text) {
    return text.codePoints().map(Texts::bytes).sum();
  }

  private static int bytes(int character) {
    return character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
  }

  /** Whether all is printable ASCII, as most texts are. */
  private static boolean isPlain(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) < ' ' || text.charAt(i) > '~') {
        return false;
      }
    }
    return true;
  }

  private static void show(int character, StringBuilder shown) {
    if (isInvisibleLetter(character)) {
      escape(character, shown);
      return;
    }
    switch (Character.getType(character)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          escape(character, shown);
      default -> shown.appendCodePoint(character);
    }
  }

  private static void escape(int character, StringBuilder shown) {
    shown.append("\\u{").append(Integer.toHexString(character)).append('}');
  }
}
