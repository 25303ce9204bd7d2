package dev.polyproc.integration;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A segment of shared memory that is mapped, by docs/shared-memory.md alone: what the Java client
 * makes of it is not asked. Its elements have 8 bytes.
 */
final class Segment {
  private static final int HEADER = 64;
  private static final long MAGIC = 0x434f5250594c4f50L; // POLYPROC, least significant byte first
  private static final int STATE = 40;
  private static final int WRITERS_DIED = 44;
  private static final VarHandle WHOLE_NUMBER =
      MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private final MappedByteBuffer memory;

  private Segment(MappedByteBuffer memory) {
    this.memory = memory;
  }

  /** Maps the file, as it is. */
  static Segment at(Path path) throws IOException {
    try (FileChannel file =
        FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      MappedByteBuffer memory = file.map(FileChannel.MapMode.READ_WRITE, 0, file.size());
      memory.order(ByteOrder.LITTLE_ENDIAN);
      if (memory.getLong(0) != MAGIC || memory.getInt(8) != 1) {
        throw new IOException("Expected a segment of version 1 at " + path + ", but it is none");
      }
      return new Segment(memory);
    }
  }

  int length() {
    return (int) memory.getLong(16);
  }

  long incarnation() {
    return memory.getLong(24);
  }

  /** 1 in use, 2 removed. */
  int state() {
    return (int) INT.getVolatile(memory, STATE);
  }

  int writersDied() {
    return (int) INT.getVolatile(memory, WRITERS_DIED);
  }

  private static int offset(int index) {
    return HEADER + index * Long.BYTES;
  }

  /** An element, without a fence. */
  long get(int index) {
    return memory.getLong(offset(index));
  }

  /** Sets an element, without a fence. */
  void set(int index, long value) {
    memory.putLong(offset(index), value);
  }

  double getDouble(int index) {
    return memory.getDouble(offset(index));
  }

  /** Sets an element that is a float. */
  void setDouble(int index, double value) {
    memory.putDouble(offset(index), value);
  }

  long getVolatile(int index) {
    return (long) WHOLE_NUMBER.getVolatile(memory, offset(index));
  }

  void setVolatile(int index, long value) {
    WHOLE_NUMBER.setVolatile(memory, offset(index), value);
  }

  /** Adds in one step. */
  void add(int index, long amount) {
    long unused = (long) WHOLE_NUMBER.getAndAdd(memory, offset(index), amount);
  }

  /** Writes any bytes of the header, as nobody should. */
  void spoil(int offset, int value) {
    memory.putInt(offset, value);
  }
}
