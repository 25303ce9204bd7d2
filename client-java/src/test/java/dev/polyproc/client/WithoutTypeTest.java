package dev.polyproc.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.protobuf.Duration;
import dev.polyproc.v1.LockKind;
import dev.polyproc.v1.Opaque;
import dev.polyproc.v1.Ref;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What an object without a type takes, as docs/values.md lists it. */
class WithoutTypeTest {
  private record Point(int x) {}

  static List<Object> taken() {
    return List.of(
        5L,
        BigInteger.TEN.pow(30),
        0.25,
        true,
        "text",
        List.of(1L, List.of()),
        Map.of("a", 1L),
        new Tuple(List.of(1L)),
        Codec.NULL,
        Ref.newBuilder().setName("x").build(),
        Opaque.getDefaultInstance());
  }

  @ParameterizedTest
  @MethodSource("taken")
  void shouldReadWhatItWrote(Object object) {
    assertThat(Codec.ANY.decode(Codec.ANY.encode(object))).isEqualTo(object);
  }

  static List<Object> refused() {
    return List.of(
        new BigDecimal("1.50"),
        LocalDate.EPOCH,
        new UUID(1, 2),
        Set.of(1L),
        Optional.of(1L),
        new Point(1),
        LockKind.LOCK_KIND_PLAIN,
        Duration.getDefaultInstance(),
        List.of(Set.of()));
  }

  @ParameterizedTest
  @MethodSource("refused")
  void shouldRefuseWhatWouldComeBackAsSomethingElse(Object object) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Codec.ANY.encode(object))
        .withMessageStartingWith("Expected a whole number, a Double, a text, ")
        .withMessageContaining(" needs a codec; name its type where the object is opened");
  }
}
