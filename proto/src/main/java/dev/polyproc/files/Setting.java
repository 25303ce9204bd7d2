package dev.polyproc.files;

import java.nio.file.Path;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What a setting says, wherever it comes from: environment, command line, config file, or a file of
 * its own. Blanks and line breaks around it are no part of it, and an empty variable is none.
 */
public final class Setting {
  private Setting() {}

  /** The value of a variable; null where it says nothing. */
  public static @Nullable String named(UnaryOperator<@Nullable String> environment, String name) {
    String value = environment.apply(name);
    return value == null || value.isBlank() ? null : value.strip();
  }

  /**
   * The path that a variable names; null where it names none.
   *
   * @throws IllegalArgumentException when it is not UTF-8
   */
  public static @Nullable Path path(UnaryOperator<@Nullable String> environment, String name) {
    String value = named(environment, name);
    return value == null ? null : path(name, value);
  }

  private static Path path(String name, String value) {
    if (!SystemPath.isWhole(value)) {
      throw new IllegalArgumentException(
          "Expected " + name + " to be a path in UTF-8, but " + value + " has other bytes");
    }
    return SystemPath.of(value);
  }

  /**
   * The folder in which a daemon without flags keeps its socket and its token: {@code
   * $XDG_RUNTIME_DIR/polyproc}, else {@code polyproc-USER} in the temporary folder. A relative
   * {@code XDG_RUNTIME_DIR} counts for nothing, as the XDG Base Directory Specification says.
   *
   * @param user the user's number
   * @throws IllegalArgumentException when {@code XDG_RUNTIME_DIR} is not UTF-8
   */
  public static Path defaultFolder(UnaryOperator<@Nullable String> environment, String user) {
    String runtime = named(environment, "XDG_RUNTIME_DIR");
    return runtime != null && runtime.startsWith("/")
        ? path("XDG_RUNTIME_DIR", runtime).resolve("polyproc")
        : Path.of(System.getProperty("java.io.tmpdir"), "polyproc-" + user);
  }
}
