package dev.polyproc.server.engine.sync;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.server.engine.Client;
import dev.polyproc.server.engine.EngineFixture;
import dev.polyproc.server.engine.LockCalls;
import dev.polyproc.server.engine.Pending;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.LockAcquireResponse;
import dev.polyproc.v1.LockCreateRequest;
import dev.polyproc.v1.OnOwnerEnd;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What becomes of a lock when its holder, or its lease, ends. */
final class LockOwnerEndTest {
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration NO_TIME = Duration.ZERO;

  private final EngineFixture world = new EngineFixture();
  private final Client a = world.session("a");
  private final Client b = world.session("b");
  private final Client c = world.session("c");

  /** Acquires the lock, and has the reply for sure. */
  private static LockAcquireResponse knowingly(Client client, String lock) {
    Pending<LockAcquireResponse> acquired = client.lock(lock).acquire();
    client.confirm(acquired);
    return acquired.response();
  }

  @Test
  void shouldHandLockOverAndSayWhy() {
    a.lock("l").create();
    knowingly(a, "l");
    var next = b.lock("l").acquire();
    var afterNext = c.lock("l").acquire();

    a.dies();

    assertThat(next.response().getAcquired()).isTrue();
    assertThat(next.response().getPreviousOwnerDied()).isTrue();
    b.lock("l").release();
    assertThat(afterNext.response().getPreviousOwnerDied()).isFalse();
  }

  @Test
  void shouldTellWhoeverComesNextThatPreviousOwnerDied() {
    a.lock("l").create();
    knowingly(a, "l");

    a.end();

    assertThat(b.lock("l").get().getHeld()).isFalse();
    assertThat(b.lock("l").acquire().response().getPreviousOwnerDied()).isTrue();
  }

  @Test
  void shouldReleaseAllCountsOfReentrantLock() {
    a.lock("l").createReentrant();
    knowingly(a, "l");
    knowingly(a, "l");

    a.dies();

    assertThat(knowingly(b, "l").getPreviousOwnerDied()).isTrue();
    assertThat(b.lock("l").get().getHolds()).isEqualTo(1);
  }

  @Test
  void shouldGrantNothingToSessionThatEnds() {
    a.lock("l").create();
    a.lock("m").create();
    knowingly(a, "l");
    knowingly(a, "m");
    var own = a.as("other").lock("l").acquire();
    var next = b.lock("l").acquire();

    a.dies();

    assertThat(own.reason()).isEqualTo(ErrorReason.ERROR_REASON_SESSION_ENDED);
    assertThat(next.response().getAcquired()).isTrue();
    assertThat(b.lock("m").get().getHeld()).isFalse();
  }

  @Test
  void shouldKeepLockUntilSomebodyReleasesIt() {
    a.lock("l").create(OnOwnerEnd.ON_OWNER_END_KEEP);
    long token = knowingly(a, "l").getToken();
    var waiting = b.lock("l").acquire();

    a.dies();

    assertThat(waiting.isWaiting()).isTrue();
    var kept = b.lock("l").get();
    assertThat(kept.getHeld()).isTrue();
    assertThat(kept.getHolder().getParty().getClient()).isEqualTo("a");
    assertThat(kept.getHolder().getDetail())
        .isEqualTo("token " + token + ", its session has ended");

    assertThat(c.lock("l").release().response().getHolds()).isZero();
    assertThat(waiting.response().getAcquired()).isTrue();
    assertThat(waiting.response().getPreviousOwnerDied()).isFalse();
  }

  @Test
  void shouldLetAnyoneReleaseReentrantLockThatIsKept() {
    a.lock("l")
        .create(
            LockCreateRequest.newBuilder()
                .setKindValue(2)
                .setOnOwnerEnd(OnOwnerEnd.ON_OWNER_END_KEEP));
    knowingly(a, "l");
    assertThat(b.lock("l").release().reason()).isEqualTo(ErrorReason.ERROR_REASON_NOT_OWNER);

    a.dies();

    assertThat(b.lock("l").release().response().getHolds()).isZero();
  }

