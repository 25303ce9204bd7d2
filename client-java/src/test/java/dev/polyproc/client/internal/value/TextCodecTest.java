package dev.polyproc.client.internal.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.polyproc.client.Codec;
import dev.polyproc.client.Tuple;
import dev.polyproc.client.UnexpectedValueException;
import dev.polyproc.v1.Value;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The types of the JDK that travel as texts, floats and lists; docs/values.md has the table. */
class TextCodecTest {
  record Everything(
      Instant at,
      Duration takes,
      LocalDate day,
      UUID id,
      BigDecimal price,
      float ratio,
      Set<Long> parts,
      Optional<LocalDateTime> until) {}

  static Stream<Arguments> texts() {
    return Stream.of(
        Arguments.of(Instant.parse("2026-01-31T23:59:59.5Z"), "2026-01-31T23:59:59.500Z"),
        Arguments.of(Instant.MAX, "+1000000000-12-31T23:59:59.999999999Z"),
        Arguments.of(Instant.MIN, "-1000000000-01-01T00:00:00Z"),
        Arguments.of(Duration.ofMinutes(90), "PT1H30M"),
        Arguments.of(Duration.ofMillis(-500), "PT-0.5S"),
        Arguments.of(LocalDate.of(2026, 1, 31), "2026-01-31"),
        Arguments.of(LocalTime.of(23, 59), "23:59"),
        Arguments.of(LocalDateTime.of(2026, 1, 31, 23, 59), "2026-01-31T23:59"),
        Arguments.of(OffsetDateTime.parse("2026-01-31T23:59+01:00"), "2026-01-31T23:59+01:00"),
        Arguments.of(new UUID(1, 2), "00000000-0000-0001-0000-000000000002"),
        Arguments.of(new BigDecimal("12.50"), "12.50"),
        Arguments.of(new BigDecimal("1E+400"), "1E+400"));
  }

  @ParameterizedTest
  @MethodSource("texts")
  void shouldBeATextThatEveryLanguageReads(Object object, String text) {
    @SuppressWarnings("unchecked") // It is for that class.
    Codec<Object> codec = (Codec<Object>) Codec.of(object.getClass());
    assertThat(codec.encode(object)).isEqualTo(Codec.STRING.encode(text));
    assertThat(codec.decode(Codec.STRING.encode(text))).isEqualTo(object);
    assertThatExceptionOfType(UnexpectedValueException.class)
        .isThrownBy(() -> codec.decode(Codec.STRING.encode("soon")))
        .withMessageEndingWith("but the value is text 'soon'");
    assertThatExceptionOfType(UnexpectedValueException.class)
        .isThrownBy(() -> codec.decode(Codec.LONG.encode(1L)));
  }

  @Test
  void shouldReadWhatPythonWrites() {
    assertThat(Codec.of(Instant.class).decode(Codec.STRING.encode("2026-01-31T23:59:59+01:00")))
        .isEqualTo("2026-01-31T22:59:59Z");
  }

  @Test
  void shouldHaveOneTextForAUuid() {
    Codec<UUID> codec = Codec.of(UUID.class);
    assertThatExceptionOfType(UnexpectedValueException.class)
        .isThrownBy(() -> codec.decode(Codec.STRING.encode("1-1-1-1-1")));
  }

