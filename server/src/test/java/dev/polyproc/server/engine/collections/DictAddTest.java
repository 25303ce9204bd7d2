package dev.polyproc.server.engine.collections;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.server.engine.Client;
import dev.polyproc.server.engine.EngineFixture;
import dev.polyproc.server.engine.Pending;
import dev.polyproc.server.engine.Plain;
import dev.polyproc.v1.DictAddRequest;
import dev.polyproc.v1.DictAddResponse;
import dev.polyproc.v1.ErrorReason;
import java.math.BigInteger;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class DictAddTest {
  private static final BigInteger OVER_LONG = BigInteger.ONE.shiftLeft(63);
  private static final BigInteger OVER_FLOAT = BigInteger.ONE.shiftLeft(1024);

  private final EngineFixture world = new EngineFixture();
  private final Client a = world.session("a");

  @BeforeEach
  void createDict() {
    a.dict("d").create();
  }

  private Pending<DictAddResponse> add(Object amount) {
    return a.dict("d").add("k", DictAddRequest.newBuilder().setAmount(Plain.value(amount)));
  }

  /** What CPython 3.11 answers for a + b. */
  static Stream<Arguments> sums() {
    long max = Long.MAX_VALUE;
    long min = Long.MIN_VALUE;
    return Stream.of(
        Arguments.of(1L, 2L, 3L),
        Arguments.of(true, 1L, 2L),
        Arguments.of(true, true, 2L),
        Arguments.of(false, 0.5, 0.5),
        Arguments.of(max, 1L, OVER_LONG),
        Arguments.of(max, max, OVER_LONG.shiftLeft(1).subtract(BigInteger.TWO)),
        Arguments.of(min, -1L, OVER_LONG.negate().subtract(BigInteger.ONE)),
        Arguments.of(min, max, -1L),
        Arguments.of(OVER_LONG, -1L, max),
        Arguments.of(OVER_LONG, true, OVER_LONG.add(BigInteger.ONE)),
        Arguments.of(OVER_LONG, OVER_LONG.negate(), 0L),
        Arguments.of(OVER_LONG.negate().subtract(BigInteger.ONE), 1L, min),
        Arguments.of(BigInteger.TEN, 1L, 11L),
        Arguments.of(1L, 0.5, 1.5),
        Arguments.of(0.1, 0.2, 0.30000000000000004),
        Arguments.of(0L, -0.0, 0.0),
        Arguments.of(-0.0, -0.0, -0.0),
        Arguments.of((1L << 53) + 1, 0.0, 9007199254740992.0),
        Arguments.of((1L << 53) + 3, 0.0, 9007199254740996.0),
        Arguments.of(max, 0.0, 0x1p63),
        Arguments.of(OVER_LONG, 1.0, 0x1p63),
        Arguments.of(OVER_FLOAT.subtract(BigInteger.ONE.shiftLeft(971)), 0.0, Double.MAX_VALUE),
        Arguments.of(Double.MAX_VALUE, Double.MAX_VALUE, Double.POSITIVE_INFINITY),
        Arguments.of(Double.POSITIVE_INFINITY, 1L, Double.POSITIVE_INFINITY),
        Arguments.of(Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, Double.NaN),
        Arguments.of(Double.NaN, 1L, Double.NaN));
  }

  @ParameterizedTest
  @MethodSource("sums")
  void shouldAddAsPythonDoes(Object value, Object amount, Object sum) {
    a.dict("d").set("k", value);
    assertThat(Plain.object(add(amount).response().getValue())).isEqualTo(sum);
    assertThat(Plain.object(a.dict("d").get("k").response().getValue())).isEqualTo(sum);

    a.dict("d").set("k", amount);
    assertThat(Plain.object(add(value).response().getValue())).isEqualTo(sum);
  }

  @Test
  void shouldAddOneUnlessToldOtherwise() {
    a.dict("d").set("k", 41);

    var sum = a.dict("d").add("k", DictAddRequest.newBuilder()).response();

    assertThat(Plain.object(sum.getValue())).isEqualTo(42L);
  }

  @Test
  void shouldBeginWithInitialValueOfAbsentKey() {
    DictAddRequest.Builder how = DictAddRequest.newBuilder().setInitial(Plain.value(10));

    assertThat(sum(how)).isEqualTo(11L);
    assertThat(sum(how)).isEqualTo(12L);
    assertThat(a.dict("d").add("other", DictAddRequest.newBuilder()).metadata())
        .containsEntry("field", "initial");
    assertThat(a.dict("d").size()).isEqualTo(1);
  }

  private @Nullable Object sum(DictAddRequest.Builder how) {
    return Plain.object(a.dict("d").add("k", how).response().getValue());
  }

  @Test
  void shouldAddOnlyNumbers() {
    for (Object other : List.of("1", List.of(1))) {
      a.dict("d").set("k", other);
      assertThat(add(1).reason()).isEqualTo(ErrorReason.ERROR_REASON_NOT_A_NUMBER);
      assertThat(add(other).reason()).isEqualTo(ErrorReason.ERROR_REASON_INVALID_VALUE);
    }
    a.dict("d").set("k", null);
    assertThat(add(1).reason()).isEqualTo(ErrorReason.ERROR_REASON_NOT_A_NUMBER);
    assertThat(
            a.dict("d")
                .add("k", DictAddRequest.newBuilder().setInitial(Plain.value("")))
                .metadata())
        .containsEntry("field", "initial");
  }

  @Test
  void shouldRefuseWholeNumberThatNoFloatIsAsLargeAs() {
    a.dict("d").set("k", OVER_FLOAT);
    var refused = add(1.0);
    assertThat(refused.reason()).isEqualTo(ErrorReason.ERROR_REASON_NOT_A_NUMBER);
    assertThat(refused.sentence()).contains("too large");

    a.dict("d").set("k", 1.0);
    assertThat(add(OVER_FLOAT.negate()).reason()).isEqualTo(ErrorReason.ERROR_REASON_NOT_A_NUMBER);
    assertThat(Plain.object(a.dict("d").get("k").response().getValue())).isEqualTo(1.0);
  }

  @Test
  void shouldKeepKeyAndAccounts() {
    a.dict("d").set(1, Long.MAX_VALUE);
    var added = a.dict("d").add(1.0, DictAddRequest.newBuilder());

    var keys = a.dict("d").keys(0, "").response();
    assertThat(Plain.object(keys.getKeys(0))).isEqualTo(1L);
    assertThat(a.repeat(added).response()).isEqualTo(added.response());
    assertThat(Plain.object(a.dict("d").get(1).response().getValue())).isEqualTo(OVER_LONG);
  }
}
