package dev.polyproc.server.engine.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.server.engine.Client;
import dev.polyproc.server.engine.EngineFixture;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.LockCreateRequest;
import org.junit.jupiter.api.Test;

/** What the simulation found, each as small as it gets. */
final class FoundTest {
  private final EngineFixture world = new EngineFixture();

  /** Seed 2: undoing the unconfirmed acquisition handed the lock on before it was deleted. */
  @Test
  void shouldNotHandOnALockThatEndsWithItsSession() {
    Client a = world.session("a");
    a.lock("mine").create(LockCreateRequest.newBuilder().setLifetime(Lifetime.LIFETIME_SESSION));
    a.lock("mine").acquire().response();
    var waiting = world.session("b").lock("mine").acquire();

    a.dies();

    assertThat(waiting.reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED);
  }
}
