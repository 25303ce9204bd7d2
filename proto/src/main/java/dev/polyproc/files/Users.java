package dev.polyproc.files;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The users of this machine, as far as this process can tell them apart. */
public final class Users {
  public static final long ROOT = 0;

  private static final int MOST_BYTES = 8192;

  private Users() {}

  /** Whether files have owners here that have numbers, as on Linux and macOS. */
  public static boolean areKnown() {
    return FileSystems.getDefault().supportedFileAttributeViews().contains("unix");
  }

  /** The user that this process runs as. */
  public static long own() {
    return Own.UID;
  }

  /** Asked once, when it is first needed: a process does not become another user's. */
  private static final class Own {
    private static final Pattern EFFECTIVE = Pattern.compile("(?m)^Uid:\\s+\\d+\\s+(\\d+)");
    static final long UID = ask();

    /**
     * Never the JDK, which answers 0, which is root, for a user without an entry in /etc/passwd.
     */
    private static long ask() {
      try {
        Matcher line = EFFECTIVE.matcher(read("/proc/self/status"));
        if (line.find()) {
          return Long.parseLong(line.group(1));
        }
      } catch (IOException e) {
        // Another system than Linux.
      }
      return ownerOfWhatIsMade();
    }

    /** The kernel gives a new file to whoever makes it. */
    private static long ownerOfWhatIsMade() {
      try {
        Path file = Files.createTempFile("polyproc-", ".uid");
        try {
          Number owner = (Number) Files.getAttribute(file, "unix:uid", LinkOption.NOFOLLOW_LINKS);
          return Integer.toUnsignedLong(owner.intValue());
        } finally {
          Files.delete(file);
        }
      } catch (IOException e) {
        throw new UncheckedIOException("Expected to learn which user this is, but could not", e);
      }
    }
  }

  /**
   * Whether a number may stand for the machine's root: in a user namespace that root is not part of
   * (user_namespaces(7)), all users outside of it are shown as one, who is nobody.
   */
  static boolean isPerhapsRootOutside(long uid) {
    try {
      return uid == nobody() && !read("/proc/self/uid_map").matches("0\\s+0\\s+4294967295");
    } catch (IOException e) {
      return false; // Another system than Linux.
    }
  }

  /** The number that stands for all users that have none in this user namespace. */
  static long nobody() throws IOException {
    return Long.parseLong(read("/proc/sys/kernel/overflowuid"));
  }

  /** To read a byte first, as the JDK's readString does, would end a file of /proc/sys there. */
  private static String read(String file) throws IOException {
    try (InputStream content = Files.newInputStream(Path.of(file))) {
      return new String(content.readNBytes(MOST_BYTES), StandardCharsets.US_ASCII).strip();
    }
  }
}
