package dev.polyproc.server.engine.collections;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.v1.ElementType;
import dev.polyproc.v1.Elements;
import dev.polyproc.v1.Value;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What elements of each type take, wrap and refuse. */
final class ElementFormatTest {
  private static ElementFormat format(String type) {
    return ElementFormat.of(ElementType.valueOf("ELEMENT_TYPE_" + type));
  }

  private static Value whole(String number) {
    BigInteger value = new BigInteger(number);
    return value.bitLength() < Long.SIZE
        ? Value.newBuilder().setInt(value.longValue()).build()
        : Value.newBuilder().setBigInt(ByteString.copyFrom(value.toByteArray())).build();
  }

  private static Value back(ElementFormat format, Value value, boolean wraps) {
    byte[] memory = new byte[3 * format.size()];
    Arrays.fill(memory, (byte) 0x55);
    format.write(memory, format.size(), format.bits("content", value, wraps));
    assertThat(memory[format.size() - 1]).isEqualTo((byte) 0x55);
    assertThat(memory[2 * format.size()]).isEqualTo((byte) 0x55);
    return format.value(format.read(memory, format.size()));
  }

  @ParameterizedTest
  @CsvSource({
    "INT8, -128, 127",
    "UINT8, 0, 255",
    "INT16, -32768, 32767",
    "UINT16, 0, 65535",
    "INT32, -2147483648, 2147483647",
    "UINT32, 0, 4294967295",
    "INT64, -9223372036854775808, 9223372036854775807",
    "UINT64, 0, 18446744073709551615"
  })
  void shouldTakeAllOfItsRangeAndWrapOrRefuseTheNext(String type, String least, String most) {
    ElementFormat format = format(type);
    for (String number : new String[] {least, most, "0", "1"}) {
      assertThat(back(format, whole(number), false)).isEqualTo(whole(number));
    }
    String above = new BigInteger(most).add(BigInteger.ONE).toString();
    String below = new BigInteger(least).subtract(BigInteger.ONE).toString();
    assertThat(back(format, whole(above), true)).isEqualTo(whole(least));
    assertThat(back(format, whole(below), true)).isEqualTo(whole(most));
    for (String number : new String[] {above, below, "1" + "0".repeat(40)}) {
      assertThatThrownBy(() -> format.bits("content", whole(number), false))
          .isInstanceOf(Refusal.class)
          .hasMessageContaining("Expected content to be ")
          .hasMessageContaining("as " + type + " takes, but it is ");
    }
    Value amount = whole("1");
    assertThat(format.value(format.sum(format.bits("content", whole(most), false), amount, true)))
        .isEqualTo(whole(least));
    assertThatThrownBy(() -> format.sum(format.bits("content", whole(most), false), amount, false))
        .isInstanceOf(Refusal.class)
        .hasMessageContaining("Expected a sum of ");
    assertThat(
            format.value(
                format.sum(format.bits("content", whole(most), false), whole("-1"), false)))
        .isEqualTo(whole(new BigInteger(most).subtract(BigInteger.ONE).toString()));
    assertThatThrownBy(() -> format.bits("content", Value.newBuilder().setFloat(1).build(), true))
        .isInstanceOf(Refusal.class)
        .hasMessageContaining("a whole number");
  }

  @Test
  void shouldTakeTheLowestBitsOfAnyNumber() {
    assertThat(back(format("INT32"), whole("1099511627776"), true)).isEqualTo(whole("0"));
    assertThat(back(format("UINT8"), whole("-" + "1" + "0".repeat(30)), true))
        .isEqualTo(
            whole(new BigInteger("-1" + "0".repeat(30)).and(BigInteger.valueOf(255)).toString()));
  }

