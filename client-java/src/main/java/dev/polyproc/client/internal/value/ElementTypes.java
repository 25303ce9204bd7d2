package dev.polyproc.client.internal.value;

import com.google.protobuf.ByteString;
import dev.polyproc.client.Codec;
import dev.polyproc.client.UnexpectedValueException;
import dev.polyproc.v1.ElementType;
import dev.polyproc.v1.Overflow;
import dev.polyproc.v1.Value;
import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/** What numbers and characters of a fixed size are read as. */
public final class ElementTypes {
  public static final Value ONE = of(1);
  public static final Value MINUS_ONE = of(-1);

  private static final Value TRUTH = Values.ofBoolean(false);
  private static final Value WHOLE = Values.ofLong(0);
  private static final Value FLOAT = Values.ofDouble(0);
  private static final Value CHARACTER =
      Value.newBuilder().setBytes(ByteString.copyFrom(new byte[1])).build();

  private ElementTypes() {}

  /**
   * Refuses a class that elements of a type are never read as, before a call has changed one and
   * its reply cannot be read. Those of WCHAR are texts, of which the daemon takes nothing else.
   *
   * @throws IllegalArgumentException when it is one
   */
  public static void requireReadable(ElementType type, Class<?> as) {
    Value element = anElement(type);
    Codec<?> codec = Codec.of(as);
    if (element == null) {
      return;
    }
    try {
      var unused = codec.decode(element);
    } catch (UnexpectedValueException e) {
      throw new IllegalArgumentException(
          "Expected a class that elements of "
              + type.name().substring("ELEMENT_TYPE_".length())
              + " are read as, such as "
              + usual(element)
              + ", but it is "
              + as.getTypeName(),
          e);
    }
  }

  private static @Nullable Value anElement(ElementType type) {
    return switch (type) {
      case ELEMENT_TYPE_BOOL -> TRUTH;
      case ELEMENT_TYPE_INT8,
          ELEMENT_TYPE_UINT8,
          ELEMENT_TYPE_INT16,
          ELEMENT_TYPE_UINT16,
          ELEMENT_TYPE_INT32,
          ELEMENT_TYPE_UINT32,
          ELEMENT_TYPE_INT64,
          ELEMENT_TYPE_UINT64 ->
          WHOLE;
      case ELEMENT_TYPE_FLOAT32, ELEMENT_TYPE_FLOAT64 -> FLOAT;
      case ELEMENT_TYPE_CHAR -> CHARACTER;
      case ELEMENT_TYPE_WCHAR, ELEMENT_TYPE_UNSPECIFIED, UNRECOGNIZED -> null;
    };
  }

  private static String usual(Value element) {
    return switch (element.getKindCase()) {
      case BOOL -> "Boolean";
      case INT -> "Long";
      case FLOAT -> "Double";
      default -> "byte[]";
    };
  }

  /** What becomes of a whole number that is out of range: Java's own wrap, all others refuse. */
  public static Overflow overflow(ElementType type) {
    return switch (type) {
      case ELEMENT_TYPE_INT32, ELEMENT_TYPE_INT64 -> Overflow.OVERFLOW_WRAP;
      default -> Overflow.OVERFLOW_REFUSE;
    };
  }

  public static Value of(long number) {
    return Values.ofLong(number);
  }

  public static Value of(double number) {
    return Values.ofDouble(number);
  }

  /** A whole number or a truth value; one of 64 bits without a sign as one with. */
  public static long toLong(Value element) {
    return switch (element.getKindCase()) {
      case INT -> element.getInt();
      case BOOL -> element.getBool() ? 1 : 0;
      case BIG_INT -> new BigInteger(element.getBigInt().toByteArray()).longValue();
      default -> throw new UnexpectedValueException("a whole number", element);
    };
  }

  /** {@link #toLong} of a sum, which was made whatever it is. */
  public static long sumToLong(Value sum) {
    try {
      return toLong(sum);
    } catch (UnexpectedValueException e) {
      throw UnexpectedValueException.answered(e, sum);
    }
  }

  /** A float: what a float is added to is nothing else. */
  public static double toDouble(Value element) {
    if (!element.hasFloat()) {
      throw new UnexpectedValueException("a float", element);
    }
    return element.getFloat();
  }
}
