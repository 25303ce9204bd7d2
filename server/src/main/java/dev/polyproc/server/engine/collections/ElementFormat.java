package dev.polyproc.server.engine.collections;

import com.google.protobuf.ByteString;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.server.engine.value.ElementSizes;
import dev.polyproc.server.engine.value.ValueKey;
import dev.polyproc.v1.ElementType;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Overflow;
import dev.polyproc.v1.Value;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.math.BigInteger;
import java.nio.ByteOrder;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;

/**
 * What elements of a type are in memory, and what they take.
 *
 * <p>An element is passed as 64 bits: a whole number or a code as it is, extended by its sign where
 * it has one; a float as its bits. In bytes it is little-endian.
 */
final class ElementFormat {
  /** Which fields of a Value and of Elements have an element. */
  enum Kind {
    BOOL,
    WHOLE,
    FLOAT,
    CHAR,
    WCHAR
  }

  private static final VarHandle SHORTS = view(short[].class);
  private static final VarHandle INTS = view(int[].class);
  private static final VarHandle LONGS = view(long[].class);

  private static final Map<ElementType, ElementFormat> ALL = new EnumMap<>(ElementType.class);

  static {
    add(ElementType.ELEMENT_TYPE_BOOL, Kind.BOOL, false);
    add(ElementType.ELEMENT_TYPE_INT8, Kind.WHOLE, true);
    add(ElementType.ELEMENT_TYPE_UINT8, Kind.WHOLE, false);
    add(ElementType.ELEMENT_TYPE_INT16, Kind.WHOLE, true);
    add(ElementType.ELEMENT_TYPE_UINT16, Kind.WHOLE, false);
    add(ElementType.ELEMENT_TYPE_INT32, Kind.WHOLE, true);
    add(ElementType.ELEMENT_TYPE_UINT32, Kind.WHOLE, false);
    add(ElementType.ELEMENT_TYPE_INT64, Kind.WHOLE, true);
    add(ElementType.ELEMENT_TYPE_UINT64, Kind.WHOLE, false);
    add(ElementType.ELEMENT_TYPE_FLOAT32, Kind.FLOAT, true);
    add(ElementType.ELEMENT_TYPE_FLOAT64, Kind.FLOAT, true);
    add(ElementType.ELEMENT_TYPE_CHAR, Kind.CHAR, false);
    add(ElementType.ELEMENT_TYPE_WCHAR, Kind.WCHAR, false);
  }

  private final ElementType type;
  private final Kind kind;
  private final int size;
  private final boolean signed;

  private ElementFormat(ElementType type, Kind kind, int size, boolean signed) {
    this.type = type;
    this.kind = kind;
    this.size = size;
    this.signed = signed;
  }

  private static VarHandle view(Class<?> array) {
    return MethodHandles.byteArrayViewVarHandle(array, ByteOrder.LITTLE_ENDIAN);
  }

  private static void add(ElementType type, Kind kind, boolean signed) {
    ALL.put(type, new ElementFormat(type, kind, ElementSizes.of(type), signed));
  }

  /** The format of a type that a call asks for. */
  static ElementFormat of(ElementType type) {
    ElementSizes.of(type); // there is such a type
    return Objects.requireNonNull(ALL.get(type), "a type that has a size");
  }

  /** Whether what is out of range wraps. */
  static boolean wraps(Overflow overflow) {
    return switch (overflow) {
      case OVERFLOW_UNSPECIFIED, OVERFLOW_REFUSE -> false;
      case OVERFLOW_WRAP -> true;
      case UNRECOGNIZED ->
          throw Refusal.argument(
              "overflow", "Expected overflow to be REFUSE or WRAP, but it is neither");
    };
  }

  ElementType type() {
    return type;
  }

  Kind kind() {
    return kind;
  }

  /** Whether it is a whole number without a sign. */
  boolean isUnsigned() {
    return kind == Kind.WHOLE && !signed;
  }

  /** How many bytes an element has. */
  int size() {
    return size;
  }

  // In memory.

  /** The element that begins at a byte. */
  long read(byte[] from, int at) {
    return switch (size) {
      case 1 -> signed ? from[at] : from[at] & 0xff;
      case 2 -> signed ? (short) SHORTS.get(from, at) : (short) SHORTS.get(from, at) & 0xffff;
      case 4 -> signed ? (int) INTS.get(from, at) : (int) INTS.get(from, at) & 0xffff_ffffL;
      default -> (long) LONGS.get(from, at);
    };
  }

  /** Puts an element to where it begins. */
  void write(byte[] to, int at, long bits) {
    switch (size) {
      case 1 -> to[at] = (byte) bits;
      case 2 -> SHORTS.set(to, at, (short) bits);
      case 4 -> INTS.set(to, at, (int) bits);
      default -> LONGS.set(to, at, bits);
    }
  }

  // As values.