  @Test
  void shouldBreakForGood() {
    a.lock("l").create(OnOwnerEnd.ON_OWNER_END_BREAK);
    long token = knowingly(a, "l").getToken();
    var first = b.lock("l").acquire();
    var second = c.lock("l").acquire();

    a.dies();

    assertThat(first.reason()).isEqualTo(ErrorReason.ERROR_REASON_LOCK_BROKEN);
    assertThat(second.reason()).isEqualTo(ErrorReason.ERROR_REASON_LOCK_BROKEN);
    assertThat(b.lock("l").acquire(NO_TIME).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_LOCK_BROKEN);
    assertThat(b.lock("l").release(token).reason()).isEqualTo(ErrorReason.ERROR_REASON_NOT_HELD);
    assertThat(b.lock("l").get().getBroken()).isTrue();
    assertThat(b.inspect("l").getObject().getSummary()).isEqualTo("broken");
    b.delete("l");
    b.lock("l").create();
    assertThat(b.lock("l").acquire().response().getAcquired()).isTrue();
  }

  @Test
  void shouldNotBreakWhenReleasedInTime() {
    a.lock("l").create(OnOwnerEnd.ON_OWNER_END_BREAK);
    knowingly(a, "l");
    a.lock("l").release();

    a.dies();

    assertThat(knowingly(b, "l").getPreviousOwnerDied()).isFalse();
  }

  @ParameterizedTest
  @EnumSource(
      value = OnOwnerEnd.class,
      names = {"ON_OWNER_END_RELEASE", "ON_OWNER_END_KEEP", "ON_OWNER_END_BREAK"})
  void shouldTakeUnconfirmedGrantBack(OnOwnerEnd onOwnerEnd) {
    a.lock("l").create(onOwnerEnd);
    knowingly(b, "l");
    var unheard = a.lock("l").acquire();
    var next = c.lock("l").acquire();
    b.lock("l").release();
    assertThat(unheard.response().getAcquired()).isTrue();

    a.dies();

    assertThat(next.response().getAcquired()).isTrue();
    assertThat(next.response().getPreviousOwnerDied()).isTrue();
    assertThat(next.response().getToken()).isGreaterThan(unheard.response().getToken());
  }

  @Test
  void shouldTakeBackOnlyTheCountThatWasNotConfirmed() {
    a.lock("l")
        .create(
            LockCreateRequest.newBuilder()
                .setKindValue(2)
                .setOnOwnerEnd(OnOwnerEnd.ON_OWNER_END_KEEP));
    knowingly(a, "l");
    a.lock("l").acquire();

    a.dies();

    assertThat(b.lock("l").get().getHolds()).isEqualTo(1);
  }

  @Test
  void shouldNotTakeBackWhatSomebodyElseHolds() {
    a.lock("l").create();
    a.lock("l").acquire();
    b.lock("l").release();
    long token = b.lock("l").acquire().response().getToken();

    a.dies();

    assertThat(b.lock("l").get().getToken()).isEqualTo(token);
  }

  @Test
  void shouldTakeNothingBackFromDeletedLock() {
    a.lock("l").create();
    a.lock("l").acquire();
    b.delete("l");
    b.lock("l").create();
    long token = b.lock("l").acquire().response().getToken();

    a.dies();

    assertThat(b.lock("l").get().getToken()).isEqualTo(token);
  }

  @Test
  void shouldEndHoldOfSessionsOwnLockWithTheLock() {
    a.lock("l")
        .create(
            LockCreateRequest.newBuilder()
                .setOnOwnerEnd(OnOwnerEnd.ON_OWNER_END_BREAK)
                .setLifetime(Lifetime.LIFETIME_SESSION));
    knowingly(a, "l");
    var waiting = b.lock("l").acquire();

    a.dies();

    assertThat(waiting.reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED);
  }

