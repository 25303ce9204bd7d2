package dev.polyproc.client.internal.memory;

import dev.polyproc.v1.ElementType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.ShortBuffer;
import java.util.Set;

/** The elements of a segment as buffers, each only of the types that it has the bits of. */
public final class Blocks {
  private static final Set<ElementType> LONGS =
      Set.of(ElementType.ELEMENT_TYPE_INT64, ElementType.ELEMENT_TYPE_UINT64);
  private static final Set<ElementType> INTS =
      Set.of(
          ElementType.ELEMENT_TYPE_INT32,
          ElementType.ELEMENT_TYPE_UINT32,
          ElementType.ELEMENT_TYPE_WCHAR);
  private static final Set<ElementType> SHORTS =
      Set.of(ElementType.ELEMENT_TYPE_INT16, ElementType.ELEMENT_TYPE_UINT16);
  private static final Set<ElementType> DOUBLES = Set.of(ElementType.ELEMENT_TYPE_FLOAT64);
  private static final Set<ElementType> FLOATS = Set.of(ElementType.ELEMENT_TYPE_FLOAT32);

  private final ByteBuffer data;
  private final ElementFormat format;

  /**
   * Elements.
   *
   * @param data all of them, in little-endian order
   */
  Blocks(ByteBuffer data, ElementFormat format) {
    this.data = data;
    this.format = format;
  }

  /** Elements of INT64 and UINT64. */
  public LongBuffer longs() {
    require(LONGS, "INT64 or UINT64");
    return data.asLongBuffer();
  }

  /** Elements of INT32, UINT32 and WCHAR. */
  public IntBuffer ints() {
    require(INTS, "INT32, UINT32 or WCHAR");
    return data.asIntBuffer();
  }

  /** Elements of INT16 and UINT16. */
  public ShortBuffer shorts() {
    require(SHORTS, "INT16 or UINT16");
    return data.asShortBuffer();
  }

  /** Elements of FLOAT64. */
  public DoubleBuffer doubles() {
    require(DOUBLES, "FLOAT64");
    return data.asDoubleBuffer();
  }

  /** Elements of FLOAT32. */
  public FloatBuffer floats() {
    require(FLOATS, "FLOAT32");
    return data.asFloatBuffer();
  }

  /** Elements of one byte. */
  public ByteBuffer singleBytes() {
    if (format.shift() != 0) {
      throw another("BOOL, INT8, UINT8 or CHAR");
    }
    return bytes();
  }

  /** The bytes of elements of any type. */
  public ByteBuffer bytes() {
    return data.duplicate().order(ByteOrder.LITTLE_ENDIAN);
  }

  /** An index from which on there are so many elements. */
  public int from(int index, int count) {
    int length = data.capacity() >> format.shift();
    if (index < 0 || count < 0 || index > length - count) {
      throw new IndexOutOfBoundsException(
          "Expected elements of 0 to below "
              + length
              + ", but they are "
              + count
              + " from "
              + index
              + " on");
    }
    return index;
  }

  private void require(Set<ElementType> types, String expected) {
    if (!types.contains(format.type())) {
      throw another(expected);
    }
  }

  private UnsupportedOperationException another(String expected) {
    return new UnsupportedOperationException(
        "Expected elements of " + expected + ", but they are of " + format.word());
  }
}
