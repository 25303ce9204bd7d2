package dev.polyproc.server.engine.simulation;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Ref;
import dev.polyproc.v1.Value;
import dev.polyproc.v1.ValueEntry;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What values mean: which may be stored, which are equal, their order, their sums, their refs. */
final class ModelValues {
  /** An incarnation that no run gets to. */
  static final long NOT_YET = 1L << 50;

  /** How deep a value may nest. */
  static final int DEEPEST = 5;

  private ModelValues() {}

  // What may be stored.

  static void requireStorable(Value value) {
    if (depth(value) > DEEPEST) {
      throw new Refused(ErrorReason.ERROR_REASON_NESTED_TOO_DEEP);
    }
    requireSound(value);
  }

  /** How deep a value nests: a container goes deeper than a plain value even when it is empty. */
  private static int depth(Value value) {
    return switch (value.getKindCase()) {
      case LIST -> 1 + deepest(value.getList().getValuesList());
      case TUPLE -> 1 + deepest(value.getTuple().getValuesList());
      case MAP ->
          1
              + Math.max(
                  deepest(
                      value.getMap().getEntriesList().stream().map(ValueEntry::getKey).toList()),
                  deepest(
                      value.getMap().getEntriesList().stream().map(ValueEntry::getValue).toList()));
      default -> 1;
    };
  }

  private static int deepest(List<Value> values) {
    return values.stream().mapToInt(ModelValues::depth).max().orElse(1);
  }

  private static void requireSound(Value value) {
    switch (value.getKindCase()) {
      case KIND_NOT_SET -> throw new Refused(ErrorReason.ERROR_REASON_INVALID_VALUE);
      case LIST -> value.getList().getValuesList().forEach(ModelValues::requireSound);
      case TUPLE -> value.getTuple().getValuesList().forEach(ModelValues::requireSound);
      case MAP ->
          value
              .getMap()
              .getEntriesList()
              .forEach(
                  entry -> {
                    requireSound(entry.getKey());
                    requireHashable(entry.getKey());
                    requireSound(entry.getValue());
                  });
      default -> {
        if (refs(value).stream().anyMatch(ModelValues::meansNoObject)) {
          throw new Refused(ErrorReason.ERROR_REASON_INVALID_VALUE);
        }
      }
    }
  }

  private static boolean meansNoObject(Ref ref) {
    return ref.getIncarnation() == 0 || ref.getIncarnation() >= NOT_YET;
  }

  static void requireKey(Value key) {
    requireStorable(key);
    requireHashable(key);
  }

  private static void requireHashable(Value key) {
    if (key.hasList() || key.hasMap()) {
      throw new Refused(ErrorReason.ERROR_REASON_INVALID_VALUE);
    }
    key.getTuple().getValuesList().forEach(ModelValues::requireHashable);
  }

  // Equality.

  /** What is equal in Python is equal; that is all there is to it. */
  static Object same(Value value) {
    return switch (value.getKindCase()) {
      case BOOL, INT, BIG_INT, FLOAT ->
          isFinite(value) ? finite(value) : "float " + value.getFloat();
      case TUPLE -> List.of("tuple", sames(value.getTuple().getValuesList()));
      case LIST -> List.of("list", sames(value.getList().getValuesList()));
      case MAP -> List.of("map", sameEntries(value.getMap().getEntriesList()));
      case REF -> List.of("ref", value.getRef().getName(), value.getRef().getIncarnation());
      case OPAQUE ->
          List.of("opaque", value.getOpaque().getContentType(), value.getOpaque().getData());
      default -> value;
    };
  }

  static boolean areEqual(Value a, Value b) {
    return same(a).equals(same(b));
  }

  private static List<Object> sames(List<Value> values) {
    return values.stream().map(ModelValues::same).toList();
  }

  private static Map<Object, Object> sameEntries(List<ValueEntry> entries) {
    Map<Object, Object> same = new HashMap<>();
    entries.forEach(entry -> same.put(same(entry.getKey()), same(entry.getValue())));
    return same;
  }

  // Numbers.

  static void requireNumber(Value value) {
    if (!isNumber(value)) {
      throw new Refused(ErrorReason.ERROR_REASON_INVALID_VALUE);
    }
  }