  @Test
  void shouldHandNothingOverThatEndsWithTheSession() {
    a.lock("l").create(LockCreateRequest.newBuilder().setLifetime(Lifetime.LIFETIME_SESSION));
    a.lock("l").acquire();
    var waiting = b.lock("l").acquire();

    a.dies();

    assertThat(waiting.reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED);
  }

  // Leases.

  @Test
  void shouldReleaseLockWhenLeaseEnds() {
    a.lock("l").create(OnOwnerEnd.ON_OWNER_END_BREAK);
    long token = a.lock("l").lease(SECOND).response().getToken();
    var next = b.lock("l").acquire();

    world.advance(SECOND.minusNanos(1));
    assertThat(next.isWaiting()).isTrue();
    world.advance(Duration.ofNanos(1));

    assertThat(next.response().getAcquired()).isTrue();
    assertThat(next.response().getPreviousOwnerDied()).isTrue();
    assertThat(a.lock("l").release(token).reason()).isEqualTo(ErrorReason.ERROR_REASON_STALE_TOKEN);
  }

  @Test
  void shouldBeginLeaseWithTheHold() {
    a.lock("l").create();
    a.lock("l").acquire();
    var waiting = b.lock("l").lease(SECOND);
    world.advance(SECOND.multipliedBy(5));
    a.lock("l").release();
    assertThat(waiting.response().getAcquired()).isTrue();

    world.advance(SECOND.minusNanos(1));
    assertThat(a.lock("l").get().getHeld()).isTrue();
    world.advance(Duration.ofNanos(1));
    assertThat(a.lock("l").get().getHeld()).isFalse();
  }

  @Test
  void shouldForgetLeaseOfHoldThatIsReleased() {
    a.lock("l").create();
    a.lock("l").lease(SECOND);
    a.lock("l").release();
    long token = b.lock("l").acquire().response().getToken();

    world.advance(SECOND.multipliedBy(2));

    assertThat(b.lock("l").get().getToken()).isEqualTo(token);
  }

  @Test
  void shouldEndLeaseOfLockThatIsKept() {
    a.lock("l").create(OnOwnerEnd.ON_OWNER_END_KEEP);
    a.confirm(a.lock("l").lease(SECOND));
    a.dies();
    assertThat(b.lock("l").get().getHeld()).isTrue();

    world.advance(SECOND);

    assertThat(knowingly(b, "l").getPreviousOwnerDied()).isTrue();
  }

  @Test
  void shouldMakeLeaseLongerNeverShorter() {
    a.lock("l").createReentrant();
    LockCalls lock = a.lock("l");
    lock.lease(SECOND.multipliedBy(2));
    lock.lease(SECOND);

    world.advance(SECOND);
    assertThat(lock.get().getHolds()).isEqualTo(2);
    lock.lease(SECOND.multipliedBy(3));
    world.advance(SECOND.multipliedBy(3).minusNanos(1));
    assertThat(lock.get().getHolds()).isEqualTo(3);
    world.advance(Duration.ofNanos(1));
    assertThat(lock.get().getHeld()).isFalse();
  }

  @Test
  void shouldKeepHoldWithoutLeaseWithoutOne() {
    a.lock("l").createReentrant();
    a.lock("l").acquire();
    a.lock("l").lease(SECOND);

    world.advance(SECOND.multipliedBy(2));

    assertThat(a.lock("l").get().getHolds()).isEqualTo(2);
  }

  @Test
  void shouldNotShowHoldWhoseLeaseIsOverBeforeAnyEntrySaysSo() {
    a.lock("l").create();
    a.lock("l").lease(SECOND);

    world.stall(SECOND);

    assertThat(b.lock("l").get().getHeld()).isFalse();
    assertThat(b.lock("l").acquire(NO_TIME).response().getPreviousOwnerDied()).isTrue();
  }
}