  @Test
  void shouldRoundFloatsAsTheirTypesDo() {
    Value large = Value.newBuilder().setFloat(1e300).build();
    assertThat(back(format("FLOAT64"), large, false)).isEqualTo(large);
    assertThat(back(format("FLOAT32"), large, false).getFloat()).isInfinite();
    assertThat(back(format("FLOAT32"), Value.newBuilder().setFloat(0.1).build(), false).getFloat())
        .isEqualTo(0.1f);
    assertThat(back(format("FLOAT64"), whole("3"), false).getFloat()).isEqualTo(3);
    assertThatThrownBy(() -> format("FLOAT64").bits("content", whole("1" + "0".repeat(400)), true))
        .hasMessageContaining("a number that fits a float");
    ElementFormat floats = format("FLOAT64");
    long nan = floats.ofFloat("content", Double.NaN);
    assertThat(floats.areEqual(nan, nan)).isTrue();
    assertThat(floats.areEqual(floats.ofFloat("content", 0.0), floats.ofFloat("content", -0.0)))
        .isTrue();
  }

  @Test
  void shouldTakeTruthValuesAndCharacters() {
    Value yes = Value.newBuilder().setBool(true).build();
    assertThat(back(format("BOOL"), yes, false)).isEqualTo(yes);
    assertThat(back(format("BOOL"), whole("1"), false)).isEqualTo(yes);
    assertThat(back(format("BOOL"), whole("256"), true)).isEqualTo(yes);
    assertThatThrownBy(() -> format("BOOL").bits("content", whole("2"), false))
        .hasMessageContaining("0 or 1");
    assertThat(back(format("INT8"), yes, false)).isEqualTo(whole("1"));

    Value letter = Value.newBuilder().setBytes(ByteString.copyFromUtf8("x")).build();
    assertThat(back(format("CHAR"), letter, false)).isEqualTo(letter);
    assertThat(back(format("CHAR"), whole("120"), false)).isEqualTo(letter);
    Value none = Value.newBuilder().setBytes(ByteString.EMPTY).build();
    assertThatThrownBy(() -> format("CHAR").bits("content", none, false))
        .hasMessageContaining("bytes of length 1");

    Value far = Value.newBuilder().setText("\ud83d\ude00").build();
    assertThat(back(format("WCHAR"), far, false)).isEqualTo(far);
    assertThatThrownBy(
            () -> format("WCHAR").bits("content", Value.newBuilder().setText("ab").build(), true))
        .hasMessageContaining("text of one character");
    assertThatThrownBy(() -> format("WCHAR").bits("content", whole("65"), true))
        .hasMessageContaining("text of one character");
  }

  @ParameterizedTest
  @EnumSource(
      value = ElementType.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = {"ELEMENT_TYPE_UNSPECIFIED", "UNRECOGNIZED"})
  void shouldComeAndGoInTheFieldThatIsNamedForIt(ElementType type) {
    ElementFormat format = ElementFormat.of(type);
    long[] all = {0, 1, 65};
    if (format.kind() == ElementFormat.Kind.FLOAT) {
      all = new long[] {format.ofFloat("content", -0.5), format.ofFloat("content", 2)};
    } else if (format.kind() == ElementFormat.Kind.BOOL) {
      all = new long[] {1, 0};
    }
    long[] some = all;
    Elements elements = ElementList.of(format, all.length, i -> some[i]);
    ElementList read = ElementList.of("elements", elements, format, false);
    read.check();
    assertThat(IntStream.range(0, read.count()).mapToLong(read::get)).containsExactly(boxed(all));
  }

  private static Long[] boxed(long[] all) {
    return Arrays.stream(all).boxed().toArray(Long[]::new);
  }

  @Test
  void shouldRefuseElementsInSeveralFields() {
    Elements several = Elements.newBuilder().addInts(1).addFloats(2).build();
    assertThatThrownBy(() -> ElementList.of("elements", several, format("FLOAT64"), false))
        .hasMessage("Expected elements in one field, but there are some in 2");
    Elements large = Elements.newBuilder().addUints(-1).build();
    assertThat(ElementList.of("elements", large, format("UINT64"), false).get(0)).isEqualTo(-1);
    assertThatThrownBy(() -> ElementList.of("elements", large, format("INT64"), false).check())
        .isInstanceOf(Refusal.class);
  }
}
