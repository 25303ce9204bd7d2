package dev.polyproc.server.memory;

import dev.polyproc.v1.ElementType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;

/** What stands before the elements of a segment; docs/shared-memory.md has the layout. */
final class Header {
  static final int BYTES = 64;

  private static final byte[] MAGIC = "POLYPROC".getBytes(StandardCharsets.US_ASCII);
  private static final int VERSION = 1;
  private static final int INCARNATION = 24;
  private static final int STATE = 40;
  private static final int WRITERS_DIED = 44;
  private static final int IN_USE = 1;
  private static final int REMOVED = 2;

  private Header() {}

  /** That of a new segment. */
  static void write(FileChannel file, ElementType type, long length, long incarnation)
      throws IOException {
    ByteBuffer header =
        littleEndian(BYTES)
            .put(MAGIC)
            .putInt(VERSION)
            .putInt(type.getNumber())
            .putLong(length)
            .putLong(incarnation)
            .putLong(0)
            .putInt(IN_USE);
    writeAll(file, header.rewind(), 0);
  }

  /** Says how many writers died. */
  static void writersDied(FileChannel file, int count) throws IOException {
    writeAll(file, littleEndian(Integer.BYTES).putInt(count).flip(), WRITERS_DIED);
  }

  /** Says that it is nobody else's any more, to those who have mapped it. */
  private static void removed(FileChannel file) throws IOException {
    writeAll(file, littleEndian(Integer.BYTES).putInt(REMOVED).flip(), STATE);
  }

  /** Whether a file begins like a segment. */
  private static boolean isAt(FileChannel file) throws IOException {
    ByteBuffer begin = ByteBuffer.allocate(MAGIC.length);
    return file.size() >= BYTES
        && file.read(begin, 0) == MAGIC.length
        && begin.flip().equals(ByteBuffer.wrap(MAGIC));
  }

  /** Whether a file may be the segment of an incarnation: one that was cut short cannot be told. */
  static boolean mayBe(Path file, long incarnation) throws IOException {
    try (FileChannel segment =
        FileChannel.open(file, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS))) {
      ByteBuffer number = littleEndian(Long.BYTES);
      return segment.size() < BYTES
          || (isAt(segment)
              && segment.read(number, INCARNATION) == Long.BYTES
              && number.flip().getLong() == incarnation);
    }
  }

  /** Says to those who have mapped a segment that it goes, and removes it. */
  static void remove(Path file) throws IOException {
    try (FileChannel segment =
        FileChannel.open(
            file,
            Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS))) {
      if (isAt(segment)) {
        removed(segment);
      }
    } catch (NoSuchFileException e) {
      return;
    }
    Files.deleteIfExists(file);
  }

  private static ByteBuffer littleEndian(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static void writeAll(FileChannel file, ByteBuffer bytes, long position)
      throws IOException {
    long at = position;
    while (bytes.hasRemaining()) {
      at += file.write(bytes, at);
    }
  }
}
