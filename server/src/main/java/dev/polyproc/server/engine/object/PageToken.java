package dev.polyproc.server.engine.object;

import org.jspecify.annotations.Nullable;

/**
 * The token of a page: a text that clients hand back and do not look into. Three digits at its end
 * tell a made-up one.
 *
 * @param rank what comes before the number in the order of the elements; 0 where nothing does
 * @param after the number of the last element of the page before; of a list's, how many there were
 */
record PageToken(Listing listing, long rank, long after) {
  private static final char BETWEEN = '-';
  private static final int PARTS = 5;

  /** Three digits. */
  private static final int CHECKS = 46_656;

  private static final int CHECK_DIGITS = 3;

  /** The token that a text is; null when it is none that this daemon, or one before it, made. */
  static @Nullable PageToken parse(String text) {
    String[] parts = text.split(String.valueOf(BETWEEN), PARTS + 1);
    if (parts.length != PARTS || parts[PARTS - 1].length() <= CHECK_DIGITS) {
      return null;
    }
    String last = parts[PARTS - 1];
    try {
      Listing listing =
          new Listing(
              Integer.parseInt(parts[0], Character.MAX_RADIX),
              Long.parseLong(parts[1], Character.MAX_RADIX),
              Integer.parseUnsignedInt(parts[2], Character.MAX_RADIX));
      String after = last.substring(0, last.length() - CHECK_DIGITS);
      PageToken token =
          new PageToken(
              listing,
              Long.parseUnsignedLong(parts[3], Character.MAX_RADIX),
              Long.parseUnsignedLong(after, Character.MAX_RADIX));
      // Each token has one text: upper case and zeros in front make another.
      return token.text().equals(text) ? token : null;
    } catch (NumberFormatException e) {
      return null;
    }
  }

  String text() {
    String said =
        Integer.toString(listing.method(), Character.MAX_RADIX)
            + BETWEEN
            + Long.toString(listing.object(), Character.MAX_RADIX)
            + BETWEEN
            + Integer.toUnsignedString(listing.conditions(), Character.MAX_RADIX)
            + BETWEEN
            + text(rank)
            + BETWEEN
            + text(after);
    int check = Math.floorMod(Long.hashCode(said.hashCode() * 0x9E3779B97F4A7C15L), CHECKS);
    // One digit more, a one, keeps those that are zero.
    return said + Integer.toString(CHECKS + check, Character.MAX_RADIX).substring(1);
  }

  /** Numbers below zero are written without a sign, as that stands between the parts. */
  private static String text(long number) {
    return Long.toUnsignedString(number, Character.MAX_RADIX);
  }
}
