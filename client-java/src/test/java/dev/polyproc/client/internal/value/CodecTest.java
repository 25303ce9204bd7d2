package dev.polyproc.client.internal.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.polyproc.client.Codec;
import dev.polyproc.client.Tuple;
import dev.polyproc.client.UnexpectedValueException;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.ObjectKind;
import dev.polyproc.v1.Ref;
import dev.polyproc.v1.Value;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class CodecTest {
  private static final BigInteger BEYOND = BigInteger.TWO.pow(63);

  static Stream<Object> objects() {
    return Stream.of(
        Codec.NULL,
        true,
        0L,
        Long.MIN_VALUE,
        BEYOND,
        BEYOND.negate().subtract(BigInteger.ONE),
        0.25,
        Double.NaN,
        "",
        "häßlich 🙂",
        List.of(1L, "two", List.of(Codec.NULL)),
        Tuple.of(1L, "two"),
        Map.of(Tuple.of(1L), List.of()),
        Ref.newBuilder().setKind(ObjectKind.OBJECT_KIND_QUEUE).setName("jobs").build());
  }

  @ParameterizedTest
  @MethodSource("objects")
  void shouldReadWhatItWrote(Object object) {
    assertThat(Codec.ANY.decode(Codec.ANY.encode(object))).isEqualTo(object);
  }

  @ParameterizedTest(name = "{index}")
  @ValueSource(strings = {"a\ud800", "a\udfff", "a\ud800b", "a\udfff\ud800"})
  void shouldRefuseHalfASurrogatePair(String text) {
    for (Object object : List.of(text, List.of(text), Map.of(text, 1L))) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Codec.ANY.encode(object))
          .withMessage("Expected text without half a surrogate pair, but character 1 is one");
    }
    assertThatIllegalArgumentException().isThrownBy(() -> Codec.STRING.encode(text));
    assertThat(Codecs.lookup(Codec.STRING, text)).isNull();
  }

  @Test
  void shouldReadBytesAsTheyWere() {
    Codec<byte[]> codec = Codec.of(byte[].class);
    assertThat(codec.decode(codec.encode(new byte[] {0, -1}))).containsExactly(0, -1);
    assertThat((byte[]) Codec.ANY.decode(codec.encode(new byte[] {7}))).containsExactly(7);
  }

  @Test
  void shouldKeepOrderOfMap() {
    Map<String, Long> map = new LinkedHashMap<>();
    map.put("z", 1L);
    map.put("a", 2L);
    Codec<Map<String, Long>> codec = Codec.map(Codec.STRING, Codec.LONG);
    assertThat(codec.decode(codec.encode(map)).keySet()).containsExactly("z", "a");
  }

  @Test
  void shouldWriteWholeNumbersAsSmallAsTheyAre() {
    assertThat(Codec.BIG_INTEGER.encode(BigInteger.TEN).hasInt()).isTrue();
    assertThat(Codec.BIG_INTEGER.encode(BEYOND).hasBigInt()).isTrue();
    assertThat(Codec.BIG_INTEGER.decode(Codec.LONG.encode(5L))).isEqualTo(5);
  }

  @Test
  void shouldReadWholeNumberAsDoubleWhereThatIsExact() {
    Codec<Double> codec = Codec.of(Double.class);
    assertThat(codec.decode(Codec.LONG.encode(1L << 53))).isEqualTo(0x1p53);
    assertThatExceptionOfType(UnexpectedValueException.class)
        .isThrownBy(() -> codec.decode(Codec.LONG.encode((1L << 53) + 1)));
    assertThatExceptionOfType(UnexpectedValueException.class)
        .isThrownBy(() -> codec.decode(Codec.LONG.encode(Long.MAX_VALUE)));
  }

  @Test
  void shouldTellNullApart() {
    Codec<Optional<String>> codec = Codec.nullable(Codec.STRING);
    assertThat(codec.decode(codec.encode(Optional.empty()))).isEmpty();
    assertThat(codec.decode(codec.encode(Optional.of("x")))).contains("x");
    assertThat(codec.encode(Optional.empty())).isEqualTo(Codec.ANY.encode(Codec.NULL));
  }

  @Test
  void shouldKeepValueThatIsOfAnotherType() {
    Value text = Codec.STRING.encode("seven");
    assertThatExceptionOfType(UnexpectedValueException.class)
        .isThrownBy(() -> Codec.LONG.decode(text))
        .withMessage("Expected a whole number of 64 bits, but the value is text 'seven'")
        .satisfies(e -> assertThat(e.value()).isEqualTo(text))
        .satisfies(e -> assertThat(e.reason()).isEqualTo(ErrorReason.ERROR_REASON_INVALID_VALUE));
    assertThatExceptionOfType(UnexpectedValueException.class)
        .isThrownBy(() -> Codec.of(Integer.class).decode(Codec.LONG.encode(1L << 31)))
        .withMessage("Expected a whole number of 32 bits, but the value is int 2147483648");
  }

  @Test
  @SuppressWarnings("NullAway") // What a caller without such a checker can do.
  void shouldSayHowNullIsWritten() {
    Set<String> set = new LinkedHashSet<>(Arrays.asList("a", null));
    Map<String, String> key = new LinkedHashMap<>();
    key.put(null, "a");
    Map<String, String> value = new LinkedHashMap<>();
    value.put("a", null);
    Codec<Map<String, String>> maps = Codec.map(Codec.STRING, Codec.STRING);
    List<ThrowingCallable> writes =
        List.of(
            () -> Codec.ANY.encode(Arrays.asList(1, null)),
            () -> Codec.ANY.encode(key),
            () -> Codec.ANY.encode(Map.of("list", Arrays.asList(1, null))),
            () -> Codec.list(Codec.STRING).encode(Arrays.asList("a", null)),
            () -> Codec.list(Codec.of(Instant.class)).encode(Arrays.asList((Instant) null)),
            () ->
                Codec.list(Codec.of(Thread.State.class)).encode(Arrays.asList((Thread.State) null)),
            () -> Codec.set(Codec.STRING).encode(set),
            () -> maps.encode(key),
            () -> maps.encode(value),
            () -> Codec.STRING.encode(null),
            () -> Codec.nullable(Codec.STRING).encode(null));
    for (ThrowingCallable write : writes) {
      assertThatIllegalArgumentException()
          .isThrownBy(write)
          .withMessage(
              "Expected an object to write, but it is null; write Codec.NULL, or an empty Optional"
                  + " by Codec.nullable");
    }
    assertThat(Codecs.lookup(Codec.ANY, Arrays.asList(1, null))).isNull();
    assertThatNullPointerException()
        .isThrownBy(() -> Tuple.of(1, null))
        .withMessage("Expected the values of a tuple, but one is null; say Codec.NULL");
  }

  @Test
  void shouldShowATextWithoutWhatATerminalObeys() {
    assertThat(Values.describe(Codec.STRING.encode("\u001b[2J\n\u202e\u2028a")))
        .isEqualTo("text '\\u{1b}[2J\\u{a}\\u{202e}\\u{2028}a'");
    String smile = new String(Character.toChars(0x1F642));
    assertThat(Values.describe(Codec.STRING.encode("x" + smile.repeat(39))))
        .isEqualTo("text 'x" + smile.repeat(39) + "'");
    assertThat(Values.describe(Codec.STRING.encode("x" + smile.repeat(40))))
        .isEqualTo("text 'x" + smile.repeat(39) + "…'");
  }

  @Test
  void shouldRefuseWhatHasNoValue() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Codec.ANY.encode(new Date()))
        .withMessageEndingWith(
            "but the object is a java.util.Date, which needs a codec; name its type where the"
                + " object is opened, as Codec.of has it");
    assertThatIllegalArgumentException().isThrownBy(() -> Codec.of(Date.class));
    List<Object> itself = new ArrayList<>();
    itself.add(itself);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Codec.ANY.encode(itself))
        .withMessageContaining("does it hold itself?");
  }

  @Test
  void shouldRefuseWhatHoldsItselfOnAThreadWithLittleStackToo() throws Exception {
    List<Object> itself = new ArrayList<>();
    itself.add(itself);
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread small =
        new Thread(
            null,
            () -> {
              try {
                var unused = Codec.ANY.encode(itself);
              } catch (Throwable e) {
                thrown.set(e);
              }
            },
            "small",
            200_000);
    small.start();
    small.join();

    assertThat(thrown.get())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("does it hold itself?");
  }
}
