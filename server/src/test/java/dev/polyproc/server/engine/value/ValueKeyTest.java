package dev.polyproc.server.engine.value;

import static dev.polyproc.server.engine.Plain.tuple;
import static dev.polyproc.server.engine.Plain.value;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Opaque;
import dev.polyproc.v1.Ref;
import dev.polyproc.v1.Value;
import dev.polyproc.v1.ValueEntry;
import dev.polyproc.v1.ValueMap;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Equality is Python's; the comments say what Python answers. */
final class ValueKeyTest {
  private static final BigInteger TWO_63 = BigInteger.TWO.pow(63);

  private static void assertEqual(@Nullable Object a, @Nullable Object b) {
    ValueKey one = ValueKey.of(value(a));
    ValueKey other = ValueKey.of(value(b));
    assertThat(one).isEqualTo(other);
    assertThat(one.hashCode()).isEqualTo(other.hashCode());
  }

  private static void assertDifferent(@Nullable Object a, @Nullable Object b) {
    assertThat(ValueKey.of(value(a))).isNotEqualTo(ValueKey.of(value(b)));
  }

  @Test
  void shouldHoldEqualNumbersEqual() {
    assertEqual(1, 1.0);
    assertEqual(1, true);
    assertEqual(0.0, false);
    assertEqual(1, BigInteger.ONE);
    assertEqual(-0.0, 0);
    assertEqual(-0.0, 0.0);
    assertDifferent(1, 2);
    assertDifferent(0.25, 0);
    assertDifferent(0.25, 0.5);
  }

  @Test
  void shouldHoldNaNEqualToItself() {
    assertEqual(Double.NaN, Double.NaN);
    assertEqual(Double.NaN, Double.longBitsToDouble(0x7ff8000000000123L));
    assertDifferent(Double.NaN, 0.0);
    assertEqual(Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY);
    assertDifferent(Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY);
    assertDifferent(Double.POSITIVE_INFINITY, Double.MAX_VALUE);
  }

  @Test
  void shouldCompareLargeNumbersExactly() {
    assertEqual(TWO_63, 0x1p63);
    assertEqual(TWO_63.negate(), Long.MIN_VALUE);
    assertEqual(-0x1p63, Long.MIN_VALUE);
    assertDifferent(Long.MAX_VALUE, 0x1p63); // 9223372036854775807 != 9223372036854775808.0
    assertDifferent((1L << 53) + 1, 0x1p53); // 9007199254740993 != 9007199254740992.0
    assertEqual(1L << 53, 0x1p53);
    assertEqual(BigInteger.TEN.pow(22), 1e22);
    assertDifferent(BigInteger.TEN.pow(23), 1e23); // 10**23 != 1e23
    assertEqual(BigInteger.TWO.pow(1000), 0x1p1000);
  }

  @Test
  void shouldReadBigIntsOfAnyLength() {
    assertEqual(5, bigInt(0, 0, 0, 5));
    assertEqual(-1, bigInt(-1, -1, -1, -1, -1, -1, -1, -1, -1, -1));
    assertEqual(TWO_63, bigInt(0, 0, -128, 0, 0, 0, 0, 0, 0, 0));
  }

  private static Value bigInt(int... bytes) {
    byte[] copied = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      copied[i] = (byte) bytes[i];
    }
    return Value.newBuilder().setBigInt(ByteString.copyFrom(copied)).build();
  }

  @Test
  void shouldKeepKindsApart() {
    List<@Nullable Object> kinds = new ArrayList<>();
    kinds.add(null);
    kinds.addAll(
        List.of(
            0,
            "",
            "0",
            ByteString.EMPTY,
            ByteString.copyFromUtf8("0"),
            List.of(),
            tuple(),
            Map.of(),
            List.of(0),
            tuple(0),
            Ref.getDefaultInstance(),
            Opaque.getDefaultInstance()));
    for (int i = 0; i < kinds.size(); i++) {
      for (int j = 0; j < i; j++) {
        assertDifferent(kinds.get(i), kinds.get(j));
      }
      assertEqual(kinds.get(i), kinds.get(i));
    }
  }

  @Test
  void shouldCompareSequencesPartByPart() {
    assertEqual(List.of(1, tuple("a", true)), List.of(1.0, tuple("a", 1)));
    assertDifferent(List.of(1, 2), List.of(2, 1));
    assertDifferent(List.of(1), List.of(1, 1));
    assertEqual(tuple(Double.NaN), tuple(Double.NaN));
  }

  @Test
  void shouldCompareMapsInAnyOrder() {
    assertEqual(map(1, "a", 2, "b"), map(2.0, "b", true, "a"));
    assertDifferent(map(1, "a"), map(1, "b"));
    assertDifferent(map(1, "a"), map(1, "a", 2, "b"));
    assertEqual(map(1, "lost", 1.0, "wins"), map(1, "wins"));
    assertDifferent(map(1, null), map());
  }

  private static Value map(@Nullable Object... keysAndValues) {
    ValueMap.Builder map = ValueMap.newBuilder();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      map.addEntries(
          ValueEntry.newBuilder()
              .setKey(value(keysAndValues[i]))
              .setValue(value(keysAndValues[i + 1])));
    }
    return Value.newBuilder().setMap(map).build();
  }

  @Test
  void shouldCompareRefsByNameAndIncarnation() {
    Ref ref = Ref.newBuilder().setName("jobs").setIncarnation(4).build();
    assertEqual(ref, ref.toBuilder().build());
    assertDifferent(ref, ref.toBuilder().setIncarnation(5).build());
    assertDifferent(ref, ref.toBuilder().setName("other").build());
  }

  @Test
  void shouldCompareOpaqueValuesByContentTypeAndBytes() {
    Opaque opaque =
        Opaque.newBuilder()
            .setContentType("application/json")
            .setData(ByteString.copyFromUtf8("{}"))
            .build();
    assertEqual(opaque, opaque.toBuilder().addRefs(Ref.getDefaultInstance()).build());
    assertDifferent(opaque, opaque.toBuilder().setContentType("text/plain").build());
    assertDifferent(opaque, opaque.toBuilder().setData(ByteString.EMPTY).build());
  }

  @Test
  void shouldTakeOnlyHashableKeys() {
    assertThatCode(() -> ValueKey.hashable("key", value(tuple(1, tuple("a")))))
        .doesNotThrowAnyException();
    assertUnhashable(List.of(), "it is a list, as which sets come, too");
    assertUnhashable(Map.of(), "it is a map, as which records come, too");
    assertUnhashable(tuple(1, tuple(List.of())), "it is a list, as which sets come, too");
  }

  private static void assertUnhashable(Object key, String why) {
    assertThatThrownBy(() -> ValueKey.hashable("key", value(key)))
        .isInstanceOfSatisfying(
            Refusal.class,
            refusal ->
                assertThat(refusal.reason()).isEqualTo(ErrorReason.ERROR_REASON_INVALID_VALUE))
        .hasMessage(
            "Expected key to be hashable as a key, but "
                + why
                + "; a tuple, a text or a number can be a key");
  }
}
