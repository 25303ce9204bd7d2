package dev.polyproc.client.internal.transport;

import dev.polyproc.files.Setting;
import dev.polyproc.files.TrustedPath;
import dev.polyproc.files.UntrustedFileException;
import dev.polyproc.files.Users;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Finds the bearer token that a daemon on TCP asks for. */
public final class Token {
  /** What a header can carry. */
  private static final Pattern SENDABLE = Pattern.compile("[\\x21-\\x7E]+");

  private Token() {}

  /**
   * What {@code POLYPROC_TOKEN} says, else the content of the file that {@code POLYPROC_TOKEN_FILE}
   * names, else that of the file {@code token} in the daemon's default folder; null when there is
   * none of them. A Unix socket needs none; and this machine's own token, which was not named, is
   * not for others.
   */
  public static @Nullable String find(
      Address address, UnaryOperator<@Nullable String> environment) {
    if (address.isSocket()) {
      return null;
    }
    String token = Setting.named(environment, "POLYPROC_TOKEN");
    if (token != null) {
      return sendable(token, "POLYPROC_TOKEN");
    }
    Path file = Setting.path(environment, "POLYPROC_TOKEN_FILE");
    if (file != null) {
      return read(file);
    }
    if (address.tls()) {
      return null;
    }
    Path folder = Address.defaultFolder(environment);
    Path usual = folder.resolve("token");
    if (!Files.isReadable(usual)) {
      return null;
    }
    requireTrusted(folder, TrustedPath::requireFolder);
    return read(usual);
  }

  /** What is asked of a path. */
  private interface Question {
    void ask(TrustedPath path) throws IOException;
  }

  /** Where files have no owners that can be asked for, they are taken as they are. */
  private static void requireTrusted(Path path, Question question) {
    if (!Users.areKnown()) {
      return;
    }
    try {
      question.ask(
          TrustedPath.of(path, "set POLYPROC_TOKEN_FILE to the file that the daemon wrote"));
    } catch (UntrustedFileException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    } catch (IOException e) {
      throw unreadable(path, e);
    }
  }

  /**
   * The token in {@code file}, if this user or root wrote it: another's would have the client take
   * another's daemon for its own.
   */
  public static String read(Path file) {
    if (!Files.notExists(file, LinkOption.NOFOLLOW_LINKS)) {
      requireTrusted(file, TrustedPath::requireSecret);
    }
    try {
      return sendable(Files.readString(file), file.toString());
    } catch (NoSuchFileException e) {
      throw new IllegalArgumentException(
          "Expected the daemon's token in " + file + ", but there is no such file", e);
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  /**
   * A token without what is around it, such as a line break.
   *
   * @param where it was found, for people
   * @throws IllegalArgumentException with a sentence that does not repeat it, when no call can
   *     carry it
   */
  public static String sendable(String given, String where) {
    String token = given.strip();
    if (!SENDABLE.matcher(token).matches()) {
      throw new IllegalArgumentException(
          "Expected a token of one line of ASCII without spaces in "
              + where
              + ", but "
              + (token.isEmpty() ? "it is empty" : "there is more"));
    }
    return token;
  }

  private static IllegalArgumentException unreadable(Path file, IOException e) {
    return new IllegalArgumentException(
        "Expected the daemon's token in " + file + ", but it cannot be read: " + e.getMessage(), e);
  }
}
