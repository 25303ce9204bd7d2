package dev.polyproc.server.engine.sync;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.server.engine.Client;
import dev.polyproc.server.engine.EngineFixture;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.EventCreateRequest;
import dev.polyproc.v1.Lifetime;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class EventTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final EngineFixture world = new EngineFixture();
  private final Client a = world.session("a");
  private final Client b = world.session("b");

  @BeforeEach
  void createEvent() {
    a.event("e").create();
  }

  @Test
  void shouldBeClearAtFirst() {
    assertThat(a.event("e").isSet().response().getSet()).isFalse();
    assertThat(a.event("e").create().response().getCreated()).isFalse();
    assertThat(a.inspect("e").getObject().getSummary()).isEqualTo("not set");
  }

  @Test
  void shouldSayWhatItWas() {
    assertThat(a.event("e").clear().response().getWasSet()).isFalse();
    assertThat(a.event("e").set().response().getWasSet()).isFalse();
    assertThat(a.event("e").set().response().getWasSet()).isTrue();
    assertThat(b.event("e").isSet().response().getSet()).isTrue();
    assertThat(a.event("e").clear().response().getWasSet()).isTrue();
    assertThat(b.event("e").isSet().response().getSet()).isFalse();
  }

  @Test
  void shouldWakeAllWaiters() {
    var first = a.event("e").await();
    var second = world.anonymous().event("e").await(SECOND);
    assertThat(first.isWaiting()).isTrue();

    b.event("e").set();

    assertThat(first.response().getSet()).isTrue();
    assertThat(second.response().getSet()).isTrue();
    assertThat(b.event("e").await().response().getSet()).isTrue();
  }

  @Test
  void shouldNotTakeSetBackByClear() {
    var waiting = a.event("e").await();

    b.event("e").set();
    b.event("e").clear();

    assertThat(waiting.response().getSet()).isTrue();
    assertThat(a.event("e").await(Duration.ZERO).response().getSet()).isFalse();
  }

  @Test
  void shouldEndWaitsInTime() {
    var waiting = a.event("e").await(SECOND);

    world.advance(SECOND);

    assertThat(waiting.response().getSet()).isFalse();
    b.event("e").set();
    assertThat(waiting.response().getSet()).isFalse();
  }

  @Test
  void shouldTellWaitersOfItsEnd() {
    b.event("own").create(EventCreateRequest.newBuilder().setLifetime(Lifetime.LIFETIME_SESSION));
    var waiting = a.event("own").await();
    var other = a.event("e").await();

    b.dies();
    a.unnumbered().delete("e");

    assertThat(waiting.reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED);
    assertThat(other.reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED);
  }
}