  private static boolean isNumber(Value value) {
    return value.hasBool() || value.hasInt() || value.hasBigInt() || value.hasFloat();
  }

  private static boolean isFinite(Value number) {
    return !number.hasFloat() || Double.isFinite(number.getFloat());
  }

  private static BigDecimal finite(Value number) {
    BigDecimal exact =
        number.hasFloat() ? new BigDecimal(number.getFloat()) : new BigDecimal(whole(number));
    return exact.signum() == 0 ? BigDecimal.ZERO : exact.stripTrailingZeros();
  }

  private static BigInteger whole(Value number) {
    if (number.hasBigInt()) {
      return new BigInteger(number.getBigInt().toByteArray());
    }
    return BigInteger.valueOf(number.hasBool() ? (number.getBool() ? 1 : 0) : number.getInt());
  }

  /** The sum of what is there and a number. */
  static Value sum(Value there, Value amount) {
    if (!isNumber(there)) {
      throw new Refused(ErrorReason.ERROR_REASON_NOT_A_NUMBER);
    }
    if (there.hasFloat() || amount.hasFloat()) {
      return Value.newBuilder().setFloat(toFloat(there) + toFloat(amount)).build();
    }
    BigInteger sum = whole(there).add(whole(amount));
    return sum.bitLength() < 64
        ? Value.newBuilder().setInt(sum.longValueExact()).build()
        : Value.newBuilder().setBigInt(ByteString.copyFrom(sum.toByteArray())).build();
  }

  private static double toFloat(Value number) {
    if (number.hasFloat()) {
      return number.getFloat();
    }
    double rounded = whole(number).doubleValue();
    if (Double.isInfinite(rounded)) {
      throw new Refused(ErrorReason.ERROR_REASON_NOT_A_NUMBER);
    }
    return rounded;
  }

  // Order.

  static int compare(Value a, Value b) {
    if (isNumber(a) && isNumber(b)) {
      return isFinite(a) && isFinite(b)
          ? finite(a).compareTo(finite(b))
          : Double.compare(magnitude(a), magnitude(b));
    } else if (a.hasText() && b.hasText()) {
      return Arrays.compare(a.getText().codePoints().toArray(), b.getText().codePoints().toArray());
    } else if (a.hasBytes() && b.hasBytes()) {
      return Arrays.compareUnsigned(a.getBytes().toByteArray(), b.getBytes().toByteArray());
    } else if (a.hasList() && b.hasList()) {
      return compare(a.getList().getValuesList(), b.getList().getValuesList());
    } else if (a.hasTuple() && b.hasTuple()) {
      return compare(a.getTuple().getValuesList(), b.getTuple().getValuesList());
    }
    throw new Refused(ErrorReason.ERROR_REASON_NOT_COMPARABLE);
  }

  /** Tells NaN, the infinities and all the others apart. */
  private static double magnitude(Value number) {
    return isFinite(number) ? 0 : number.getFloat();
  }

  private static int compare(List<Value> a, List<Value> b) {
    for (int i = 0; i < Math.min(a.size(), b.size()); i++) {
      if (!areEqual(a.get(i), b.get(i))) {
        return compare(a.get(i), b.get(i));
      }
    }
    return Integer.compare(a.size(), b.size());
  }

  /** How long a message is, as Receive counts. */
  static long length(Value message) {
    if (message.hasBytes()) {
      return message.getBytes().size();
    }
    return message.hasText()
        ? message.getText().getBytes(UTF_8).length
        : message.toByteArray().length;
  }

  // Refs.

  /** The refs that a value holds, at any depth. */
  static List<Ref> refs(Value value) {
    return switch (value.getKindCase()) {
      case REF -> List.of(value.getRef());
      case OPAQUE -> value.getOpaque().getRefsList();
      case LIST, TUPLE, MAP -> refsWithin(value);
      default -> List.of();
    };
  }

  /** The refs in the values of a message. */
  static List<Ref> refsWithin(Message message) {
    List<Ref> refs = new ArrayList<>();
    for (Object field : message.getAllFields().values()) {
      for (Object one : field instanceof List<?> list ? list : List.of(field)) {
        if (one instanceof Value value) {
          refs.addAll(refs(value));
        } else if (one instanceof Message inner) {
          refs.addAll(refsWithin(inner));
        }
      }
    }
    return refs;
  }
}
