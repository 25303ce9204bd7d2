package dev.polyproc.server.engine.value;

import dev.polyproc.server.engine.Footprint;
import dev.polyproc.server.engine.Names;
import dev.polyproc.server.engine.Refusal;
import dev.polyproc.server.engine.World;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Limits;
import dev.polyproc.v1.ObjectKind;
import dev.polyproc.v1.Ref;
import dev.polyproc.v1.Value;
import dev.polyproc.v1.ValueEntry;
import dev.polyproc.v1.ValueList;
import dev.polyproc.v1.ValueMap;

/** Checks what comes in, and says what it costs. */
public final class Values {
  /** What a stored value costs beside its content: its objects, and its place in a collection. */
  public static final long VALUE_BYTES = 128;

  private Values() {}

  /**
   * A value that may be stored: it has a kind all the way down, is not nested too deep, and its
   * refs say which objects they mean, of those that are there or were. A ref to what is not there
   * yet would come to life unnoticed; one to a name would mean whatever has it later.
   */
  public static Value stored(String field, Value value, World world) {
    return stored(field, value, world.limits(), world.clock().lastOrder());
  }

  static Value stored(String field, Value value, Limits limits, long newest) {
    check(field, value, limits.getValueDepth(), limits, newest);
    return value;
  }

  /** What a stored value takes out of the budget: what it takes on the heap. */
  public static long cost(Value value) {
    return VALUE_BYTES + Footprint.ofContent(value);
  }

  /** What the key of a table takes out of the budget. */
  public static long costOfKey(Value key) {
    return cost(key) + Footprint.ofKey(key);
  }

  private static void check(String field, Value value, int depth, Limits limits, long newest) {
    switch (value.getKindCase()) {
      case KIND_NOT_SET -> throw invalid(field, "a value of a known kind", "it has none");
      case LIST -> checkAll(field, value.getList(), depth, limits, newest);
      case TUPLE -> checkAll(field, value.getTuple(), depth, limits, newest);
      case MAP -> checkAll(field, value.getMap(), depth, limits, newest);
      case REF -> requireKnown(field, value.getRef(), limits, newest);
      case OPAQUE ->
          value.getOpaque().getRefsList().forEach(ref -> requireKnown(field, ref, limits, newest));
      case BIG_INT -> {
        if (value.getBigInt().isEmpty()) {
          throw invalid(field, "a big_int of at least one byte", "it has none");
        }
      }
      default -> {
        // A plain value is what it is.
      }
    }
  }

  private static void checkAll(
      String field, ValueList list, int depth, Limits limits, long newest) {
    requireDepth(field, depth, limits);
    for (Value value : list.getValuesList()) {
      check(field, value, depth - 1, limits, newest);
    }
  }

  private static void checkAll(String field, ValueMap map, int depth, Limits limits, long newest) {
    requireDepth(field, depth, limits);
    for (ValueEntry entry : map.getEntriesList()) {
      check(field, entry.getKey(), depth - 1, limits, newest);
      ValueKey.requireHashable(field, entry.getKey());
      check(field, entry.getValue(), depth - 1, limits, newest);
    }
  }

  private static void requireKnown(String field, Ref ref, Limits limits, long newest) {
    if (ref.getIncarnation() == 0) {
      if (ref.getKind() != ObjectKind.OBJECT_KIND_LOCK) {
        throw invalid(field, "without refs that lack an incarnation", "one does");
      }
      Names.check(ref.getName(), limits); // a lock per key, which goes by it
    }
    if (Long.compareUnsigned(ref.getIncarnation(), newest) > 0) {
      throw invalid(
          field,
          "without refs to what is not there yet",
          "no object has had incarnation " + Long.toUnsignedString(ref.getIncarnation()));
    }
  }

  private static void requireDepth(String field, int depth, Limits limits) {
    if (depth <= 1) {
      throw new Refusal(
              ErrorReason.ERROR_REASON_NESTED_TOO_DEEP,
              "Expected "
                  + field
                  + " to nest at most "
                  + limits.getValueDepth()
                  + " deep, but it goes deeper")
          .with("field", field);
    }
  }

  static Refusal invalid(String field, String expected, String actual) {
    return new Refusal(
            ErrorReason.ERROR_REASON_INVALID_VALUE,
            "Expected " + field + " to be " + expected + ", but " + actual)
        .with("field", field);
  }
}
