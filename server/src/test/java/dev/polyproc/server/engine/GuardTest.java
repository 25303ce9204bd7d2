package dev.polyproc.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.v1.ErrorReason;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A guarded call takes effect only while a lock is held under a token. */
final class GuardTest {
  private final EngineFixture world = new EngineFixture();
  private final Client a = world.session("a");
  private final Client b = world.session("b");

  @BeforeEach
  void createObjects() {
    a.lock("lock").create().response();
    a.queue("jobs").create().response();
  }

  @Test
  void shouldPassWhileTheVeryHoldLasts() {
    long token = a.lock("lock").acquire().response().getToken();
    assertThat(b.guardedBy("lock", token).queue("jobs").put(1).response().getAccepted()).isTrue();
    assertThat(b.guardedBy("lock", token).queue("jobs").peek().response().hasItem()).isTrue();
  }

  @Test
  void shouldFenceAHolderWhoWasTooSlow() {
    long stale = a.lock("lock").acquire().response().getToken();
    var next = b.lock("lock").acquire();
    a.dies();
    assertThat(next.response().getPreviousOwnerDied()).isTrue();

    var late = world.anonymous().guardedBy("lock", stale).queue("jobs").put(1);

    assertThat(late.reason()).isEqualTo(ErrorReason.ERROR_REASON_GUARD_FAILED);
    assertThat(late.sentence())
        .startsWith("Expected 'lock' to be held under token " + stale + ", but it is not:");
    assertThat(late.metadata()).containsEntry("lock", "lock");
    assertThat(b.queue("jobs").items()).isEmpty();
  }

  @Test
  void shouldAnswerARepeatAsTheFirstThoughTheGuardFailsSince() {
    long token = a.lock("lock").acquire().response().getToken();
    var put = a.guardedBy("lock", token).queue("jobs").put(1);
    a.lock("lock").release();
    assertThat(a.repeat(put).response().getAccepted()).isTrue();

    var refused = a.guardedBy("lock", token).queue("jobs").put(2);
    a.lock("lock").acquire();
    assertThat(a.repeat(refused).reason()).isEqualTo(ErrorReason.ERROR_REASON_GUARD_FAILED);
    assertThat(a.queue("jobs").items()).containsExactly(1L);
  }

  @Test
  void shouldGuardReadsToo() {
    long token = a.lock("lock").lease(Duration.ofSeconds(1)).response().getToken();
    assertThat(a.guardedBy("lock", token + 1).queue("jobs").peek().reason())
        .isEqualTo(ErrorReason.ERROR_REASON_GUARD_FAILED);
    world.stall(Duration.ofSeconds(1));
    assertThat(a.guardedBy("lock", token).queue("jobs").peek().reason())
        .as("the lease is over, though no entry said so yet")
        .isEqualTo(ErrorReason.ERROR_REASON_GUARD_FAILED);
  }

  @Test
  void shouldGuardWhatWaitsOnlyAtItsBeginning() {
    long token = a.lock("lock").acquire().response().getToken();
    var get = a.guardedBy("lock", token).queue("jobs").get();
    a.lock("lock").release();
    b.queue("jobs").put(1);
    assertThat(QueueCalls.item(get)).isEqualTo(1L);
  }

  @Test
  void shouldTakeOnlyLocksForGuards() {
    assertThat(a.guardedBy("jobs", 1).queue("jobs").put(1).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_GUARD_FAILED);
    assertThat(a.guardedBy("nowhere", 1).queue("jobs").put(1).reason())
        .as("a lock that is not there is held by nobody")
        .isEqualTo(ErrorReason.ERROR_REASON_GUARD_FAILED);
  }
}
