package dev.polyproc.integration;

import static dev.polyproc.integration.DeepValue.field;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.polyproc.v1.Value;

/** Bytes that become far more objects than bytes: a few of them, again and again. */
final class Wide {
  /** What is repeated within a value, or a request. */
  enum Shape {
    /** Null. */
    NULLS(Value.LIST_FIELD_NUMBER, 10, 2, 10, 0),
    /** Empty lists. */
    EMPTY_LISTS(Value.LIST_FIELD_NUMBER, 10, 2, 66, 0),
    /** Values of no kind, which are refused, but only once they are there. */
    NO_VALUES(Value.LIST_FIELD_NUMBER, 10, 0),
    /** Nulls that may be a key. */
    TUPLE_OF_NULLS(Value.TUPLE_FIELD_NUMBER, 10, 2, 10, 0),
    /** Pairs of nulls. */
    MAP_OF_NULLS(Value.MAP_FIELD_NUMBER, 10, 8, 10, 2, 10, 0, 18, 2, 10, 0),
    /** Pairs of nothing. */
    EMPTY_PAIRS(Value.MAP_FIELD_NUMBER, 10, 0),
    /** Refs to nothing. */
    REFS(Value.OPAQUE_FIELD_NUMBER, 26, 0),
    /** Fields that no value has. */
    UNKNOWN_FIELDS(Value.LIST_FIELD_NUMBER, 122, 0);

    private final int kind;
    private final byte[] pattern;

    Shape(int kind, int... pattern) {
      this.kind = kind;
      this.pattern = bytes(pattern);
    }

    /** A value of about so many bytes. */
    ByteString value(int size) {
      return field(kind, repeat(size, pattern));
    }
  }

  private Wide() {}

  /** Bytes again and again, for about so many bytes. */
  static ByteString repeat(int size, byte... pattern) {
    byte[] all = new byte[size / pattern.length * pattern.length];
    for (int i = 0; i < all.length; i++) {
      all[i] = pattern[i % pattern.length];
    }
    return UnsafeByteOperations.unsafeWrap(all);
  }

  static byte[] bytes(int... numbers) {
    byte[] bytes = new byte[numbers.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) numbers[i];
    }
    return bytes;
  }
}
