package dev.polyproc.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What lstat(2) says of a file: of a symbolic link itself, not of where it leads.
 *
 * @param mode its kind and its permissions
 * @param uid its owner
 * @param links how many names it has
 */
record FileFacts(Path path, int mode, long uid, int links) {
  private static final int KINDS = 0xF000;
  private static final int SOCKET = 0xC000;
  private static final int LINK = 0xA000;
  private static final int PLAIN = 0x8000;
  private static final int FOLDER = 0x4000;

  private static final int STICKY = 01000;
  private static final int GROUP_WRITES = 020;
  private static final int OTHERS_WRITE = 002;
  private static final String LETTERS = "rwxrwxrwx";

  /** What there is at a path; null when there is nothing. */
  static @Nullable FileFacts of(Path path) throws IOException {
    try {
      Map<String, Object> said =
          Files.readAttributes(path, "unix:mode,uid,nlink", LinkOption.NOFOLLOW_LINKS);
      return new FileFacts(
          path,
          number(said.get("mode")).intValue(),
          Integer.toUnsignedLong(number(said.get("uid")).intValue()),
          number(said.get("nlink")).intValue());
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  private static Number number(@Nullable Object attribute) {
    if (attribute instanceof Number number) {
      return number;
    }
    throw new IllegalStateException("Expected a number, but it is " + attribute);
  }

  boolean isFolder() {
    return (mode & KINDS) == FOLDER;
  }

  boolean isLink() {
    return (mode & KINDS) == LINK;
  }

  boolean isPlain() {
    return (mode & KINDS) == PLAIN;
  }

  boolean isSocket() {
    return (mode & KINDS) == SOCKET;
  }

  boolean isSticky() {
    return (mode & STICKY) != 0;
  }

  /** What it is, in words. */
  String kind() {
    return switch (mode & KINDS) {
      case SOCKET -> "a socket";
      case LINK -> "a symbolic link";
      case PLAIN -> "a file";
      case FOLDER -> "a folder";
      default -> "a device or a pipe";
    };
  }

  /** Whether it has a permission beyond these. */
  boolean hasMoreThan(int permissions) {
    return (mode & 0777 & ~permissions) != 0;
  }

  /**
   * Whether others than its owner may write it. A group that is called as its owner is the owner's
   * own: many systems give each user one, and let it write.
   */
  boolean isWrittenByOthers() throws IOException {
    return (mode & OTHERS_WRITE) != 0 || ((mode & GROUP_WRITES) != 0 && !isOwnersGroup());
  }

  private boolean isOwnersGroup() throws IOException {
    PosixFileAttributes names =
        Files.readAttributes(path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    return names.owner().getName().equals(names.group().getName());
  }

  /** The permissions, as ls shows them. */
  String permissions() {
    StringBuilder shown = new StringBuilder();
    for (int i = 0; i < LETTERS.length(); i++) {
      boolean granted = (mode & (0400 >> i)) != 0;
      shown.append(granted ? LETTERS.charAt(i) : '-');
    }
    return shown.toString();
  }
}
