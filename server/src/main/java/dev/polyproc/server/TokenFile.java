package dev.polyproc.server;

import dev.polyproc.files.TrustedPath;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.regex.Pattern;

/**
 * The file with the token that callers through TCP must show.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>The token is one that this user or root has chosen, and that nobody else can read or
 *       change: {@link TrustedPath} is asked before the file is opened, and holds until it is. A
 *       link of theirs is followed.
 *   <li>A file that is absent, or this user's and empty, gets a new token, whole or not at all; any
 *       other stays as it is.
 *   <li>No sentence repeats what is in it.
 * </ul>
 */
final class TokenFile {
  /** With fewer characters somebody could guess it. */
  static final int SHORTEST = 16;

  /** A token must fit in the metadata of a call. */
  static final int LONGEST = 1024;

  private static final int NEW_BYTES = 32;

  /** What a header can carry. */
  private static final Pattern SENDABLE = Pattern.compile("[\\x21-\\x7E]+");

  private final Path file;

  TokenFile(Path file) {
    this.file = file;
  }

  /** The token; a new one where there is none. */
  String token() throws IOException, StartException {
    WholeFile.requirePlace(file);
    TrustedPath trusted = TrustedPath.of(file, "choose another --token-file");
    trusted.requireWay();
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      return create(file);
    }
    boolean own = trusted.requireSecret();
    String token = read().strip();
    if (token.isEmpty() && own) {
      return create(file.toRealPath());
    }
    if (token.length() < SHORTEST || token.length() > LONGEST) {
      throw new StartException(
          String.format(
              "Expected a token of %d to %d characters in %s, but it has %s; delete the file, and a"
                  + " new token is written",
              SHORTEST, LONGEST, file, token.length() > LONGEST ? "more" : token.length()));
    }
    if (!SENDABLE.matcher(token).matches()) {
      throw new StartException(
          "Expected a token of one line of ASCII without spaces in "
              + file
              + ", but there is more; delete the file, and a new token is written");
    }
    return token;
  }

  private static String create(Path file) throws IOException {
    byte[] secret = new byte[NEW_BYTES];
    new SecureRandom().nextBytes(secret);
    String token = Base64.getUrlEncoder().withoutPadding().encodeToString(secret);
    WholeFile.write(file, token + "\n");
    return token;
  }

  /** What is in it, unless that is far too much. */
  private String read() throws IOException {
    ByteBuffer read = ByteBuffer.allocate(2 * LONGEST);
    try (ByteChannel channel = Files.newByteChannel(file)) {
      int count = 0;
      while (read.hasRemaining() && count >= 0) {
        count = channel.read(read);
      }
    }
    return StandardCharsets.UTF_8.decode(read.flip()).toString();
  }
}
