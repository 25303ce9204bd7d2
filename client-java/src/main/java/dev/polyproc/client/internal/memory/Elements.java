package dev.polyproc.client.internal.memory;

import dev.polyproc.v1.ElementType;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The elements of a segment, one by one. */
public final class Elements {
  private static final VarHandle LONGS =
      MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INTS =
      MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private final ByteBuffer data;
  private final ElementFormat format;
  private final int type;
  private final int shift;
  private final int length;
  private final boolean isAtomic;
  private final boolean hasSign;

  /**
   * Elements.
   *
   * @param data all of them, in little-endian order
   */
  Elements(ByteBuffer data, ElementFormat format) {
    this.data = data;
    this.format = format;
    this.type = format.type().getNumber();
    this.shift = format.shift();
    this.length = data.capacity() >> shift;
    this.isAtomic = format.isAtomic();
    this.hasSign = format.least() < 0;
  }

  private int place(int index) {
    if (Integer.compareUnsigned(index, length) >= 0) {
      throw new IndexOutOfBoundsException(
          "Expected an index from 0 to below " + length + ", but it is " + index);
    }
    return index << shift;
  }

  // Plain.

  /** The whole number at an index. */
  public long getLong(int index) {
    int at = place(index);
    return switch (type) {
      case ElementType.ELEMENT_TYPE_INT64_VALUE, ElementType.ELEMENT_TYPE_UINT64_VALUE ->
          data.getLong(at);
      case ElementType.ELEMENT_TYPE_INT32_VALUE, ElementType.ELEMENT_TYPE_WCHAR_VALUE ->
          data.getInt(at);
      case ElementType.ELEMENT_TYPE_UINT32_VALUE -> Integer.toUnsignedLong(data.getInt(at));
      case ElementType.ELEMENT_TYPE_INT16_VALUE -> data.getShort(at);
      case ElementType.ELEMENT_TYPE_UINT16_VALUE -> Short.toUnsignedLong(data.getShort(at));
      case ElementType.ELEMENT_TYPE_INT8_VALUE -> data.get(at);
      case ElementType.ELEMENT_TYPE_UINT8_VALUE, ElementType.ELEMENT_TYPE_CHAR_VALUE ->
          Byte.toUnsignedLong(data.get(at));
      case ElementType.ELEMENT_TYPE_BOOL_VALUE -> data.get(at) == 0 ? 0 : 1;
      default -> throw another("that are whole numbers or characters");
    };
  }

  /** Replaces the whole number at an index. */
  public void setLong(int index, long number) {
    int at = place(index);
    switch (type) {
      case ElementType.ELEMENT_TYPE_INT64_VALUE, ElementType.ELEMENT_TYPE_UINT64_VALUE ->
          data.putLong(at, number);
      case ElementType.ELEMENT_TYPE_INT32_VALUE,
          ElementType.ELEMENT_TYPE_UINT32_VALUE,
          ElementType.ELEMENT_TYPE_WCHAR_VALUE ->
          data.putInt(at, (int) inRange(number));
      case ElementType.ELEMENT_TYPE_INT16_VALUE, ElementType.ELEMENT_TYPE_UINT16_VALUE ->
          data.putShort(at, (short) inRange(number));
      case ElementType.ELEMENT_TYPE_INT8_VALUE,
          ElementType.ELEMENT_TYPE_UINT8_VALUE,
          ElementType.ELEMENT_TYPE_CHAR_VALUE,
          ElementType.ELEMENT_TYPE_BOOL_VALUE ->
          data.put(at, (byte) inRange(number));
      default -> throw another("that are whole numbers or characters");
    }
  }

  /** The float at an index. */
  public double getDouble(int index) {
    int at = place(index);
    return switch (type) {
      case ElementType.ELEMENT_TYPE_FLOAT64_VALUE -> data.getDouble(at);
      case ElementType.ELEMENT_TYPE_FLOAT32_VALUE -> data.getFloat(at);
      default -> throw another("of FLOAT32 or FLOAT64");
    };
  }

  /** Replaces the float at an index. */
  public void setDouble(int index, double number) {
    int at = place(index);
    switch (type) {
      case ElementType.ELEMENT_TYPE_FLOAT64_VALUE -> data.putDouble(at, number);
      case ElementType.ELEMENT_TYPE_FLOAT32_VALUE -> data.putFloat(at, (float) number);
      default -> throw another("of FLOAT32 or FLOAT64");
    }
  }

  private long inRange(long number) {
    if (number < format.least() || number > format.most()) {
      throw new IllegalArgumentException(
          "Expected a number from "
              + format.least()
              + " to "
              + format.most()
              + ", as "
              + format.word()
              + " has it, but it is "
              + number);
    }
    return number;
  }

  private UnsupportedOperationException another(String expected) {
    return new UnsupportedOperationException(
        "Expected elements " + expected + ", but they are of " + format.word());
  }

  // In one step, in the order of all that are volatile.

  /** The number at an index, before all that follows. */
  public long getVolatile(int index) {
    int at = atomic(index);
    return isLong() ? (long) LONGS.getVolatile(data, at) : number((int) INTS.getVolatile(data, at));
  }

  /** Replaces the number at an index, after all that was before. */
  public void setVolatile(int index, long number) {
    int at = atomic(index);
    if (isLong()) {
      LONGS.setVolatile(data, at, number);
    } else {
      INTS.setVolatile(data, at, (int) inRange(number));
    }
  }

  /** Replaces the number at an index; answers the one before. */
  public long getAndSet(int index, long number) {
    int at = atomic(index);
    return isLong()
        ? (long) LONGS.getAndSet(data, at, number)
        : number((int) INTS.getAndSet(data, at, (int) inRange(number)));
  }

  /** Adds to the number at an index; answers the one before. */
  public long getAndAdd(int index, long amount) {
    int at = atomic(index);
    return isLong()
        ? (long) LONGS.getAndAdd(data, at, amount)
        : number((int) INTS.getAndAdd(data, at, (int) amount));
  }

  /** Adds to the number at an index; answers the sum. */
  public long addAndGet(int index, long amount) {
    long before = getAndAdd(index, amount);
    return isLong() ? before + amount : number((int) (before + amount));
  }

  /** Replaces the number at an index if it is another one; answers whether it was. */
  public boolean compareAndSet(int index, long expected, long number) {
    int at = atomic(index);
    return isLong()
        ? LONGS.compareAndSet(data, at, expected, number)
        : INTS.compareAndSet(data, at, (int) inRange(expected), (int) inRange(number));
  }

  private boolean isLong() {
    return shift == 3;
  }

  private long number(int bits) {
    return hasSign ? bits : Integer.toUnsignedLong(bits);
  }

  private int atomic(int index) {
    if (!isAtomic) {
      throw another("of INT32, UINT32, INT64 or UINT64, which processors change in one step");
    }
    return place(index);
  }
}
