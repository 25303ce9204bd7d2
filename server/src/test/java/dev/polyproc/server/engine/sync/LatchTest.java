package dev.polyproc.server.engine.sync;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.server.engine.Client;
import dev.polyproc.server.engine.EngineFixture;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.LatchCreateRequest;
import dev.polyproc.v1.Lifetime;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class LatchTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final EngineFixture world = new EngineFixture();
  private final Client a = world.session("a");
  private final Client b = world.session("b");

  @Test
  void shouldAnswerSameLatchForSameCount() {
    assertThat(a.latch("l").create(2).response().getCreated()).isTrue();
    a.latch("l").countDown(1);

    assertThat(b.latch("l").create(2).response().getCreated()).isFalse();
    assertThat(b.latch("l").create(1).reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_EXISTS);
  }

  @Test
  void shouldLetAllGoWhenTheCountIsZero() {
    a.latch("l").create(3);
    var first = a.latch("l").await();
    var second = world.anonymous().latch("l").await(SECOND);

    assertThat(b.latch("l").countDown(0).response().getCount()).isEqualTo(2);
    assertThat(first.isWaiting()).isTrue();
    assertThat(b.latch("l").countDown(2).response().getCount()).isZero();

    assertThat(first.response().getOpen()).isTrue();
    assertThat(second.response().getOpen()).isTrue();
    assertThat(b.latch("l").await().response().getOpen()).isTrue();
  }

  @Test
  void shouldStayAtZero() {
    a.latch("l").create(1);

    assertThat(a.latch("l").countDown(Long.MAX_VALUE).response().getCount()).isZero();
    assertThat(a.latch("l").countDown(1).response().getCount()).isZero();
    assertThat(a.latch("none").create(0).response().getCreated()).isTrue();
    assertThat(a.latch("none").await(Duration.ZERO).response().getOpen()).isTrue();
  }

  @Test
  void shouldCountFromTheHighestNumber() {
    a.latch("l").create(-1);

    assertThat(a.latch("l").countDown(1).response().getCount()).isEqualTo(-2);
    assertThat(a.inspect("l").getObject().getSummary()).isEqualTo("at 18446744073709551614");
    assertThat(a.latch("l").countDown(-2).response().getCount()).isZero();
  }

  @Test
  void shouldEndWaitsInTime() {
    a.latch("l").create(1);
    assertThat(a.latch("l").await(Duration.ZERO).response().getOpen()).isFalse();
    var waiting = a.latch("l").await(SECOND);

    world.advance(SECOND);

    assertThat(waiting.response().getOpen()).isFalse();
  }

  @Test
  void shouldTellCountAndWhoWaits() {
    a.latch("l").create(2);
    b.as("t").latch("l").await();

    var latch = a.latch("l").get();

    assertThat(latch.getCount()).isEqualTo(2);
    assertThat(latch.getWaiting()).isEqualTo(1);
    assertThat(latch.getWaiters(0).getParty().getOwner()).isEqualTo("t");
    assertThat(latch.getWaiters(0).getRpc()).isEqualTo("LatchService/Wait");
    assertThat(a.inspect("l").getWaitersList()).isEqualTo(latch.getWaitersList());
    assertThat(a.inspect("l").getObject().getSummary()).isEqualTo("at 2");
    assertThat(a.inspect("l").getObject().getShape(0).getValue()).isEqualTo("2");
    a.latch("l").countDown(2);
    assertThat(a.inspect("l").getObject().getSummary()).isEqualTo("open");
  }

  @Test
  void shouldCountRepeatedCountDownOnce() {
    a.latch("l").create(2);
    var first = a.latch("l").countDown(1);

    assertThat(a.repeat(first).response().getCount()).isEqualTo(1);
    assertThat(a.latch("l").get().getCount()).isEqualTo(1);
  }

  @Test
  void shouldKeepWaitingWhenSomebodyDiesThatDidNotCount() {
    a.latch("l").create(2);
    var waiting = world.session("c").latch("l").await();
    a.latch("l").countDown(1);
    var own = a.latch("l").await();

    a.dies();

    assertThat(own.reason()).isEqualTo(ErrorReason.ERROR_REASON_SESSION_ENDED);
    assertThat(b.latch("l").get().getCount()).isEqualTo(1);
    assertThat(b.latch("l").get().getWaiting()).isEqualTo(1);
    assertThat(waiting.isWaiting()).isTrue();
    b.latch("l").countDown(1);
    assertThat(waiting.response().getOpen()).isTrue();
  }

  @Test
  void shouldLeaveNoTraceOfWaitsThatAreGivenUp() {
    a.latch("l").create(1);
    var cancelled = a.latch("l").await();
    var abandoned = world.anonymous().latch("l").await();
    var late = b.within(SECOND).latch("l").await();

    a.cancel(cancelled);
    world.abandon(abandoned);
    world.advance(SECOND);

    assertThat(cancelled.reason()).isEqualTo(ErrorReason.ERROR_REASON_CANCELLED);
    assertThat(late.reason()).isEqualTo(ErrorReason.ERROR_REASON_DEADLINE_EXCEEDED);
    assertThat(b.latch("l").get().getWaiting()).isZero();
  }

  @Test
  void shouldTellWaitersOfItsEnd() {
    b.latch("own")
        .create(LatchCreateRequest.newBuilder().setCount(1).setLifetime(Lifetime.LIFETIME_SESSION));
    a.latch("l").create(1);
    var waiting = a.latch("own").await();
    var other = a.latch("l").await();

    b.dies();
    a.unnumbered().delete("l");

    assertThat(waiting.reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED);
    assertThat(other.reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED);
    a.event("e").create();
    assertThat(a.latch("e").countDown(1).reason()).isEqualTo(ErrorReason.ERROR_REASON_WRONG_KIND);
  }
}
