package dev.polyproc.client.internal.memory;

import dev.polyproc.client.PolyprocException;
import dev.polyproc.client.internal.wire.Errors;
import dev.polyproc.v1.ElementType;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.SharedMemoryLocateResponse;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** What stands before the elements of a segment; see docs/shared-memory.md. */
public final class Header {
  /** How many it has. */
  static final int BYTES = 64;

  private static final long MAGIC =
      ByteBuffer.wrap("POLYPROC".getBytes(StandardCharsets.US_ASCII))
          .order(ByteOrder.LITTLE_ENDIAN)
          .getLong();
  private static final int VERSION = 1;
  private static final int REMOVED = 2;

  private static final int AT_VERSION = 8;
  private static final int AT_TYPE = 12;
  private static final int AT_LENGTH = 16;
  private static final int AT_INCARNATION = 24;
  private static final int AT_SEQUENCE = 32;
  private static final int AT_STATE = 40;
  private static final int AT_WRITERS_DIED = 44;

  private static final VarHandle LONGS =
      MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INTS =
      MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private final ByteBuffer bytes;

  /**
   * A header.
   *
   * @param segment all of it, in little-endian order
   */
  Header(ByteBuffer segment) {
    this.bytes = segment;
  }

  /** Refuses a segment that is not the one which the daemon told of. */
  void require(SharedMemoryLocateResponse located) {
    if (bytes.getLong(0) != MAGIC) {
      throw wrong(located, "to begin with POLYPROC, but it begins with other bytes");
    }
    if (bytes.getInt(AT_VERSION) != VERSION) {
      throw wrong(
          located,
          "to have layout "
              + VERSION
              + ", but it has layout "
              + Integer.toUnsignedString(bytes.getInt(AT_VERSION))
              + ", which this client does not know");
    }
    int type = bytes.getInt(AT_TYPE);
    if (type != located.getTypeValue()) {
      ElementType known = ElementType.forNumber(type);
      throw wrong(
          located,
          "to have elements of "
              + ElementFormat.word(located.getType())
              + ", but it has elements of "
              + (known == null ? "type " + type : ElementFormat.word(known)));
    }
    requireSame(located, "length", located.getLength(), bytes.getLong(AT_LENGTH));
    requireSame(
        located, "incarnation", located.getRef().getIncarnation(), bytes.getLong(AT_INCARNATION));
    if (isRemoved()) {
      throw Errors.of(
          ErrorReason.ERROR_REASON_OBJECT_DELETED,
          "Expected the segment of '"
              + located.getRef().getName()
              + "' to be in use, but it says that it was removed");
    }
  }

  private static void requireSame(
      SharedMemoryLocateResponse located, String what, long expected, long found) {
    if (found != expected) {
      throw wrong(
          located,
          "to have "
              + what
              + " "
              + Long.toUnsignedString(expected)
              + ", but it has "
              + Long.toUnsignedString(found));
    }
  }

  private static PolyprocException wrong(SharedMemoryLocateResponse located, String sentence) {
    return SegmentFile.lost(located, sentence);
  }

  /** Whether the object is gone, and with it everybody else's sight of what is written. */
  public boolean isRemoved() {
    return (int) INTS.getVolatile(bytes, AT_STATE) == REMOVED;
  }

  /** How many sessions ended while they wrote. */
  public int writersDied() {
    return (int) INTS.getVolatile(bytes, AT_WRITERS_DIED);
  }

  /** Even, or odd while somebody updates. */
  public long sequence() {
    return (long) LONGS.getVolatile(bytes, AT_SEQUENCE);
  }

  /** Whether somebody updates, or has died while doing so. */
  public boolean isUpdated() {
    return (sequence() & 1) != 0;
  }

  // To update, with the lock.

  /**
   * Makes the sequence odd, before all writes that follow; another odd number where it was left so,
   * which whoever left it cannot end any more.
   */
  public long beginUpdate() {
    long odd = (sequence() + 1) | 1;
    LONGS.setOpaque(bytes, AT_SEQUENCE, odd);
    VarHandle.releaseFence();
    return odd;
  }

  /**
   * Makes the sequence even, after all writes before; answers whether it was still the odd one that
   * {@link #beginUpdate} answered.
   */
  public boolean endUpdate(long odd) {
    return LONGS.compareAndSet(bytes, AT_SEQUENCE, odd, odd + 1);
  }

  // To read without the lock.

  /** The sequence, before all reads that follow. */
  public long beginRead() {
    return (long) LONGS.getAcquire(bytes, AT_SEQUENCE);
  }

  /** Whether the sequence is still this even number, after all reads before. */
  public boolean endRead(long even) {
    VarHandle.acquireFence();
    return (long) LONGS.getOpaque(bytes, AT_SEQUENCE) == even;
  }
}
