package dev.polyproc.files;

import org.jspecify.annotations.Nullable;

/**
 * The path in an address {@code unix:PATH}: the path itself, in UTF-8, and no URI. Some gRPC
 * libraries read it as a URI all the same, and some as several addresses; so what they would take
 * for something else is in no such path, and the same address works in every language.
 */
public final class SocketPath {
  /** Percent escapes, a query, a fragment; a comma stands between addresses. */
  private static final String NOT_FOR_ALL = "%?#,";

  private SocketPath() {}

  /** What in a path cannot be told to every language, in words; null when it can be told. */
  public static @Nullable String whatCannotBeTold(String path) {
    if (!SystemPath.isWhole(path)) {
      return "bytes that are not UTF-8";
    }
    for (int i = 0; i < path.length(); i++) {
      char each = path.charAt(i);
      if (each < ' ' || each == 0x7F) {
        return String.format("the control character U+%04X", (int) each);
      }
      if (NOT_FOR_ALL.indexOf(each) >= 0) {
        return "a '" + each + "'";
      }
    }
    return null;
  }
}
