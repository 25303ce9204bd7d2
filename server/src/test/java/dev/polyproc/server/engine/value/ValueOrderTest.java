package dev.polyproc.server.engine.value;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.protobuf.ByteString;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.v1.Null;
import dev.polyproc.v1.Value;
import dev.polyproc.v1.ValueList;
import java.util.List;
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
  @Timeout(60)
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

  private static Value text(String text) {
    return Value.newBuilder().setText(text).build();
  }

  private static Value bytes(String text) {
    return Value.newBuilder().setBytes(ByteString.copyFrom(text, ISO_8859_1)).build();
  }

  private static Value list(Value... values) {
    return Value.newBuilder().setList(ValueList.newBuilder().addAllValues(List.of(values))).build();
  }

  @Test
  void shouldCompareTextsByCodePointsHoweverLongTheirBeginningsAreTheSame() {
    for (int same : new int[] {0, 1, 28, 29, 30, 31, 32, 33, 1_000}) {
      String begin = "x".repeat(same);
      assertOrder(
          text(begin),
          text(begin + "a"),
          text(begin + "ab"),
          text(begin + "b"),
          text(begin + "\u00e9"),
          text(begin + "\uff5e"),
          text(begin + "\ud83d\ude42"),
          text(begin + "\ud83d\ude43"));
      assertOrder(
          bytes(begin),
          bytes(begin + "\0"),
          bytes(begin + "a"),
          bytes(begin + "\u007f"),
          bytes(begin + "\u0080"),
          bytes(begin + "\u00ff"));
    }
  }

  @Test
  void shouldComparePartsOfALargerArray() {
    ByteString whole = ByteString.copyFrom("-".repeat(7) + "x".repeat(40) + "ab", ISO_8859_1);
    assertOrder(
        Value.newBuilder().setBytes(whole.substring(8, 48)).build(),
        Value.newBuilder().setBytes(whole.substring(7, 47)).build(),
        Value.newBuilder().setBytes(whole.substring(7, 48)).build(),
        Value.newBuilder().setBytes(whole.substring(7, 49)).build());
  }

  @Test
  void shouldCompareListsByTheFirstValuesThatDiffer() {
    Value nothing = Value.newBuilder().setNull(Null.getDefaultInstance()).build();
    Value one = Value.newBuilder().setInt(1).build();
    assertOrder(
        list(),
        list(nothing),
        list(nothing, list(one)),
        list(nothing, list(number(1.5)), one),
        list(nothing, list(number(2))));
    assertThat(
            ValueOrder.NATURAL.compare(
                list(one, number(0.0), number(Double.NaN)),
                list(number(1), number(-0.0), number(Double.NaN))))
        .isZero();
    assertThatExceptionOfType(Refusal.class)
        .isThrownBy(() -> ValueOrder.NATURAL.compare(list(one, nothing), list(one, one)));
  }
}
