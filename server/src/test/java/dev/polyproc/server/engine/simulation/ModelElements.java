package dev.polyproc.server.engine.simulation;

import com.google.protobuf.ByteString;
import dev.polyproc.v1.ElementType;
import dev.polyproc.v1.Elements;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Overflow;
import dev.polyproc.v1.Value;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/**
 * What elements of a type are, by the words of the contract: each as the value that is answered.
 */
final class ModelElements {
  private ModelElements() {}

  static int bytes(ElementType type) {
    return switch (type) {
      case ELEMENT_TYPE_BOOL, ELEMENT_TYPE_INT8, ELEMENT_TYPE_UINT8, ELEMENT_TYPE_CHAR -> 1;
      case ELEMENT_TYPE_INT16, ELEMENT_TYPE_UINT16 -> 2;
      case ELEMENT_TYPE_INT32, ELEMENT_TYPE_UINT32, ELEMENT_TYPE_FLOAT32, ELEMENT_TYPE_WCHAR -> 4;
      case ELEMENT_TYPE_INT64, ELEMENT_TYPE_UINT64, ELEMENT_TYPE_FLOAT64 -> 8;
      default -> throw new Refused(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    };
  }

  private static boolean isFloat(ElementType type) {
    return type == ElementType.ELEMENT_TYPE_FLOAT32 || type == ElementType.ELEMENT_TYPE_FLOAT64;
  }

  private static boolean isCharacter(ElementType type) {
    return type == ElementType.ELEMENT_TYPE_CHAR || type == ElementType.ELEMENT_TYPE_WCHAR;
  }

  private static boolean isSigned(ElementType type) {
    return type.name().startsWith("ELEMENT_TYPE_INT");
  }

  private static boolean isUnsigned(ElementType type) {
    return type.name().startsWith("ELEMENT_TYPE_UINT");
  }

  /** The element that is there at first. */
  static Value zero(ElementType type) {
    return type == ElementType.ELEMENT_TYPE_WCHAR
        ? Value.newBuilder().setText("\0").build()
        : element(type, whole(BigInteger.ZERO), Overflow.OVERFLOW_REFUSE);
  }

  /** The element that a value is. */
  static Value element(ElementType type, Value value, Overflow overflow) {
    if (isFloat(type)) {
      return rounded(type, number(value));
    }
    if (type == ElementType.ELEMENT_TYPE_WCHAR) {
      if (!value.hasText() || value.getText().codePoints().count() != 1) {
        throw new Refused(ErrorReason.ERROR_REASON_INVALID_VALUE);
      }
      return value;
    }
    if (type == ElementType.ELEMENT_TYPE_CHAR && value.hasBytes()) {
      if (value.getBytes().size() != 1) {
        throw new Refused(ErrorReason.ERROR_REASON_INVALID_VALUE);
      }
      return value;
    }
    BigInteger number = within(type, integer(value), overflow);
    return switch (type) {
      case ELEMENT_TYPE_BOOL -> Value.newBuilder().setBool(number.signum() != 0).build();
      case ELEMENT_TYPE_CHAR ->
          Value.newBuilder().setBytes(ByteString.copyFrom(new byte[] {number.byteValue()})).build();
      default -> whole(number);
    };
  }

  private static BigInteger within(ElementType type, BigInteger number, Overflow overflow) {
    int bits = type == ElementType.ELEMENT_TYPE_BOOL ? 1 : 8 * bytes(type);
    BigInteger all = BigInteger.ONE.shiftLeft(bits);
    BigInteger least = isSigned(type) ? all.shiftRight(1).negate() : BigInteger.ZERO;
    BigInteger behind = least.add(all);
    if (number.compareTo(least) >= 0 && number.compareTo(behind) < 0) {
      return number;
    }
    if (overflow != Overflow.OVERFLOW_WRAP) {
      throw new Refused(ErrorReason.ERROR_REASON_VALUE_TOO_LARGE);
    }
    return type == ElementType.ELEMENT_TYPE_BOOL
        ? BigInteger.ONE
        : number.subtract(least).mod(all).add(least);
  }

  private static Value rounded(ElementType type, double number) {
    return Value.newBuilder()
        .setFloat(type == ElementType.ELEMENT_TYPE_FLOAT32 ? (float) number : number)
        .build();
  }

  private static BigInteger integer(Value value) {
    return switch (value.getKindCase()) {
      case BOOL -> value.getBool() ? BigInteger.ONE : BigInteger.ZERO;
      case INT -> BigInteger.valueOf(value.getInt());
      case BIG_INT -> new BigInteger(value.getBigInt().toByteArray());
      default -> throw new Refused(ErrorReason.ERROR_REASON_INVALID_VALUE);
    };
  }

  private static double number(Value value) {
    if (value.hasFloat()) {
      return value.getFloat();
    }
    double rounded = integer(value).doubleValue();
    if (Double.isInfinite(rounded)) {
      throw new Refused(ErrorReason.ERROR_REASON_VALUE_TOO_LARGE);
    }
    return rounded;
  }

  private static Value whole(BigInteger number) {
    return number.bitLength() < 64
        ? Value.newBuilder().setInt(number.longValue()).build()
        : Value.newBuilder().setBigInt(ByteString.copyFrom(number.toByteArray())).build();
  }

  /** The sum of an element and a number. */
  static Value sum(ElementType type, Value element, Value amount, Overflow overflow) {
    if (isCharacter(type) || type == ElementType.ELEMENT_TYPE_BOOL) {
      throw new Refused(ErrorReason.ERROR_REASON_NOT_A_NUMBER);
    }
    return isFloat(type)
        ? rounded(type, element.getFloat() + number(amount))
        : whole(within(type, integer(element).add(integer(amount)), overflow));
  }

  /** The values of a message. */
  static List<Value> values(Elements elements) {
    List<Value> all = new ArrayList<>();
    elements.getIntsList().forEach(each -> all.add(whole(BigInteger.valueOf(each))));
    elements
        .getUintsList()
        .forEach(each -> all.add(whole(new BigInteger(Long.toUnsignedString(each)))));
    elements.getFloatsList().forEach(each -> all.add(Value.newBuilder().setFloat(each).build()));
    for (byte each : elements.getChars()) {
      all.add(Value.newBuilder().setBytes(ByteString.copyFrom(new byte[] {each})).build());
    }
    elements
        .getText()
        .codePoints()
        .forEach(each -> all.add(Value.newBuilder().setText(Character.toString(each)).build()));
    int fields =
        (elements.getIntsCount() > 0 ? 1 : 0)
            + (elements.getUintsCount() > 0 ? 1 : 0)
            + (elements.getFloatsCount() > 0 ? 1 : 0)
            + (elements.getChars().isEmpty() ? 0 : 1)
            + (elements.getText().isEmpty() ? 0 : 1);
    if (fields > 1) {
      throw new Refused(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    }
    return all;
  }

  /** Elements as they are answered. */
  static Elements message(ElementType type, List<Value> all) {
    Elements.Builder elements = Elements.newBuilder();
    StringBuilder text = new StringBuilder();
    ByteString bytes = ByteString.EMPTY;
    for (Value each : all) {
      if (isFloat(type)) {
        elements.addFloats(each.getFloat());
      } else if (type == ElementType.ELEMENT_TYPE_CHAR) {
        bytes = bytes.concat(each.getBytes());
      } else if (type == ElementType.ELEMENT_TYPE_WCHAR) {
        text.append(each.getText());
      } else if (isUnsigned(type)) {
        elements.addUints(integer(each).longValue());
      } else {
        elements.addInts(integer(each).longValue());
      }
    }
    return elements.setChars(bytes).setText(text.toString()).build();
  }
}
