package dev.polyproc.server.engine.value;

import com.google.protobuf.ByteString;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Value;
import dev.polyproc.v1.ValueList;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
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

  /** Most texts differ in so many bytes; to compare more at a time takes an object for each. */
  private static final int HEAD_BYTES = 32;

  private ValueOrder() {}

  @Override
  public int compare(Value a, Value b) {
    return compare(a, b, false);
  }

  /**
   * @param within whether they are values of lists or tuples, where what is equal needs no order,
   *     as in Python
   */
  private static int compare(Value a, Value b, boolean within) {
    if (a.getKindCase() == b.getKindCase()) {
      switch (a.getKindCase()) {
        case BOOL:
          return Boolean.compare(a.getBool(), b.getBool());
        case INT:
          return Long.compare(a.getInt(), b.getInt());
        case FLOAT: // 0.0 makes -0.0 what it equals
          return Double.compare(a.getFloat() + 0.0, b.getFloat() + 0.0);
        case TEXT: // the order of UTF-8 is that of the code points
          return compareUnsigned(a.getTextBytes(), b.getTextBytes());
        case BYTES:
          return compareUnsigned(a.getBytes(), b.getBytes());
        case LIST:
          return compareAll(a.getList(), b.getList());
        case TUPLE:
          return compareAll(a.getTuple(), b.getTuple());
        default:
          break;
      }
    }
    if (isNumber(a) && isNumber(b)) {
      return compareNumbers(ValueKey.of(a).content(), ValueKey.of(b).content());
    }
    if (within && (a.equals(b) || ValueKey.areEqual(a, b))) {
      return 0;
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

  static int compareUnsigned(ByteString a, ByteString b) {
    int head = Math.min(HEAD_BYTES, Math.min(a.size(), b.size()));
    for (int i = 0; i < head; i++) {
      if (a.byteAt(i) != b.byteAt(i)) {
        return Byte.compareUnsigned(a.byteAt(i), b.byteAt(i));
      }
    }
    if (head < HEAD_BYTES) {
      return Integer.compare(a.size(), b.size());
    }
    ByteBuffer x = a.asReadOnlyByteBuffer().slice();
    ByteBuffer y = b.asReadOnlyByteBuffer().slice();
    int same = x.mismatch(y);
    return same < 0 || same == x.limit() || same == y.limit()
        ? Integer.compare(x.limit(), y.limit())
        : Byte.compareUnsigned(x.get(same), y.get(same));
  }

  private static int compareAll(ValueList a, ValueList b) {
    int shorter = Math.min(a.getValuesCount(), b.getValuesCount());
    for (int i = 0; i < shorter; i++) {
      int order = compare(a.getValues(i), b.getValues(i), true);
      if (order != 0) {
        return order;
      }
    }
    return Integer.compare(a.getValuesCount(), b.getValuesCount());
  }
}
