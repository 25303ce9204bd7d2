package dev.polyproc.server.engine.value;

import static dev.polyproc.server.engine.Plain.tuple;
import static dev.polyproc.server.engine.Plain.value;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Limits;
import dev.polyproc.v1.Opaque;
import dev.polyproc.v1.Ref;
import dev.polyproc.v1.Value;
import dev.polyproc.v1.ValueEntry;
import dev.polyproc.v1.ValueMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ValuesTest {
  private static final Limits LIMITS = Limits.newBuilder().setValueDepth(3).build();
  private static final long NEWEST = 7;

  private static void assertRefused(Object plain, ErrorReason reason) {
    assertRefused(plain, reason, LIMITS);
  }

  private static void assertRefused(Object plain, ErrorReason reason, Limits limits) {
    assertThatThrownBy(() -> Values.sought("item", value(plain), limits, NEWEST))
        .isInstanceOfSatisfying(
            Refusal.class, refusal -> assertThat(refusal.reason()).isEqualTo(reason));
  }

  @Test
  void shouldTakeValuesUpToTheDepth() {
    Value deep = value(List.of(Map.of(1, "a"), tuple(1, tuple())));
    assertRefused(deep, ErrorReason.ERROR_REASON_NESTED_TOO_DEEP);
    Value fits = value(List.of(Map.of(1, "a"), tuple(1, "b")));
    assertThat(Values.sought("item", fits, LIMITS, NEWEST)).isSameAs(fits);
    assertRefused(Map.of(1, List.of(List.of())), ErrorReason.ERROR_REASON_NESTED_TOO_DEEP);
    assertRefused(List.of(Map.of(tuple(1), 1)), ErrorReason.ERROR_REASON_NESTED_TOO_DEEP);
  }

  @Test
  void shouldRefuseWhatHasNoKindAnywhere() {
    Value none = Value.getDefaultInstance();
    assertRefused(none, ErrorReason.ERROR_REASON_INVALID_VALUE);
    assertRefused(List.of(1, none), ErrorReason.ERROR_REASON_INVALID_VALUE);
    assertRefused(tuple(none), ErrorReason.ERROR_REASON_INVALID_VALUE);
    assertRefused(
        Value.newBuilder()
            .setMap(ValueMap.newBuilder().addEntries(ValueEntry.newBuilder().setKey(value(1))))
            .build(),
        ErrorReason.ERROR_REASON_INVALID_VALUE);
    assertRefused(
        Value.newBuilder().setBigInt(ByteString.EMPTY).build(),
        ErrorReason.ERROR_REASON_INVALID_VALUE);
  }

  @Test
  void shouldRefuseMapsWithUnhashableKeys() {
    assertRefused(Map.of(List.of(), 1), ErrorReason.ERROR_REASON_INVALID_VALUE);
    assertRefused(
        Map.of(tuple(List.of()), 1),
        ErrorReason.ERROR_REASON_INVALID_VALUE,
        LIMITS.toBuilder().setValueDepth(4).build());
  }

  @Test
  void shouldRefuseRefsToWhatIsNotThereYet() {
    Ref last = Ref.newBuilder().setName("last").setIncarnation(NEWEST).build();
    Ref next = Ref.newBuilder().setName("next").setIncarnation(NEWEST + 1).build();
    Ref huge = Ref.newBuilder().setName("next").setIncarnation(-1).build();
    Ref any = Ref.newBuilder().setName("next").build();
    assertThat(Values.sought("item", value(last), LIMITS, NEWEST).getRef()).isEqualTo(last);
    assertRefused(next, ErrorReason.ERROR_REASON_INVALID_VALUE);
    assertRefused(any, ErrorReason.ERROR_REASON_INVALID_VALUE);
    assertRefused(huge, ErrorReason.ERROR_REASON_INVALID_VALUE);
    assertRefused(List.of(tuple(next)), ErrorReason.ERROR_REASON_INVALID_VALUE);
    assertRefused(Map.of(next, 1), ErrorReason.ERROR_REASON_INVALID_VALUE);
    assertRefused(
        Opaque.newBuilder().addRefs(last).addRefs(next).build(),
        ErrorReason.ERROR_REASON_INVALID_VALUE);
  }

  @Test
  void shouldCostMoreThanItsBytes() {
    Value text = value("x".repeat(1_000));
    assertThat(Values.cost(text)).isBetween(1_000L, 1_200L);
  }
}
