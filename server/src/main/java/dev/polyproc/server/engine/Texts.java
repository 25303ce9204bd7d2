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
}
