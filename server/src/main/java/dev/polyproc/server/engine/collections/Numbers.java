package dev.polyproc.server.engine.collections;

import com.google.protobuf.ByteString;
import dev.polyproc.server.engine.object.ManagedObject;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.server.engine.value.ValueKey;
import dev.polyproc.server.engine.value.Values;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Value;
import dev.polyproc.v1.Value.KindCase;
import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/**
 * Numbers, added as Python adds them.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>Truth values count as 0 and 1; the sum of two is a whole number.
 *   <li>Whole numbers never overflow: a sum is an int where it fits 64 bits, and a big_int
 *       otherwise.
 *   <li>A whole number plus a float is a float: the whole number is rounded to the nearest one
 *       first, and to the even one of two that are as near.
 *   <li>A sum is at most a byte longer than the longer of its parts.
 * </ul>
 */
final class Numbers {
  static final Value ONE = whole(1);

  private Numbers() {}

  /** A number that may be stored. */
  static Value stored(String field, Value value, World world) {
    Values.stored(field, value, world);
    if (!isNumber(value)) {
      throw new Refusal(
              ErrorReason.ERROR_REASON_INVALID_VALUE,
              "Expected " + field + " to be a number, but it is of another kind")
          .with("field", field);
    }
    return value;
  }

  /**
   * The sum of an object's value, whatever it is, and a number.
   *
   * @param bits the sum must be a whole number of so many, unsigned; 0 for any number
   */
  static Value add(ManagedObject object, Value before, Value amount, int bits) {
    if (!isNumber(before)) {
      throw notANumber(
          object,
          "Expected a number to add to, but the value is of another kind; set a number before");
    }
    Value sum = sum(before, amount);
    if (sum == null) {
      throw notANumber(
          object, "Expected a whole number that fits a float to add to one, but it is too large");
    }
    if (bits != 0) {
      requireBits(object, sum, bits);
    }
    return sum;
  }

  private static void requireBits(ManagedObject object, Value sum, int bits) {
    if (isFloat(sum)) {
      throw notANumber(
          object,
          "Expected a sum that is a whole number of "
              + Integer.toUnsignedString(bits)
              + " bits, but it is a float");
    }
    if (Integer.compareUnsigned(toBigInteger(sum).bitLength() + 1, bits) > 0) {
      throw new Refusal(
              ErrorReason.ERROR_REASON_VALUE_TOO_LARGE,
              "Expected a sum that fits "
                  + Integer.toUnsignedString(bits)
                  + " bits, but it needs "
                  + (toBigInteger(sum).bitLength() + 1)
                  + "; the value is as it was")
          .with("object", object.name());
    }
  }

  private static Refusal notANumber(ManagedObject object, String sentence) {
    return new Refusal(ErrorReason.ERROR_REASON_NOT_A_NUMBER, sentence)
        .with("object", object.name());
  }

  private static boolean isNumber(Value value) {
    return switch (value.getKindCase()) {
      case BOOL, INT, BIG_INT, FLOAT -> true;
      default -> false;
    };
  }

  /**
   * The sum of two numbers; null where one is a float and the other a whole number that is too
   * large to be one, which is an OverflowError in Python.
   */
  static @Nullable Value sum(Value a, Value b) {
    if (isFloat(a) || isFloat(b)) {
      double left = toFloat(a);
      double right = toFloat(b);
      boolean overflows =
          (!isFloat(a) && Double.isInfinite(left)) || (!isFloat(b) && Double.isInfinite(right));
      return overflows ? null : Value.newBuilder().setFloat(left + right).build();
    }
    if (isShort(a) && isShort(b)) {
      long left = toLong(a);
      long right = toLong(b);
      long sum = left + right;
      boolean overflows = ((left ^ sum) & (right ^ sum)) < 0;
      if (!overflows) {
        return whole(sum);
      }
    }
    return whole(toBigInteger(a).add(toBigInteger(b)));
  }

  private static boolean isFloat(Value value) {
    return value.getKindCase() == KindCase.FLOAT;
  }

  private static boolean isShort(Value value) {
    return value.getKindCase() != KindCase.BIG_INT;
  }

  private static double toFloat(Value value) {
    return switch (value.getKindCase()) {
      case FLOAT -> value.getFloat();
      case BIG_INT -> ValueKey.bigInt(value).doubleValue();
      default -> (double) toLong(value);
    };
  }

  private static long toLong(Value value) {
    return value.getKindCase() == KindCase.BOOL ? (value.getBool() ? 1 : 0) : value.getInt();
  }

  private static BigInteger toBigInteger(Value value) {
    return isShort(value) ? BigInteger.valueOf(toLong(value)) : ValueKey.bigInt(value);
  }

  static Value whole(long number) {
    return Value.newBuilder().setInt(number).build();
  }

  private static Value whole(BigInteger number) {
    return number.bitLength() < Long.SIZE
        ? whole(number.longValue())
        : Value.newBuilder().setBigInt(ByteString.copyFrom(number.toByteArray())).build();
  }
}
