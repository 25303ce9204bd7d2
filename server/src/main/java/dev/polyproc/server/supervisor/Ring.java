package dev.polyproc.server.supervisor;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The last bytes of a stream, each under its position in the whole stream. Takes memory as it
 * fills. Not thread-safe.
 */
final class Ring {
  private static final int SMALLEST = 4096;

  private final int limit;
  private byte[] bytes = {};
  private long written;

  Ring(long limit) {
    if (limit <= 0) {
      throw new IllegalArgumentException(
          "Expected room for at least one byte of output, but got " + limit);
    }
    this.limit = (int) Math.min(limit, Integer.MAX_VALUE - 8);
  }

  /** The position after the last byte. */
  long end() {
    return written;
  }

  /** The position of the oldest byte that is still there. */
  long start() {
    return Math.max(0, written - bytes.length);
  }

  /** Takes all of it; the oldest bytes go when there is no room. */
  void append(ByteBuffer data) {
    grow(data.remaining());
    if (data.remaining() > bytes.length) {
      int skipped = data.remaining() - bytes.length;
      data.position(data.position() + skipped);
      written += skipped;
    }
    while (data.hasRemaining()) {
      int at = index(written);
      int count = Math.min(data.remaining(), bytes.length - at);
      data.get(bytes, at, count);
      written += count;
    }
  }

  /** The bytes from this position on, so many at most. */
  byte[] read(long position, int max) {
    if (position < start() || position > written) {
      throw new IndexOutOfBoundsException(
          "Expected a position in " + start() + ".." + written + ", but got " + position);
    }
    byte[] result = new byte[(int) Math.min(max, written - position)];
    int at = result.length == 0 ? 0 : index(position);
    int first = Math.min(result.length, bytes.length - at);
    System.arraycopy(bytes, at, result, 0, first);
    System.arraycopy(bytes, 0, result, first, result.length - first);
    return result;
  }

  /** Lets go of the bytes. */
  void clear() {
    bytes = new byte[0];
  }

  // Until it has its full size, nothing wraps around: growing keeps each byte where it is.
  private void grow(int more) {
    long needed = written + more;
    if (bytes.length < limit && needed > bytes.length) {
      long size = Math.max(Math.max(SMALLEST, 2L * bytes.length), needed);
      bytes = Arrays.copyOf(bytes, (int) Math.min(size, limit));
    }
  }

  private int index(long position) {
    return (int) (position % bytes.length);
  }
}
