package dev.polyproc.client.internal.memory;

import dev.polyproc.v1.ElementType;
import org.jspecify.annotations.Nullable;

/**
 * What an element of a type is in memory.
 *
 * @param shift its bytes, as a power of 2
 * @param least the least whole number that it takes
 * @param most the greatest; of UINT64 both are those of {@code long}, which has its bits
 */
record ElementFormat(ElementType type, int shift, long least, long most) {
  private static final int LAST_CODE_POINT = 0x10FFFF;

  /** The format of a type; null for one that this client does not know. */
  static @Nullable ElementFormat of(ElementType type) {
    return switch (type) {
      case ELEMENT_TYPE_BOOL -> new ElementFormat(type, 0, 0, 1);
      case ELEMENT_TYPE_INT8 -> new ElementFormat(type, 0, Byte.MIN_VALUE, Byte.MAX_VALUE);
      case ELEMENT_TYPE_UINT8, ELEMENT_TYPE_CHAR -> new ElementFormat(type, 0, 0, 0xFF);
      case ELEMENT_TYPE_INT16 -> new ElementFormat(type, 1, Short.MIN_VALUE, Short.MAX_VALUE);
      case ELEMENT_TYPE_UINT16 -> new ElementFormat(type, 1, 0, 0xFFFF);
      case ELEMENT_TYPE_INT32 -> new ElementFormat(type, 2, Integer.MIN_VALUE, Integer.MAX_VALUE);
      case ELEMENT_TYPE_UINT32 -> new ElementFormat(type, 2, 0, 0xFFFF_FFFFL);
      case ELEMENT_TYPE_WCHAR -> new ElementFormat(type, 2, 0, LAST_CODE_POINT);
      case ELEMENT_TYPE_INT64, ELEMENT_TYPE_UINT64 ->
          new ElementFormat(type, 3, Long.MIN_VALUE, Long.MAX_VALUE);
      case ELEMENT_TYPE_FLOAT32 -> new ElementFormat(type, 2, 0, 0);
      case ELEMENT_TYPE_FLOAT64 -> new ElementFormat(type, 3, 0, 0);
      case ELEMENT_TYPE_UNSPECIFIED, UNRECOGNIZED -> null;
    };
  }

  /** Whether it is a number with a fraction. */
  boolean isFloat() {
    return type == ElementType.ELEMENT_TYPE_FLOAT32 || type == ElementType.ELEMENT_TYPE_FLOAT64;
  }

  /** Whether it is a whole number that processors add to, and swap, in one step. */
  boolean isAtomic() {
    return shift >= 2 && !isFloat() && type != ElementType.ELEMENT_TYPE_WCHAR;
  }

  /** The type's name, such as INT64. */
  String word() {
    return word(type);
  }

  static String word(ElementType type) {
    return type.name().replaceFirst("^ELEMENT_TYPE_", "");
  }

  /** How many bytes a file of so many has, with its header. */
  long fileBytes(long length) {
    return Header.BYTES + (length << shift);
  }
}
