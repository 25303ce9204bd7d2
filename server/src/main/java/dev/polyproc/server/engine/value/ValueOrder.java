package dev.polyproc.server.engine.value;

import com.google.protobuf.ByteString;
import dev.polyproc.server.engine.Refusal;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Value;
import dev.polyproc.v1.ValueList;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Comparator;
import java.util.Locale;

/**
 * The order of values, which is Python's: numbers go with numbers, text with text, bytes with
 * bytes, lists with lists and tuples with tuples. Others have no order.
 *
 * <p>Unlike in Python, where a list with NaN is sorted anyhow, NaN is above all other numbers.
 */
public final class ValueOrder implements Comparator<Value> {
  /** The order; it throws a {@link Refusal} for values that have none. */
  public static final Comparator<Value> NATURAL = new ValueOrder();

  /** The largest finite number in floating point has so many bits before the point. */
  private static final int MOST_BITS = Double.MAX_EXPONENT + 1;

  private ValueOrder() {}

  @Override
  public int compare(Value a, Value b) {
    if (isNumber(a) && isNumber(b)) {
      return compareNumbers(ValueKey.of(a).content(), ValueKey.of(b).content());
    }
    if (a.getKindCase() == b.getKindCase()) {
      switch (a.getKindCase()) {
        case TEXT:
          return compareCodePoints(a.getText(), b.getText());
        case BYTES:
          return ByteString.unsignedLexicographicalComparator().compare(a.getBytes(), b.getBytes());
        case LIST:
          return compareAll(a.getList(), b.getList());
        case TUPLE:
          return compareAll(a.getTuple(), b.getTuple());
        default:
          break;
      }
    }
    throw new Refusal(
        ErrorReason.ERROR_REASON_NOT_COMPARABLE,
        "Expected values that have an order, but there is none of " + word(a) + " and " + word(b));
  }

  private static String word(Value value) {
    return value.getKindCase().name().toLowerCase(Locale.ROOT);
  }

  private static boolean isNumber(Value value) {
    return switch (value.getKindCase()) {
      case BOOL, INT, BIG_INT, FLOAT -> true;
      default -> false;
    };
  }

  private static int compareNumbers(Object a, Object b) {
    if (a instanceof Long x && b instanceof Long y) {
      return Long.compare(x, y);
    }
    if (a instanceof Double x && b instanceof Double y) {
      return Double.compare(x, y);
    }
    if (isNotFinite(a)) {
      return Double.compare((Double) a, 0);
    }
    if (isNotFinite(b)) {
      return Double.compare(0, (Double) b);
    }
    if (isHuge(a) || isHuge(b)) {
      return compareHuge(a, b);
    }
    return exact(a).compareTo(exact(b));
  }

  /** Whether a number is beyond all that is finite in floating point. */
  private static boolean isHuge(Object number) {
    return number instanceof BigInteger whole && whole.bitLength() > MOST_BITS;
  }

  /** Without decimals, whose making takes far more than linear time. */
  private static int compareHuge(Object a, Object b) {
    if (a instanceof BigInteger x && b instanceof BigInteger y) {
      return x.compareTo(y);
    }
    return isHuge(a) ? ((BigInteger) a).signum() : -((BigInteger) b).signum();
  }

  private static boolean isNotFinite(Object number) {
    return number instanceof Double x && !Double.isFinite(x);
  }

  private static BigDecimal exact(Object number) {
    if (number instanceof BigInteger whole) {
      return new BigDecimal(whole);
    }
    return number instanceof Double x ? new BigDecimal(x) : BigDecimal.valueOf((Long) number);
  }

  private static int compareCodePoints(String a, String b) {
    int same = 0;
    int shorter = Math.min(a.length(), b.length());
    while (same < shorter && a.charAt(same) == b.charAt(same)) {
      same++;
    }
    if (same == shorter) {
      return Integer.compare(a.length(), b.length());
    }
    boolean bothSurrogates =
        Character.isSurrogate(a.charAt(same)) && Character.isSurrogate(b.charAt(same));
    if (!bothSurrogates && Character.isSurrogate(a.charAt(same))) {
      return 1; // Half of a character above all that fit into one.
    }
    if (!bothSurrogates && Character.isSurrogate(b.charAt(same))) {
      return -1;
    }
    return Character.compare(a.charAt(same), b.charAt(same));
  }

  private int compareAll(ValueList a, ValueList b) {
    int shorter = Math.min(a.getValuesCount(), b.getValuesCount());
    for (int i = 0; i < shorter; i++) {
      // As in Python: what is equal needs no order.
      if (!ValueKey.of(a.getValues(i)).equals(ValueKey.of(b.getValues(i)))) {
        return compare(a.getValues(i), b.getValues(i));
      }
    }
    return Integer.compare(a.getValuesCount(), b.getValuesCount());
  }
}