  @Test
  void shouldWriteFloatsAsTheNumbersThatTheyAre() {
    Codec<Float> codec = Codec.of(Float.class);
    for (float number : new float[] {0.5f, 0.1f, -0f, Float.MAX_VALUE, Float.NEGATIVE_INFINITY}) {
      assertThat(codec.encode(number).getFloat()).isEqualTo(number);
      assertThat(codec.decode(codec.encode(number))).isEqualTo(number);
    }
    assertThat(codec.decode(codec.encode(Float.NaN))).isNaN();
    assertThat(codec.decode(Codec.LONG.encode(3L))).isEqualTo(3f);
    assertThatExceptionOfType(UnexpectedValueException.class)
        .isThrownBy(() -> codec.decode(Codec.of(Double.class).encode(0.1)));
    assertThatExceptionOfType(UnexpectedValueException.class)
        .isThrownBy(() -> codec.decode(Codec.LONG.encode((1L << 24) + 1)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"\u0661\u0662", "1.\u0665", "0x1", " 1", "1e"})
  void shouldReadTheDigitsOfAsciiAlone(String text) {
    assertThatExceptionOfType(UnexpectedValueException.class)
        .isThrownBy(() -> Codec.of(BigDecimal.class).decode(Codec.STRING.encode(text)))
        .withMessageStartingWith(
            "Expected a decimal number of at most 10,000 digits as a text (such as 12.50), but the"
                + " value is text '");
  }

  @ParameterizedTest
  @ValueSource(strings = {"2026-12-31T23:59:60Z", "2026-12-31T23:59:60+00:00"})
  void shouldNotReadASecondThatAnInstantHasNot(String text) {
    assertThatExceptionOfType(UnexpectedValueException.class)
        .isThrownBy(() -> Codec.of(Instant.class).decode(Codec.STRING.encode(text)))
        .withMessage(
            "Expected an instant (such as 2026-01-31T23:59:59.5Z), but the value is text '"
                + text
                + "'");
  }

  @Test
  void shouldNameAnExampleWithoutACommaTooMany() {
    assertThatExceptionOfType(UnexpectedValueException.class)
        .isThrownBy(() -> Codec.of(LocalDate.class).decode(Codec.LONG.encode(1L)))
        .withMessage("Expected a date (such as 2026-01-31), but the value is int 1");
    assertThatExceptionOfType(UnexpectedValueException.class)
        .isThrownBy(
            () ->
                Codec.list(Codec.of(LocalTime.class))
                    .decode(Codec.list(Codec.LONG).encode(List.of(1L))))
        .withMessage("Expected a time (such as 23:59:59.5) in a list, but the value is int 1");
  }

  @Test
  void shouldReadAndWriteNoMoreDigitsThanJavaReadsQuickly() {
    Codec<BigDecimal> codec = Codec.of(BigDecimal.class);
    for (String most :
        List.of(
            "9".repeat(10_000),
            "-0." + "9".repeat(10_000),
            "-0.00000" + "9".repeat(10_000),
            "-9." + "9".repeat(9_999) + "E-2147400000")) {
      BigDecimal number = new BigDecimal(most);
      assertThat(codec.decode(codec.encode(number))).isEqualTo(number);
    }
    for (String more : List.of("9".repeat(10_001), "9".repeat(1_000_000))) {
      assertThatExceptionOfType(UnexpectedValueException.class)
          .isThrownBy(() -> codec.decode(Codec.STRING.encode(more)));
    }
    for (Class<?> type :
        List.of(Instant.class, Duration.class, LocalDate.class, LocalTime.class, UUID.class)) {
      for (String text : List.of("9".repeat(1_000_000), "PT" + "9".repeat(1_000_000))) {
        assertThatExceptionOfType(UnexpectedValueException.class)
            .isThrownBy(() -> Codec.of(type).decode(Codec.STRING.encode(text)));
      }
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> codec.encode(new BigDecimal(BigInteger.ONE.shiftLeft(3_000_000))))
        .withMessage("Expected a decimal number of at most 10000 digits, but it has more");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> codec.encode(new BigDecimal(BigInteger.TEN.pow(10_000))));
  }

