package dev.polyproc.client;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Finds the bearer token that a daemon on TCP asks for. */
final class Token {
  private Token() {}

  /**
   * What {@code POLYPROC_TOKEN} says, else the content of the file that {@code POLYPROC_TOKEN_FILE}
   * names, else that of the file {@code token} in the daemon's default folder; null when there is
   * none of them. A Unix socket needs none; and this machine's own token, which was not named, is
   * not for others.
   */
  static @Nullable String find(Address address, UnaryOperator<@Nullable String> environment) {
    if (address.isSocket()) {
      return null;
    }
    String token = environment.apply("POLYPROC_TOKEN");
    if (token != null && !token.isEmpty()) {
      return token;
    }
    String file = environment.apply("POLYPROC_TOKEN_FILE");
    if (file != null && !file.isEmpty()) {
      return read(Path.of(file));
    }
    if (address.tls()) {
      return null;
    }
    Path usual = Address.defaultFolder(environment).resolve("token");
    return Files.isReadable(usual) ? read(usual) : null;
  }

  /** The token in {@code file}. */
  static String read(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (NoSuchFileException e) {
      throw new IllegalArgumentException(
          "Expected the daemon's token in " + file + ", but there is no such file", e);
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "Expected the daemon's token in " + file + ", but it cannot be read: " + e.getMessage(),
          e);
    }
  }
}
