package dev.polyproc.server.engine.sync;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.server.engine.Client;
import dev.polyproc.server.engine.EngineFixture;
import dev.polyproc.server.engine.LockCalls;
import dev.polyproc.server.engine.Pending;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.LockAcquireRequest;
import dev.polyproc.v1.LockAcquireResponse;
import dev.polyproc.v1.LockCreateRequest;
import dev.polyproc.v1.LockKind;
import dev.polyproc.v1.OnOwnerEnd;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

final class LockTest {
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration NO_TIME = Duration.ZERO;

  private final EngineFixture world = new EngineFixture();
  private final Client a = world.session("a");
  private final Client b = world.session("b");
  private final Client c = world.session("c");

  @Test
  void shouldAnswerSameLockForSameShape() {
    var first = a.lock("l").create().response();
    var again = b.lock("l").create(OnOwnerEnd.ON_OWNER_END_RELEASE).response();

    assertThat(first.getCreated()).isTrue();
    assertThat(again.getCreated()).isFalse();
    assertThat(again.getRef()).isEqualTo(first.getRef());
    assertThat(b.lock("l").createReentrant().reason())
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_EXISTS);
    assertThat(b.lock("l").create(OnOwnerEnd.ON_OWNER_END_KEEP).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_EXISTS);
  }

  @Test
  void shouldRefuseShapesThatItDoesNotKnow() {
    assertThat(a.lock("l").create(LockCreateRequest.newBuilder().setKindValue(9)).metadata())
        .containsEntry("field", "kind");
    assertThat(a.lock("l").create(LockCreateRequest.newBuilder().setOnOwnerEndValue(9)).metadata())
        .containsEntry("field", "on_owner_end");
  }

  @Test
  void shouldServeWaitersInOrder() {
    a.lock("l").create();
    a.lock("l").acquire();
    var second = b.lock("l").acquire();
    var third = c.lock("l").acquire();

    a.lock("l").release();
    assertThat(second.response().getAcquired()).isTrue();
    assertThat(third.isWaiting()).isTrue();

    b.lock("l").release();
    assertThat(third.response().getAcquired()).isTrue();
  }

  @Test
  void shouldSayThatItWasNotAcquiredInTime() {
    a.lock("l").create();
    a.lock("l").acquire();

    assertThat(b.lock("l").acquire(NO_TIME).response().getAcquired()).isFalse();
    var waiting = b.lock("l").acquire(SECOND);
    assertThat(waiting.isWaiting()).isTrue();
    world.advance(SECOND);

    assertThat(waiting.response()).isEqualTo(LockAcquireResponse.getDefaultInstance());
    a.lock("l").release();
    assertThat(b.lock("l").get().getHeld()).isFalse();
  }

  @Test
  void shouldLetPlainLockWaitForItsOwnOwner() {
    a.lock("l").create();
    a.lock("l").acquire();

    var again = a.lock("l").acquire();
    assertThat(again.isWaiting()).isTrue();
    a.lock("l").release();

    assertThat(again.response().getAcquired()).isTrue();
  }

  @Test
  void shouldLetAnyoneReleasePlainLock() {
    a.lock("l").create();
    a.lock("l").acquire();

    assertThat(world.anonymous().lock("l").release().response().getHolds()).isZero();

    assertThat(b.lock("l").acquire(NO_TIME).response().getAcquired()).isTrue();
    a.dies();
    assertThat(b.lock("l").get().getHeld()).isTrue();
  }

  @Test
  void shouldGiveHigherTokenToEveryHoldOfEveryLock() {
    a.lock("l").create();
    a.lock("m").create();

    long first = a.lock("l").acquire().response().getToken();
    long second = b.lock("m").acquire().response().getToken();
    a.lock("l").release();
    long third = a.lock("l").acquire().response().getToken();

    assertThat(List.of(first, second, third)).isSorted().doesNotHaveDuplicates();
    assertThat(first).isGreaterThan(EngineFixture.STARTED / 1_000);
  }

  @Test
  void shouldRefuseReleasesThatAreNotOfTheHold() {
    a.lock("l").create();
    assertThat(a.lock("l").release().reason()).isEqualTo(ErrorReason.ERROR_REASON_NOT_HELD);
    long token = a.lock("l").acquire().response().getToken();

    assertThat(a.lock("l").release(token - 1).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_STALE_TOKEN);
    assertThat(a.lock("l").release(token).response().getHolds()).isZero();
    assertThat(a.lock("l").release(token).reason()).isEqualTo(ErrorReason.ERROR_REASON_NOT_HELD);
    b.lock("l").acquire();
    assertThat(a.lock("l").release(token).reason()).isEqualTo(ErrorReason.ERROR_REASON_STALE_TOKEN);
  }

  @Test
  void shouldCountHoldsOfReentrantLock() {
    a.lock("l").createReentrant();
    LockCalls owner = a.as("t1").lock("l");
    long token = owner.acquire().response().getToken();

    var again = owner.acquire().response();
    assertThat(again.getAcquired()).isTrue();
    assertThat(again.getToken()).isEqualTo(token);
    assertThat(owner.get().getHolds()).isEqualTo(2);
    assertThat(owner.get().getHolder().getDetail()).isEqualTo("token " + token + ", held twice");

    var waiting = b.lock("l").acquire();
    assertThat(owner.release().response().getHolds()).isEqualTo(1);
    assertThat(waiting.isWaiting()).isTrue();
    assertThat(owner.release(token).response().getHolds()).isZero();
    assertThat(waiting.response().getAcquired()).isTrue();
  }

  @Test
  void shouldLetOnlyOwnerReleaseReentrantLock() {
    a.lock("l").createReentrant();
    long token = a.as("t1").lock("l").acquire().response().getToken();

    assertThat(a.as("t2").lock("l").release().reason())
        .isEqualTo(ErrorReason.ERROR_REASON_NOT_OWNER);
    assertThat(b.as("t1").lock("l").release(token).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_NOT_OWNER);
    assertThat(world.anonymous().lock("l").release(token).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_NOT_OWNER);
    assertThat(a.as("t2").lock("l").acquire(NO_TIME).response().getAcquired()).isFalse();
  }

  @Test
  void shouldLetAllWaitersOfNewOwnerIn() {
    a.lock("l").createReentrant();
    a.lock("l").acquire();
    var first = b.as("t").lock("l").acquire();
    var other = c.lock("l").acquire();
    var second = b.as("t").lock("l").acquire();
    var stranger = b.as("u").lock("l").acquire();

    a.lock("l").release();

    assertThat(first.response().getToken()).isEqualTo(second.response().getToken());
    assertThat(b.lock("l").get().getHolds()).isEqualTo(2);
    assertThat(other.isWaiting()).isTrue();
    assertThat(stranger.isWaiting()).isTrue();
  }

  @Test
  void shouldAskAnonymousForLease() {
    a.lock("l").create();

    var refused = world.anonymous().lock("l").acquire();

    assertThat(refused.reason()).isEqualTo(ErrorReason.ERROR_REASON_SESSION_REQUIRED);
    assertThat(refused.sentence())
        .startsWith("Expected a session or a lease for a lock, but the call has neither;");
    assertThat(world.anonymous().lock("l").lease(SECOND).response().getAcquired()).isTrue();
  }

  @Test
  void shouldNotTakeAnonymousCallersForEachOther() {
    a.lock("l").createReentrant();
    LockCalls anonymous = world.anonymous().lock("l");
    long token = anonymous.lease(SECOND).response().getToken();

    var other =
        anonymous.acquire(
            LockAcquireRequest.newBuilder()
                .setTimeout(com.google.protobuf.Duration.getDefaultInstance())
                .setLease(com.google.protobuf.Duration.newBuilder().setSeconds(1)));
    assertThat(other.response().getAcquired()).isFalse();
    assertThat(anonymous.release().reason()).isEqualTo(ErrorReason.ERROR_REASON_NOT_OWNER);
    assertThat(anonymous.release(token).response().getHolds()).isZero();
  }

  @Test
  void shouldLastWhenAReentrantLockIsAcquiredAgainWithoutALease() {
    a.lock("l").createReentrant();
    a.lock("l").lease(SECOND).response();
    a.lock("l").acquire().response();
    a.lock("l").lease(SECOND).response();

    world.advance(SECOND.multipliedBy(2));

    assertThat(a.lock("l").get().getHolds()).isEqualTo(3);
    assertThat(a.lock("l").get().getHolder().getToken()).isEqualTo(a.lock("l").get().getToken());
  }

  @Test
  void shouldRefuseLeaseOfNoTimeAndAbsurdTimes() {
    a.lock("l").create();

    assertThat(a.lock("l").lease(NO_TIME).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_DURATION);
    assertThat(a.lock("l").lease(Duration.ofDays(10_000)).metadata())
        .containsEntry("field", "lease");
    assertThat(a.lock("l").acquire(Duration.ofSeconds(-1)).metadata())
        .containsEntry("field", "timeout");
  }

  @Test
  void shouldTellWhoHoldsAndWhoWaits() {
    a.lock("l").create();
    assertThat(a.lock("l").get().hasHolder()).isFalse();
    assertThat(a.inspect("l").getObject().getSummary()).isEqualTo("free");

    long token = a.as("t1").lock("l").acquire().response().getToken();
    world.advance(SECOND);
    b.as("t2").lock("l").acquire();
    c.as("t3").lock("l").acquire();
    var lock = a.lock("l").get();

    assertThat(lock.getToken()).isEqualTo(token);
    assertThat(lock.getHolder().getParty().getClient()).isEqualTo("a");
    assertThat(lock.getHolder().getParty().getOwner()).isEqualTo("t1");
    assertThat(lock.getHolder().getSince().getSeconds())
        .isEqualTo(EngineFixture.STARTED / 1_000_000_000L);
    assertThat(lock.getWaitersList())
        .extracting(waiter -> waiter.getParty().getOwner())
        .containsExactly("t2", "t3");
    assertThat(lock.getWaiters(0).getRpc()).isEqualTo("LockService/Acquire");
    assertThat(a.inspect("l").getHoldersList()).containsExactly(lock.getHolder());
    assertThat(a.inspect("l").getObject().getSummary()).isEqualTo("held");
  }

  @Test
  void shouldGuardCallsWhileTheVeryHoldLasts() {
    a.lock("l").create();
    a.event("e").create();
    long token = a.lock("l").acquire().response().getToken();

    assertThat(b.guardedBy("l", token).event("e").set().response().getWasSet()).isFalse();
    a.lock("l").release();
    assertThat(a.guardedBy("l", token).event("e").clear().reason())
        .isEqualTo(ErrorReason.ERROR_REASON_GUARD_FAILED);
    a.lock("l").acquire();
    assertThat(a.guardedBy("l", token).event("e").clear().reason())
        .isEqualTo(ErrorReason.ERROR_REASON_GUARD_FAILED);
    assertThat(a.guardedBy("e", token).event("e").clear().reason())
        .isEqualTo(ErrorReason.ERROR_REASON_GUARD_FAILED);
    assertThat(a.event("e").isSet().response().getSet()).isTrue();
  }

  @Test
  void shouldCountRepeatedCallsOnce() {
    a.lock("l").createReentrant();
    var first = a.lock("l").acquire();

    assertThat(a.repeat(first).response()).isEqualTo(first.response());
    assertThat(a.lock("l").get().getHolds()).isEqualTo(1);

    var second = a.lock("l").acquire();
    var release = a.lock("l").release();
    assertThat(a.repeat(release).response().getHolds()).isEqualTo(1);
    assertThat(a.repeat(second).response().getToken()).isEqualTo(first.response().getToken());
    assertThat(a.lock("l").get().getHolds()).isEqualTo(1);
  }

  @Test
  void shouldLetCancelledAndAbandonedWaitersGo() {
    a.lock("l").create();
    a.lock("l").acquire();
    Pending<LockAcquireResponse> cancelled = b.lock("l").acquire();
    Pending<LockAcquireResponse> abandoned = world.anonymous().lock("l").lease(SECOND);
    Pending<LockAcquireResponse> late = c.within(SECOND).lock("l").acquire();
    var last = c.lock("l").acquire();

    b.cancel(cancelled);
    world.abandon(abandoned);
    world.advance(SECOND);
    a.lock("l").release();

    assertThat(cancelled.reason()).isEqualTo(ErrorReason.ERROR_REASON_CANCELLED);
    assertThat(abandoned.isWaiting()).isTrue();
    assertThat(late.reason()).isEqualTo(ErrorReason.ERROR_REASON_DEADLINE_EXCEEDED);
    assertThat(last.response().getAcquired()).isTrue();
  }

  @Test
  void shouldTellWaitersThatItWasDeleted() {
    a.lock("l").create();
    long token = a.lock("l").lease(SECOND).response().getToken();
    var waiting = b.lock("l").acquire();

    c.delete("l").response();

    assertThat(waiting.reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED);
    assertThat(a.lock("l").release(token).reason()).isEqualTo(ErrorReason.ERROR_REASON_STALE_TOKEN);
    assertThat(a.lock("l").release().reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
    world.advance(SECOND);
    a.lock("l").create();
    a.dies();
    assertThat(b.lock("l").get().getHeld()).isFalse();
  }

  @Test
  void shouldKeepKindsApart() {
    a.event("e").create();

    assertThat(a.lock("e").acquire().reason()).isEqualTo(ErrorReason.ERROR_REASON_WRONG_KIND);
    assertThat(a.lock("none").release().reason())
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
    assertThat(
            a.lock("l")
                .create(LockCreateRequest.newBuilder().setKind(LockKind.LOCK_KIND_PLAIN))
                .response()
                .getRef()
                .getName())
        .isEqualTo("l");
  }
}
