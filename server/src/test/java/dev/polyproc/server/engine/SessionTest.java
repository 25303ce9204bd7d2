package dev.polyproc.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class SessionTest {
  private final EngineFixture world = new EngineFixture();

  @Test
  void shouldHandItemOver() {
    Client a = world.session("a");
    Client b = world.session("b");
    a.queue("jobs").create().response();
    var got = b.queue("jobs").get();
    assertThat(got.isWaiting()).isTrue();
    a.queue("jobs").put(1);
    assertThat(Plain.object(got.response().getItem())).isEqualTo(1L);
  }
}
