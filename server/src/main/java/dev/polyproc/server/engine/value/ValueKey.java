package dev.polyproc.server.engine.value;

import com.google.protobuf.ByteString;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.v1.Ref;
import dev.polyproc.v1.Value;
import dev.polyproc.v1.ValueEntry;
import dev.polyproc.v1.ValueList;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A value as far as equality goes, which is Python's: see {@code value.proto}.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>Two values are equal exactly when their keys are; equal keys have equal hash codes.
 *   <li>Numbers that are equal are one key: 1, 1.0 and true. NaN equals itself; -0.0 is 0.
 *   <li>Text, bytes, lists, tuples, maps, refs and opaque values never equal one of another kind.
 *   <li>Keys have a total order, which is nobody's but the tables': whoever chooses keys of one
 *       hash code makes a table slower by a logarithm, as the keys of a full bucket are sorted.
 * </ul>
 *
 * @param kind what else must be equal beside the content: kinds that never equal each other
 * @param content a Long, BigInteger, Double (neither whole nor infinite by accident), String,
 *     ByteString, List, Map, or what stands for a ref or an opaque value
 */
public record ValueKey(Kind kind, Object content) implements Comparable<ValueKey> {
  private static final ValueKey NULL = new ValueKey(Kind.NULL, "");

  /** Kinds that never equal each other. */
  enum Kind {
    NULL,
    NUMBER,
    TEXT,
    BYTES,
    LIST,
    TUPLE,
    MAP,
    REF,
    OPAQUE
  }

  record RefKey(String name, long incarnation) {}

  record OpaqueKey(String contentType, ByteString data) {}

  /** What 64 bits are multiplied by so that all of them show in the upper ones. */
  private static final long GOLDEN = 0x9E3779B97F4A7C15L;

  /** Mixed, as those of whole numbers are often equal where the numbers have a pattern. */
  @Override
  public int hashCode() {
    return (int) (((long) kind.ordinal() << Integer.SIZE ^ hash()) * GOLDEN >>> Integer.SIZE);
  }

  private long hash() {
    if (content instanceof Long whole) {
      return whole * GOLDEN >>> Integer.SIZE;
    }
    return content instanceof Double number
        ? Double.doubleToLongBits(number) * GOLDEN >>> Integer.SIZE
        : content.hashCode();
  }

  @Override
  public int compareTo(ValueKey other) {
    return kind == other.kind
        ? KeyOrder.compare(content, other.content)
        : kind.compareTo(other.kind);
  }

  /** The key of a value that was checked by {@link Values#stored}. */
  public static ValueKey of(Value value) {
    return switch (value.getKindCase()) {
      case NULL, KIND_NOT_SET -> NULL;
      case BOOL -> new ValueKey(Kind.NUMBER, value.getBool() ? 1L : 0L);
      case INT -> new ValueKey(Kind.NUMBER, value.getInt());
      case BIG_INT -> new ValueKey(Kind.NUMBER, number(bigInt(value)));
      case FLOAT -> new ValueKey(Kind.NUMBER, number(value.getFloat()));
      case TEXT -> new ValueKey(Kind.TEXT, value.getText());
      case BYTES -> new ValueKey(Kind.BYTES, value.getBytes());
      case LIST -> new ValueKey(Kind.LIST, all(value.getList()));
      case TUPLE -> new ValueKey(Kind.TUPLE, all(value.getTuple()));
      case MAP -> new ValueKey(Kind.MAP, map(value));
      case REF -> new ValueKey(Kind.REF, ref(value.getRef()));
      case OPAQUE ->
          new ValueKey(
              Kind.OPAQUE,
              new OpaqueKey(value.getOpaque().getContentType(), value.getOpaque().getData()));
    };
  }

  /** Whether two values are equal. */
  public static boolean areEqual(Value a, Value b) {
    return of(a).equals(of(b));
  }

  /** The key of a value that must be hashable, as a dict's keys are. */
  public static ValueKey hashable(String field, Value value) {
    requireHashable(field, value);
    return of(value);
  }

  static void requireHashable(String field, Value value) {
    switch (value.getKindCase()) {
      case LIST -> throw unhashable(field, "it is a list, as which sets come, too");
      case MAP -> throw unhashable(field, "it is a map, as which records come, too");
      case TUPLE -> value.getTuple().getValuesList().forEach(part -> requireHashable(field, part));
      default -> {
        // Everything else is hashable.
      }
    }
  }

  private static Refusal unhashable(String field, String found) {
    return Values.invalid(
        field, "hashable as a key", found + "; a tuple, a text or a number can be a key");
  }

  /** The whole number of a big_int. */
  public static BigInteger bigInt(Value value) {
    return new BigInteger(value.getBigInt().toByteArray());
  }

  private static Object number(BigInteger number) {
    return number.bitLength() < Long.SIZE ? (Object) number.longValue() : number;
  }

  private static Object number(double number) {
    if (number != Math.rint(number) || Double.isInfinite(number)) {
      return number; // Double.equals makes NaN equal to itself.
    }
    long whole = (long) number;
    return whole == number && whole != Long.MAX_VALUE
        ? (Object) whole
        : number(new BigDecimal(number).toBigIntegerExact());
  }

  private static List<ValueKey> all(ValueList list) {
    List<ValueKey> keys = new ArrayList<>(list.getValuesCount());
    list.getValuesList().forEach(value -> keys.add(of(value)));
    return keys;
  }

  private static Map<ValueKey, @Nullable ValueKey> map(Value value) {
    Map<ValueKey, @Nullable ValueKey> keys = new HashMap<>();
    for (ValueEntry entry : value.getMap().getEntriesList()) {
      keys.put(of(entry.getKey()), of(entry.getValue()));
    }
    return keys;
  }

  private static RefKey ref(Ref ref) {
    return new RefKey(ref.getName(), ref.getIncarnation());
  }
}
