package dev.polyproc.server.supervisor;

import java.nio.ByteBuffer;

/**
 * The last bytes of a stream, each under its position in the whole stream. As many as it has memory
 * for, which its owner gives and takes by {@link #resize}. Not thread-safe.
 */
final class Ring {
  private static final int SMALLEST = 1024;

  private final int limit;
  private byte[] bytes = {};
  private long first;
  private long written;

  /** An empty one that wants no more than so many bytes of memory. */
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
    return first;
  }

  /** How much memory it has. */
  int size() {
    return bytes.length;
  }

  /** How much memory it would have, to lose nothing when so many bytes come. */
  int wanted(int more) {
    long needed = written - first + more;
    if (needed <= bytes.length) {
      return bytes.length;
    }
    long size = Math.max(SMALLEST, bytes.length);
    while (size < needed && size < limit) {
      size *= 2;
    }
    return (int) Math.min(size, limit);
  }

  /** The next smaller size; zero is the last. */
  static int smaller(int size) {
    return size < 2 ? 0 : Integer.highestOneBit(size - 1);
  }

  /** Gives it more memory, or takes some away, and the oldest bytes with it. */
  void resize(int size) {
    byte[] before = bytes;
    byte[] after = new byte[size];
    first = Math.max(first, written - size);
    for (long at = first; at < written; ) {
      int from = (int) (at % before.length);
      int to = (int) (at % size);
      int count = Math.min(before.length - from, size - to);
      count = (int) Math.min(count, written - at);
      System.arraycopy(before, from, after, to, count);
      at += count;
    }
    bytes = after;
  }

  /** Takes all of it; the oldest bytes go when there is no room. */
  void append(ByteBuffer data) {
    long end = written + data.remaining();
    first = Math.max(first, end - bytes.length);
    if (first > written) {
      data.position(data.position() + (int) (first - written));
      written = first;
    }
    while (data.hasRemaining()) {
      int at = (int) (written % bytes.length);
      int count = Math.min(data.remaining(), bytes.length - at);
      data.get(bytes, at, count);
      written += count;
    }
  }

  /** The bytes from this position on, so many at most. */
  byte[] read(long position, int max) {
    if (position < first || position > written) {
      throw new IndexOutOfBoundsException(
          "Expected a position in " + first + ".." + written + ", but got " + position);
    }
    byte[] result = new byte[(int) Math.min(max, written - position)];
    int at = result.length == 0 ? 0 : (int) (position % bytes.length);
    int once = Math.min(result.length, bytes.length - at);
    System.arraycopy(bytes, at, result, 0, once);
    System.arraycopy(bytes, 0, result, once, result.length - once);
    return result;
  }
}
