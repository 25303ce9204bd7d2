package dev.polyproc.server.engine.value;

import dev.polyproc.server.engine.object.Names;
import dev.polyproc.server.engine.object.References;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.server.engine.space.Footprint;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Limits;
import dev.polyproc.v1.ObjectKind;
import dev.polyproc.v1.Ref;
import dev.polyproc.v1.Value;
import dev.polyproc.v1.ValueEntry;
import dev.polyproc.v1.ValueList;
import dev.polyproc.v1.ValueMap;
import org.jspecify.annotations.Nullable;

/** Checks what comes in, and says what it costs. */
public final class Values {
  /** What a stored value costs beside its content: its objects, and its place in a collection. */
  public static final long VALUE_BYTES = 128;

  private Values() {}

  /**
   * A value that may be stored: it has a kind all the way down, is not nested too deep, and its
   * refs say which objects they mean, of those that are there or were. A ref to what is not there
   * yet would come to life unnoticed; one to a name would mean whatever has it later. Only a lock
   * per key goes by its name, and so what has that name now must be one, or nothing.
   */
  public static Value stored(String field, Value value, World world) {
    new Check(field, world.limits(), world.clock().lastNumber(), world.references()).of(value);
    return value;
  }

  /**
   * A value that is compared with what is stored, and may be what {@link #stored} once took: what
   * has the names of its refs by now does not matter.
   */
  public static Value sought(String field, Value value, World world) {
    return sought(field, value, world.limits(), world.clock().lastNumber());
  }

  static Value sought(String field, Value value, Limits limits, long newest) {
    new Check(field, limits, newest, null).of(value);
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

  /**
   * Goes through a value.
   *
   * @param newest the highest incarnation that there has been
   * @param references tells what the names of refs mean now; null where that does not matter
   */
  private record Check(String field, Limits limits, long newest, @Nullable References references) {
    void of(Value value) {
      of(value, limits.getValueDepth());
    }

    private void of(Value value, int depth) {
      switch (value.getKindCase()) {
        case KIND_NOT_SET ->
            throw invalid(field, "a value of a known kind", "it has none, or is left out");
        case LIST -> all(value.getList(), depth);
        case TUPLE -> all(value.getTuple(), depth);
        case MAP -> all(value.getMap(), depth);
        case REF -> requireKnown(value.getRef());
        case OPAQUE -> value.getOpaque().getRefsList().forEach(this::requireKnown);
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

    private void all(ValueList list, int depth) {
      requireDepth(depth);
      for (Value value : list.getValuesList()) {
        of(value, depth - 1);
      }
    }

    private void all(ValueMap map, int depth) {
      requireDepth(depth);
      for (ValueEntry entry : map.getEntriesList()) {
        of(entry.getKey(), depth - 1);
        ValueKey.requireHashable(field, entry.getKey());
        of(entry.getValue(), depth - 1);
      }
    }

    private void requireKnown(Ref ref) {
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
      if (references != null) {
        references.requireMeant(field, ref);
      }
    }

    private void requireDepth(int depth) {
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
  }

  static Refusal invalid(String field, String expected, String actual) {
    return new Refusal(
            ErrorReason.ERROR_REASON_INVALID_VALUE,
            "Expected " + field + " to be " + expected + ", but " + actual)
        .with("field", field);
  }
}
