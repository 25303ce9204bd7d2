package dev.polyproc.server.engine.value;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.polyproc.v1.Value;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

final class ValueOrderTest {
  private static Value number(double number) {
    return Value.newBuilder().setFloat(number).build();
  }

  /** A whole number of so many bytes. */
  private static Value huge(int bytes, boolean negative) {
    byte[] digits = new byte[bytes];
    digits[0] = (byte) (negative ? 0x80 : 0x7f);
    return Value.newBuilder().setBigInt(ByteString.copyFrom(digits)).build();
  }

  private static void assertOrder(Value... values) {
    for (int i = 0; i < values.length; i++) {
      for (int j = 0; j < values.length; j++) {
        assertThat(Integer.signum(ValueOrder.NATURAL.compare(values[i], values[j])))
            .as("%d to %d", i, j)
            .isEqualTo(Integer.compare(i, j));
      }
    }
  }

  @Test
  @Timeout(5)
  void shouldCompareHugeNumbersWithFloatsAtOnce() {
    assertOrder(
        number(Double.NEGATIVE_INFINITY),
        huge(8 << 20, true),
        huge(129, true),
        number(-Double.MAX_VALUE),
        huge(9, true),
        number(-0.5),
        Value.newBuilder().setInt(0).build(),
        number(0.5),
        Value.newBuilder().setBool(true).build(),
        number(1.5),
        huge(9, false),
        number(Double.MAX_VALUE),
        huge(129, false),
        huge(8 << 20, false),
        number(Double.POSITIVE_INFINITY),
        number(Double.NaN));
  }

  @Test
  void shouldCompareExactlyWhereFloatsAreCoarse() {
    Value below = Value.newBuilder().setInt((1L << 53) - 1).build();
    Value above = Value.newBuilder().setInt((1L << 53) + 1).build();
    assertOrder(below, number(1L << 53), above);
  }
}