  @Test
  void shouldWriteNoDecimalNumberThatJavaDoesNotRead() {
    Codec<BigDecimal> codec = Codec.of(BigDecimal.class);
    for (BigDecimal number :
        List.of(
            new BigDecimal(BigInteger.TEN, Integer.MAX_VALUE),
            new BigDecimal(BigInteger.ONE, Integer.MAX_VALUE),
            new BigDecimal(BigInteger.ONE, -Integer.MAX_VALUE),
            new BigDecimal(BigInteger.ZERO, -Integer.MAX_VALUE))) {
      assertThat(codec.decode(codec.encode(number))).isEqualTo(number);
    }
    for (BigDecimal number :
        List.of(
            new BigDecimal(BigInteger.TEN, Integer.MIN_VALUE),
            new BigDecimal(BigInteger.ONE, Integer.MIN_VALUE),
            new BigDecimal(BigInteger.TEN, -Integer.MAX_VALUE))) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> codec.encode(number))
          .withMessageStartingWith("Expected a decimal number that Java reads again, but ");
    }
  }

  @Test
  void shouldWriteEqualSetsAsEqualValues() {
    Codec<Set<Long>> codec = Codec.set(Codec.LONG);
    Value list = Codec.list(Codec.LONG).encode(List.of(1L, 2L, 3L));
    assertThat(codec.encode(new LinkedHashSet<>(List.of(3L, 1L, 2L)))).isEqualTo(list);
    assertThat(codec.encode(new LinkedHashSet<>(List.of(2L, 3L, 1L)))).isEqualTo(list);
    assertThat(codec.decode(Codec.list(Codec.LONG).encode(List.of(3L, 1L, 2L))))
        .containsExactly(3L, 1L, 2L);

    Codec<Set<Object>> any = Codec.set(Codec.ANY);
    Map<Object, Object> one = new LinkedHashMap<>();
    one.put("x", 1L);
    one.put("y", List.of(2L));
    Map<Object, Object> same = new LinkedHashMap<>();
    same.put("y", List.of(2L));
    same.put("x", 1L);
    List<Value> sorted =
        any.encode(new LinkedHashSet<>(List.of(List.of(one), "between", Tuple.of(one))))
            .getList()
            .getValuesList();
    List<Value> again =
        any.encode(new LinkedHashSet<>(List.of(Tuple.of(same), "between", List.of(same))))
            .getList()
            .getValuesList();
    assertThat(sorted.stream().map(Value::getKindCase))
        .containsExactlyElementsOf(again.stream().map(Value::getKindCase).toList());
  }

  @Test
  void shouldWriteNoSetAndNoMapThatNobodyCanRead() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Codec.set(Codec.ANY).encode(Set.of(1, 1L)))
        .withMessage(
            "Expected a set whose elements are different values, but two of them are both int 1");
    for (Codec<?> codec : List.of(Codec.ANY, Codec.map(Codec.ANY, Codec.ANY))) {
      @SuppressWarnings("unchecked") // Both take a map.
      Codec<Object> maps = (Codec<Object>) codec;
      assertThatIllegalArgumentException()
          .isThrownBy(() -> maps.encode(Map.of(1, "one", 1L, "two")))
          .withMessage(
              "Expected a map whose keys are different values, but two of them are both int 1");
    }
  }

  @Test
  void shouldNotLoseAnEntryWhoseKeyEqualsAnother() {
    Value map =
        Codec.ANY.encode(Map.of("2026-01-31T00:00:00Z", 1L, "2026-01-31T00:00:00+00:00", 2L));
    assertThatExceptionOfType(UnexpectedValueException.class)
        .isThrownBy(() -> Codec.map(Codec.of(Instant.class), Codec.LONG).decode(map))
        .withMessage("Expected a map of keys that differ, but the value is map");
  }

  @Test
  void shouldReadSetsOfElementsThatDiffer() {
    Codec<Set<Long>> codec = Codec.set(Codec.LONG);
    assertThatExceptionOfType(UnexpectedValueException.class)
        .isThrownBy(() -> codec.decode(Codec.list(Codec.LONG).encode(List.of(1L, 1L))))
        .withMessage("Expected a list of elements that differ, but the value is list");
  }

  record Twice(Optional<Optional<String>> name) {}

  @Test
  void shouldRefuseOptionalsThatNullCannotTellApart() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Codec.nullable(Codec.nullable(Codec.STRING)))
        .withMessageStartingWith("Expected an Optional of something else, but ");
    assertThatIllegalArgumentException().isThrownBy(() -> Codec.of(Twice.class));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Codec.nullable(Codec.ANY).encode(Optional.of(Codec.NULL)))
        .withMessageStartingWith("Expected an Optional that is empty, or ");
  }

  @Test
  void shouldReadThemInsideOfRecords() {
    Codec<Everything> codec = Codec.of(Everything.class);
    Everything one =
        new Everything(
            Instant.EPOCH,
            Duration.ofSeconds(1),
            LocalDate.EPOCH,
            new UUID(3, 4),
            BigDecimal.TEN,
            0.25f,
            Set.of(1L, 2L),
            Optional.empty());
    assertThat(codec.decode(codec.encode(one))).isEqualTo(one);
  }

  @Test
  void shouldLetJavaSortTextsThatTheDaemonSortsOtherwise() {
    assertThat(Codecs.isSortedByDaemon(Codec.of(Instant.class))).isFalse();
    assertThat(Codecs.isSortedByDaemon(Codec.of(BigDecimal.class))).isFalse();
  }
}
