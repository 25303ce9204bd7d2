package dev.polyproc.server.engine.collections;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.server.engine.EngineFixture;
import dev.polyproc.server.engine.Plain;
import dev.polyproc.server.engine.ValueCalls;
import dev.polyproc.v1.ElementType;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Overflow;
import dev.polyproc.v1.ValueAddRequest;
import dev.polyproc.v1.ValueCompareAndSetRequest;
import dev.polyproc.v1.ValueCreateRequest;
import org.junit.jupiter.api.Test;

/** One element that is shared. */
final class ValueTest {
  private final EngineFixture world = new EngineFixture();
  private final ValueCalls value = world.session("a").value("hits");

  @Test
  void shouldNameTheLockThatItIsAskedToOrItsOwn() {
    assertThat(value.create(ElementType.ELEMENT_TYPE_INT64).response().getLock())
        .isEqualTo("hits/lock");
    ValueCalls other = world.session("b").value("misses");
    ValueCreateRequest.Builder shape =
        ValueCreateRequest.newBuilder()
            .setType(ElementType.ELEMENT_TYPE_FLOAT64)
            .setContent(Plain.value(0.5))
            .setLock("hits/lock");
    assertThat(other.create(shape).response().getLock()).isEqualTo("hits/lock");
    assertThat(other.get().response().getContent()).isEqualTo(Plain.value(0.5));
    assertThat(other.create(shape.setLock("another")).sentence()).contains("lock 'hits/lock'");
    assertThat(other.create(shape.setLock("a b")).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_NAME);
  }

  @Test
  void shouldLeaveRoomForTheNameOfItsLock() {
    ValueCalls longest = world.session("b").value("v".repeat(250));
    assertThat(longest.create(ElementType.ELEMENT_TYPE_INT8).response().getLock()).hasSize(255);
    ValueCalls longer = world.session("b").value("v".repeat(251));
    assertThat(longer.create(ElementType.ELEMENT_TYPE_INT8).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_NAME);
    ValueCreateRequest.Builder named =
        ValueCreateRequest.newBuilder().setType(ElementType.ELEMENT_TYPE_INT8).setLock("short");
    assertThat(longer.create(named).response().getLock()).isEqualTo("short");
  }

  @Test
  void shouldLeaveItsContentWhereACallIsRefused() {
    value.create(ElementType.ELEMENT_TYPE_UINT8).response();
    value.set(Plain.value(200)).response();
    ValueAddRequest.Builder add = ValueAddRequest.newBuilder().setAmount(Plain.value(100));

    assertThat(value.add(add).sentence())
        .isEqualTo(
            "Expected a sum of 0 to 2^8 - 1, as UINT8 takes, but it is 300; ask for overflow WRAP"
                + " where it is to wrap");
    assertThat(value.get().response().getContent()).isEqualTo(Plain.value(200));
    assertThat(value.add(add.setOverflow(Overflow.OVERFLOW_WRAP)).response().getContent())
        .isEqualTo(Plain.value(44));
  }

  @Test
  void shouldTakeZerosAndNansForEqual() {
    value.create(ElementType.ELEMENT_TYPE_FLOAT32).response();

    assertThat(swaps(-0.0, Double.NaN)).isTrue();
    assertThat(swaps(0.0, 1.0)).isFalse();
    assertThat(swaps(Double.NaN, 1.0)).isTrue();
  }

  private boolean swaps(double expected, double content) {
    return value
        .compareAndSet(
            ValueCompareAndSetRequest.newBuilder()
                .setExpected(Plain.value(expected))
                .setContent(Plain.value(content)))
        .response()
        .getSwapped();
  }
}