  /** An element as it is answered. */
  Value value(long bits) {
    Value.Builder value = Value.newBuilder();
    return switch (kind) {
      case BOOL -> value.setBool(bits != 0).build();
      case FLOAT -> value.setFloat(toDouble(bits)).build();
      case CHAR -> value.setBytes(ByteString.copyFrom(new byte[] {(byte) bits})).build();
      case WCHAR -> value.setText(Character.toString((int) bits)).build();
      case WHOLE ->
          signed || bits >= 0
              ? value.setInt(bits).build()
              : value.setBigInt(ByteString.copyFrom(unsigned(bits).toByteArray())).build();
    };
  }

  /** An element for people: a number, also of a character. */
  String shown(long bits) {
    return switch (kind) {
      case BOOL -> Boolean.toString(bits != 0);
      case FLOAT -> Double.toString(toDouble(bits));
      case WHOLE -> toBigInteger(bits).toString();
      case CHAR, WCHAR -> "character " + bits;
    };
  }

  /** The number of a float. */
  double toDouble(long bits) {
    return size == Float.BYTES ? Float.intBitsToFloat((int) bits) : Double.longBitsToDouble(bits);
  }

  private BigInteger toBigInteger(long bits) {
    return signed || bits >= 0 ? BigInteger.valueOf(bits) : unsigned(bits);
  }

  private static BigInteger unsigned(long bits) {
    return BigInteger.valueOf(bits)
        .and(BigInteger.ONE.shiftLeft(Long.SIZE).subtract(BigInteger.ONE));
  }

  /** The element that a value is. */
  long bits(String field, Value value, boolean wraps) {
    return switch (value.getKindCase()) {
      case BOOL -> ofNumber(field, value.getBool() ? 1 : 0, wraps);
      case INT -> ofNumber(field, value.getInt(), wraps);
      case BIG_INT -> ofNumber(field, bigInt(field, value), wraps);
      case FLOAT -> ofFloat(field, value.getFloat());
      case BYTES -> ofBytes(field, value.getBytes());
      case TEXT -> ofText(field, value.getText());
      case KIND_NOT_SET -> throw invalid(field, "there is none");
      default -> throw invalid(field);
    };
  }

  /** The element that a whole number is. */
  long ofNumber(String field, long number, boolean wraps) {
    if (kind == Kind.FLOAT) {
      return ofDouble(number);
    }
    if (kind == Kind.WCHAR) {
      throw invalid(field);
    }
    if (isInRange(number)) {
      return number;
    }
    if (!wraps) {
      throw tooLarge(field, Long.toString(number));
    }
    return wrapped(number);
  }

  /** The element that a whole number without a sign is. */
  long ofUnsigned(String field, long number, boolean wraps) {
    return number >= 0 ? ofNumber(field, number, wraps) : ofNumber(field, unsigned(number), wraps);
  }

  private long ofNumber(String field, BigInteger number, boolean wraps) {
    if (kind == Kind.FLOAT) {
      double rounded = number.doubleValue();
      if (Double.isInfinite(rounded)) {
        throw tooLarge(field, "beyond");
      }
      return ofDouble(rounded);
    }
    if (number.bitLength() < Long.SIZE) {
      return ofNumber(field, number.longValue(), wraps);
    }
    if (kind == Kind.WCHAR) {
      throw invalid(field);
    }
    if (isUnsigned()
        && size == Long.BYTES
        && number.signum() > 0
        && number.bitLength() == Long.SIZE) {
      return number.longValue();
    }
    if (!wraps) {
      throw tooLarge(field, "beyond");
    }
    return wrapped(number.longValue());
  }

  private boolean isInRange(long number) {
    if (kind == Kind.BOOL) {
      return number == 0 || number == 1;
    }
    int bits = size * Byte.SIZE;
    if (signed) {
      return bits == Long.SIZE || number == number << (Long.SIZE - bits) >> (Long.SIZE - bits);
    }
    return number >= 0 && (bits == Long.SIZE || number >>> bits == 0);
  }

  /** Its lowest bits. */
  private long wrapped(long number) {
    if (kind == Kind.BOOL) {
      return 1;
    }
    int unused = Long.SIZE - size * Byte.SIZE;
    return signed ? number << unused >> unused : number << unused >>> unused;
  }

  /** The element that a float is. */
  long ofFloat(String field, double number) {
    if (kind != Kind.FLOAT) {
      throw invalid(field);
    }
    return ofDouble(number);
  }

  private long ofDouble(double number) {
    return size == Float.BYTES
        ? Float.floatToRawIntBits((float) number)
        : Double.doubleToRawLongBits(number);
  }

  private long ofBytes(String field, ByteString bytes) {
    if (bytes.size() != 1) {
      throw invalid(field);
    }
    return ofByte(field, bytes.byteAt(0));
  }

