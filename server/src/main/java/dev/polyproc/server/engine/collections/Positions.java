package dev.polyproc.server.engine.collections;

import dev.polyproc.server.engine.object.ManagedObject;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.ListRange;

/** Where an index or a range points to in a list or an array, as Python counts. */
final class Positions {
  private Positions() {}

  /** The position of an index. */
  static int of(long index, int size, ManagedObject object) {
    long position = index < 0 ? index + size : index;
    if (position < 0 || position >= size) {
      throw outOfRange(
          "an index of one of",
          index,
          size,
          size == 0 ? "is the index of none" : "is the index of none; the first is 0, the last -1",
          object);
    }
    return (int) position;
  }

  /** The positions of a range; of a strict one only those that are there. */
  static Slice of(ListRange range, int size, ManagedObject object) {
    if (range.getStrict()) {
      requireBound(range.getStart(), size, object);
      requireBound(range.getStop(), size, object);
    }
    return Slice.of(range, size);
  }

  private static void requireBound(long index, int size, ManagedObject object) {
    if (index < -size || index > size) {
      throw outOfRange("a slice within", index, size, "lies beyond", object);
    }
  }

  private static Refusal outOfRange(
      String expected, long index, int size, String but, ManagedObject object) {
    return new Refusal(
            ErrorReason.ERROR_REASON_INDEX_OUT_OF_RANGE,
            "Expected " + expected + " " + size + " values, but " + index + " " + but)
        .with("object", object.name());
  }
}
