package dev.polyproc.files;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * Paths and their texts. To the system a path is bytes, and here its text is those bytes read as
 * UTF-8. The JDK reads them as the locale says, and without one it takes ASCII alone; its paths
 * still carry every byte, which goes in and out by way of file URIs.
 */
public final class SystemPath {
  private static final Path WORKING_FOLDER = Path.of("/proc/self/cwd");

  /** How this JVM reads and writes the names of files. */
  private static final String ENCODING = System.getProperty("sun.jnu.encoding", "UTF-8");

  private static final char REPLACEMENT = '\uFFFD';

  private SystemPath() {}

  /** How this JVM reads and writes the names of files, such as "ANSI_X3.4-1968". */
  public static String encoding() {
    return ENCODING;
  }

  /** Whether the JDK's own ways between paths and texts are right too. */
  public static boolean isEncodedAsUtf8() {
    return ENCODING.equals("UTF-8");
  }

  /** The path whose bytes are those of the text. */
  public static Path of(String text) {
    if (isEncodedAsUtf8() || !Users.areKnown()) {
      return Path.of(text);
    }
    if (text.startsWith("/")) {
      return absolute(text);
    }
    Path names = absolute("/" + text);
    Path folder = workingFolder();
    return names.getNameCount() == 0
        ? folder
        : folder.resolve(names.subpath(0, names.getNameCount()));
  }

  private static Path absolute(String text) {
    StringBuilder uri = new StringBuilder("file://");
    for (byte each : text.replaceAll("/+", "/").getBytes(StandardCharsets.UTF_8)) {
      if (each == '/') {
        uri.append('/');
      } else {
        uri.append('%').append(HexFormat.of().toHexDigits(each));
      }
    }
    return Path.of(URI.create(uri.toString()));
  }

  /** What the JDK says of it went through the locale. */
  private static Path workingFolder() {
    try {
      return Files.readSymbolicLink(WORKING_FOLDER);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The text of a path; of one that is not UTF-8, with a replacement for each wrong byte. */
  public static String text(Path path) {
    if (isEncodedAsUtf8() || !Users.areKnown()) {
      return path.toString();
    }
    return new String(bytes(path), StandardCharsets.UTF_8);
  }

  /** Whether a text is all of the bytes that it was read from: none was replaced. */
  public static boolean isWhole(String text) {
    return text.indexOf(REPLACEMENT) < 0;
  }

  /**
   * The text of a path that somebody else is to find by it.
   *
   * @throws IllegalArgumentException when the path is not UTF-8
   */
  public static String tellable(Path path) {
    String text = text(path);
    if (!isWhole(text)) {
      throw new IllegalArgumentException(
          "Expected a path in UTF-8, as it is told in text, but " + text + " has other bytes");
    }
    return text;
  }

  /**
   * The bytes of an absolute path; of another one, those of the absolute path that it stands for.
   */
  private static byte[] bytes(Path path) {
    String uri = path.toUri().getRawPath();
    // The JDK marks folders so.
    int end = uri.length() > 1 && uri.endsWith("/") ? uri.length() - 1 : uri.length();
    ByteBuffer bytes = ByteBuffer.allocate(end);
    for (int i = 0; i < end; i++) {
      if (uri.charAt(i) == '%') {
        bytes.put((byte) HexFormat.fromHexDigits(uri, i + 1, i + 3));
        i += 2;
      } else {
        bytes.put((byte) uri.charAt(i));
      }
    }
    return Arrays.copyOf(bytes.array(), bytes.position());
  }
}