  /** The element that a byte is. */
  long ofByte(String field, byte one) {
    if (kind != Kind.CHAR) {
      throw invalid(field);
    }
    return one & 0xff;
  }

  /** The element that a Unicode code point is. */
  long ofCodePoint(String field, int one) {
    if (kind != Kind.WCHAR) {
      throw invalid(field);
    }
    return one;
  }

  private long ofText(String field, String text) {
    if (text.isEmpty() || text.codePointCount(0, text.length()) != 1) {
      throw invalid(field);
    }
    return ofCodePoint(field, text.codePointAt(0));
  }

  // As numbers.

  /** Whether two elements are equal, as values are. */
  boolean areEqual(long one, long other) {
    if (kind != Kind.FLOAT) {
      return one == other;
    }
    double left = toDouble(one);
    double right = toDouble(other);
    return left == right || (Double.isNaN(left) && Double.isNaN(right));
  }

  /** Whether something can be added to it. */
  boolean isNumber() {
    return kind == Kind.WHOLE || kind == Kind.FLOAT;
  }

  /** The sum of an element and a number. */
  long sum(long bits, Value amount, boolean wraps) {
    if (kind == Kind.FLOAT) {
      return ofDouble(toDouble(bits) + toFloat(amount));
    }
    BigInteger more;
    switch (amount.getKindCase()) {
      case BOOL, INT -> {
        long number =
            amount.getKindCase() == Value.KindCase.INT ? amount.getInt() : amount.getBool() ? 1 : 0;
        long sum = bits + number;
        boolean overflows = ((bits ^ sum) & (number ^ sum)) < 0;
        if (!overflows && (signed || bits >= 0)) {
          return ofNumber("amount", sum, wraps);
        }
        more = BigInteger.valueOf(number);
      }
      case BIG_INT -> more = bigInt("amount", amount);
      default -> throw invalidAmount();
    }
    return ofNumber("amount", toBigInteger(bits).add(more), wraps);
  }

  private double toFloat(Value amount) {
    return switch (amount.getKindCase()) {
      case FLOAT -> amount.getFloat();
      case BOOL -> amount.getBool() ? 1 : 0;
      case INT -> amount.getInt();
      case BIG_INT -> {
        double rounded = bigInt("amount", amount).doubleValue();
        if (Double.isInfinite(rounded)) {
          throw tooLarge("amount", "beyond");
        }
        yield rounded;
      }
      default -> throw invalidAmount();
    };
  }

  private static BigInteger bigInt(String field, Value value) {
    if (value.getBigInt().isEmpty()) {
      throw new Refusal(
              ErrorReason.ERROR_REASON_INVALID_VALUE,
              "Expected " + field + " to be a big_int of at least one byte, but it has none")
          .with("field", field);
    }
    return ValueKey.bigInt(value);
  }

  // Refusals.

  /** The name of the type. */
  String name() {
    return type.name().substring("ELEMENT_TYPE_".length());
  }

  private Refusal invalidAmount() {
    return new Refusal(
            ErrorReason.ERROR_REASON_INVALID_VALUE,
            "Expected amount to be "
                + (kind == Kind.FLOAT ? "a number" : "a whole number")
                + " to add to "
                + name()
                + ", but it is of another kind")
        .with("field", "amount");
  }

  private Refusal invalid(String field) {
    boolean isOneOf = kind == Kind.CHAR || kind == Kind.WCHAR; // of a kind of any length
    return invalid(field, isOneOf ? "it is something else" : "it is of another kind");
  }

  private Refusal invalid(String field, String actual) {
    String expected =
        switch (kind) {
          case BOOL -> "a truth value, or 0 or 1";
          case WHOLE -> "a whole number";
          case FLOAT -> "a number";
          case CHAR -> "bytes of length 1, or 0 to 255";
          case WCHAR -> "text of one character";
        };
    return new Refusal(
            ErrorReason.ERROR_REASON_INVALID_VALUE,
            "Expected " + field + " to be " + expected + ", as " + name() + " takes, but " + actual)
        .with("field", field);
  }

  private Refusal tooLarge(String field, String actual) {
    String expected =
        switch (kind) {
          case BOOL -> "0 or 1";
          case FLOAT -> "a number that fits a float";
          default ->
              signed
                  ? "-2^" + (size * Byte.SIZE - 1) + " to 2^" + (size * Byte.SIZE - 1) + " - 1"
                  : "0 to 2^" + size * Byte.SIZE + " - 1";
        };
    return new Refusal(
            ErrorReason.ERROR_REASON_VALUE_TOO_LARGE,
            "Expected "
                + (field.equals("amount") && kind != Kind.FLOAT ? "a sum of " : field + " to be ")
                + expected
                + ", as "
                + name()
                + " takes, but it is "
                + actual
                + (kind == Kind.FLOAT ? "" : "; ask for overflow WRAP where it is to wrap"))
        .with("field", field);
  }
}
