package dev.polyproc.server.engine.sync;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.server.engine.Client;
import dev.polyproc.server.engine.EngineFixture;
import dev.polyproc.server.engine.Pending;
import dev.polyproc.v1.ConditionCreateRequest;
import dev.polyproc.v1.ConditionNotifyRequest;
import dev.polyproc.v1.ConditionWaitRequest;
import dev.polyproc.v1.ConditionWaitResponse;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.LockAcquireRequest;
import dev.polyproc.v1.LockCreateRequest;
import dev.polyproc.v1.LockKind;
import dev.polyproc.v1.OnOwnerEnd;
import dev.polyproc.v1.Waiter;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class ConditionTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final EngineFixture world = new EngineFixture();
  private final Client a = world.session("a");
  private final Client b = world.session("b");
  private final Client c = world.session("c");
  private final Client d = world.session("d");

  @BeforeEach
  void createLockAndCondition() {
    a.lock("l").create();
    a.condition("n").create("l");
  }

  /** A caller sleeps at the condition. */
  private static Pending<ConditionWaitResponse> sleep(Client who) {
    who.lock("l").acquire().response();
    return who.condition("n").await();
  }

  /** Wakes who sleeps longest, and lets go of the lock. */
  private static int wake(Client who) {
    who.lock("l").acquire().response();
    int woken = who.condition("n").wake();
    who.lock("l").release().response();
    return woken;
  }

  // Waiting.

  @Test
  void shouldGiveLockUpWhileItWaits() {
    var waiting = sleep(a);

    assertThat(waiting.isWaiting()).isTrue();
    assertThat(a.lock("l").get().getHeld()).isFalse();
    assertThat(b.lock("l").acquire(Duration.ZERO).response().getAcquired()).isTrue();
    assertThat(b.lock("l").get().getWaitersCount()).isZero();
    assertThat(b.condition("n").get().getWaiting()).isEqualTo(1);
    assertThat(b.condition("n").get().getWaitersList())
        .extracting(Waiter::getRpc)
        .containsExactly("ConditionService/Wait");
  }

  @Test
  void shouldHaveLockAgainUnderNewTokenWhenNotifierReleasesIt() {
    long first = a.lock("l").acquire().response().getToken();
    var waiting = a.condition("n").await();
    b.lock("l").acquire();

    assertThat(b.condition("n").wake()).isEqualTo(1);
    assertThat(waiting.isWaiting()).isTrue();
    assertThat(b.condition("n").get().getWaiting()).isZero();
    b.lock("l").release();

    assertThat(waiting.response().getNotified()).isTrue();
    assertThat(waiting.response().getHolds()).isEqualTo(1);
    assertThat(waiting.response().getPreviousOwnerDied()).isFalse();
    assertThat(waiting.response().getToken()).isGreaterThan(first);
    assertThat(b.lock("l").get().getToken()).isEqualTo(waiting.response().getToken());
    assertThat(a.lock("l").release().response().getHolds()).isZero();
  }

  @Test
  void shouldGiveReentrantLockUpEntirelyAndRestoreItsCount() {
    a.lock("r").createReentrant();
    a.condition("m").create("r");
    a.lock("r").acquire();
    a.lock("r").acquire();
    a.lock("r").acquire();

    var waiting = a.condition("m").await();
    b.lock("r").acquire().response();
    b.condition("m").wake();
    b.lock("r").release();

    assertThat(waiting.response().getHolds()).isEqualTo(3);
    assertThat(a.lock("r").get().getHolds()).isEqualTo(3);
    assertThat(a.lock("r").release().response().getHolds()).isEqualTo(2);
  }

  @Test
  void shouldWakeOldestWaiterFirst() {
    var first = sleep(a);
    var second = sleep(b);
    var third = sleep(c);

    d.lock("l").acquire();
    assertThat(d.condition("n").wake(ConditionNotifyRequest.newBuilder().setCount(2)).response())
        .extracting(response -> response.getNotified())
        .isEqualTo(2);
    d.lock("l").release();

    assertThat(first.response().getNotified()).isTrue();
    assertThat(second.isWaiting()).isTrue();
    a.lock("l").release();
    assertThat(second.response().getNotified()).isTrue();
    assertThat(third.isWaiting()).isTrue();
    b.lock("l").release();
    assertThat(third.isWaiting()).isTrue();
  }

  @Test
  void shouldWakeAllWaiters() {
    var first = sleep(a);
    var second = sleep(b);

    d.lock("l").acquire();
    assertThat(d.condition("n").wakeAll()).isEqualTo(2);
    assertThat(d.condition("n").wakeAll()).isZero();
    d.lock("l").release();
    a.lock("l").release();

    assertThat(first.response().getNotified()).isTrue();
    assertThat(second.response().getNotified()).isTrue();
  }

  @Test
  void shouldStandBehindThoseWhoWaitForTheLock() {
    var waiting = sleep(a);
    b.lock("l").acquire();
    var acquire = c.lock("l").acquire();
    b.condition("n").wake();

    b.lock("l").release();
    assertThat(acquire.response().getAcquired()).isTrue();
    assertThat(waiting.isWaiting()).isTrue();
    c.lock("l").release();
    assertThat(waiting.response().getNotified()).isTrue();
  }

  @Test
  void shouldNotRememberNotificationForWhichNobodyWaits() {
    assertThat(wake(b)).isZero();

    assertThat(sleep(a).isWaiting()).isTrue();
  }

  @Test
  void shouldAnswerUnderTheLockWhenItsTimeIsUp() {
    a.lock("l").acquire();
    var waiting = a.condition("n").await(SECOND);
    world.advance(SECOND);

    assertThat(waiting.response().getNotified()).isFalse();
    assertThat(a.lock("l").get().getToken()).isEqualTo(waiting.response().getToken());
  }

  @Test
  void shouldWaitForLockBeyondItsTimeout() {
    a.lock("l").acquire();
    var waiting = a.condition("n").await(SECOND);
    b.lock("l").acquire();
    world.advance(Duration.ofHours(1));

    assertThat(waiting.isWaiting()).isTrue();
    assertThat(b.condition("n").wake()).isZero(); // Its time was up before.
    b.lock("l").release();
    assertThat(waiting.response().getNotified()).isFalse();
  }

  @Test
  void shouldEndTimeoutWithTheNotification() {
    a.lock("l").acquire();
    var waiting = a.condition("n").await(SECOND);
    b.lock("l").acquire();
    b.condition("n").wake();
    world.advance(Duration.ofHours(1));

    b.lock("l").release();
    assertThat(waiting.response().getNotified()).isTrue();
  }

  @Test
  void shouldLetOthersGoFirstWhenItHasNoTime() {
    a.lock("l").acquire();
    assertThat(a.condition("n").await(Duration.ZERO).response().getNotified()).isFalse();

    var acquire = b.lock("l").acquire();
    var waiting = a.condition("n").await(Duration.ZERO);
    assertThat(acquire.response().getAcquired()).isTrue();
    assertThat(waiting.isWaiting()).isTrue();
    assertThat(b.condition("n").wake()).isZero();
    b.lock("l").release();
    assertThat(waiting.response().getNotified()).isFalse();
  }

  @Test
  void shouldHoldLockForTheLeaseOfTheWait() {
    a.lock("l").acquire();
    var leased =
        a.condition("n")
            .await(
                ConditionWaitRequest.newBuilder()
                    .setTimeout(com.google.protobuf.Duration.getDefaultInstance())
                    .setLease(com.google.protobuf.Duration.newBuilder().setSeconds(1)));
    assertThat(leased.response().getToken()).isPositive();
    world.advance(SECOND);

    assertThat(b.lock("l").get().getHeld()).isFalse();
  }

  @Test
  void shouldServeCallersWithoutSessionByTokenAndLease() {
    Client anyone = world.anonymous();
    long token = anyone.lock("l").lease(SECOND.multipliedBy(9)).response().getToken();
    ConditionWaitRequest.Builder how =
        ConditionWaitRequest.newBuilder()
            .setToken(token)
            .setLease(com.google.protobuf.Duration.newBuilder().setSeconds(5));
    assertThat(anyone.condition("n").await(how.clone().clearLease()).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_SESSION_REQUIRED);
    assertThat(anyone.condition("n").await(how.clone().clearToken()).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_NOT_OWNER);

    var waiting = anyone.condition("n").await(how);
    assertThat(wake(a)).isEqualTo(1);

    assertThat(waiting.response().getNotified()).isTrue();
  }

  @Test
  void shouldLetAnotherWaitOfTheSameOwnerBackAtOnce() {
    a.lock("r").createReentrant();
    a.condition("m").create("r");
    a.lock("r").acquire();
    var waiting = a.condition("m").await(SECOND);
    a.lock("r").acquire();
    var other = b.lock("r").acquire();

    world.advance(SECOND);

    assertThat(waiting.response().getHolds()).isEqualTo(2);
    assertThat(other.isWaiting()).isTrue();
  }

  @Test
  void shouldNotWaitTwiceWhenTheCallIsRepeated() {
    var waiting = sleep(a);
    var repeat = a.repeat(waiting);
    wake(b);

    assertThat(waiting.reason()).isEqualTo(ErrorReason.ERROR_REASON_CALL_REPLACED);
    assertThat(repeat.response().getNotified()).isTrue();
    assertThat(a.repeat(repeat).response()).isEqualTo(repeat.response());
  }

  // Who may.

  @Test
  void shouldNeedTheLock() {
    assertThat(a.condition("n").await().reason()).isEqualTo(ErrorReason.ERROR_REASON_NOT_HELD);
    assertThat(a.condition("n").wake(ConditionNotifyRequest.newBuilder()).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_NOT_HELD);
    long token = b.lock("l").acquire().response().getToken();

    assertThat(a.condition("n").await().reason()).isEqualTo(ErrorReason.ERROR_REASON_NOT_OWNER);
    assertThat(a.condition("n").wake(ConditionNotifyRequest.newBuilder()).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_NOT_OWNER);
    assertThat(b.as("another").condition("n").await().reason())
        .isEqualTo(ErrorReason.ERROR_REASON_NOT_OWNER);
    assertThat(
            b.condition("n").await(ConditionWaitRequest.newBuilder().setToken(token - 1)).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_STALE_TOKEN);
    assertThat(
            a.condition("n")
                .wake(ConditionNotifyRequest.newBuilder().setToken(token))
                .response()
                .getNotified())
        .isZero();
  }

  @Test
  void shouldRefuseCountWhereAllAreMeant() {
    a.lock("l").acquire();

    assertThat(
            a.condition("n")
                .wake(ConditionNotifyRequest.newBuilder().setAll(true).setCount(1))
                .metadata())
        .containsEntry("field", "count");
  }

  // Who ends.

  @ParameterizedTest
  @EnumSource
  void shouldPassNotificationOnWhenItsWaiterEndsInLine(Ending ending) {
    Client dying = ending == Ending.DEADLINE ? a.within(SECOND) : a;
    dying.lock("l").acquire().response();
    var first = dying.condition("n").await();
    var second = sleep(b);
    c.lock("l").acquire();
    assertThat(c.condition("n").wake()).isEqualTo(1);

    ending.end(world, a, first);
    assertThat(c.condition("n").get().getWaiting()).isZero();
    c.lock("l").release();

    assertThat(second.response().getNotified()).isTrue();
    assertThat(c.lock("l").get().getToken()).isEqualTo(second.response().getToken());
  }

  @ParameterizedTest
  @EnumSource
  void shouldHoldNothingWhenItEndsAsleep(Ending ending) {
    Client dying = ending == Ending.DEADLINE ? a.within(SECOND) : a;
    dying.lock("l").acquire().response();
    var first = dying.condition("n").await();

    ending.end(world, a, first);

    assertThat(c.lock("l").get().getHeld()).isFalse();
    assertThat(c.condition("n").get().getWaiting()).isZero();
    assertThat(wake(c)).isZero();
  }

  /** How a wait ends without an answer. */
  enum Ending {
    SESSION,
    CANCEL,
    UNDO,
    RPC,
    DEADLINE;

    void end(EngineFixture world, Client of, Pending<?> call) {
      switch (this) {
        case SESSION -> of.dies();
        case CANCEL -> of.cancel(call).response();
        case UNDO -> of.undo(call).response();
        case RPC -> world.abandon(call);
        case DEADLINE -> world.advance(SECOND);
      }
    }
  }

  @Test
  void shouldPassNotificationOnToWhoIsNotEndingToo() {
    var first = sleep(a);
    var second = sleep(b);
    var third = sleep(c);
    d.lock("l").acquire();
    d.condition("n").wake();

    world.abandon(first, second);
    d.lock("l").release();

    assertThat(third.response().getNotified()).isTrue();
  }

  @Test
  void shouldPassNotificationOnWhenAnswerWasNotConfirmed() {
    var first = sleep(a);
    var second = sleep(b);
    wake(c);
    assertThat(first.response().getNotified()).isTrue();

    a.dies();

    assertThat(second.response().getNotified()).isTrue();
    assertThat(second.response().getPreviousOwnerDied()).isTrue();
  }

  @Test
  void shouldReleaseAndPassOnWhatAnswerGaveThatIsCancelled() {
    a.lock("r").createReentrant();
    a.condition("m").create("r");
    a.lock("r").acquire();
    a.lock("r").acquire();
    var first = a.condition("m").await();
    b.lock("r").acquire().response();
    var second = b.condition("m").await();
    c.lock("r").acquire();
    c.condition("m").wake();
    c.lock("r").release();
    assertThat(first.response().getHolds()).isEqualTo(2);

    a.undo(first).response();

    assertThat(second.response().getNotified()).isTrue();
    assertThat(a.repeat(first).reason()).isEqualTo(ErrorReason.ERROR_REASON_CANCELLED);
  }

  @Test
  void shouldPassNotificationOnWhenTheLeaseOfWhoMayNotKnowRanOut() {
    a.lock("l").acquire();
    var first =
        a.condition("n")
            .await(
                ConditionWaitRequest.newBuilder()
                    .setLease(com.google.protobuf.Duration.newBuilder().setSeconds(1)));
    var second = sleep(b);
    wake(c);
    assertThat(first.response().getNotified()).isTrue();
    world.advance(SECOND);
    assertThat(c.lock("l").get().getHeld()).isFalse();
    assertThat(second.isWaiting()).isTrue();

    a.dies();

    assertThat(second.response().getNotified()).isTrue();
  }

  @Test
  void shouldKeepNotificationOfWhoReleasedTheLock() {
    sleep(a);
    var second = sleep(b);
    wake(c);
    a.lock("l").release().response();

    a.dies();

    assertThat(second.isWaiting()).isTrue();
    assertThat(c.lock("l").get().getHeld()).isFalse();
  }

  @Test
  void shouldKeepNotificationOfWhoConfirmedTheAnswer() {
    var first = sleep(a);
    var second = sleep(b);
    wake(c);
    a.confirm(first);

    a.dies();

    assertThat(second.isWaiting()).isTrue();
    assertThat(c.lock("l").get().getHeld()).isFalse();
  }

  @Test
  void shouldPassNotificationsOnInPieces() {
    EngineFixture pieces = EngineFixture.inPieces(1);
    Client dying = pieces.session("a");
    Client living = pieces.session("b");
    Client notifier = pieces.session("c");
    dying.lock("l").create();
    dying.lock("m").create();
    dying.condition("n").create("l");
    var first = sleep(dying);
    var second = sleep(living);
    wake(notifier);
    assertThat(first.response().getNotified()).isTrue();
    dying.lock("m").acquire();

    dying.dies();
    assertThat(notifier.condition("n").get().getWaiting()).isZero();
    pieces.settle();

    assertThat(second.response().getNotified()).isTrue();
  }

  @Test
  void shouldTellWhoSleepsThatTheLockBroke() {
    a.lock("k").create(OnOwnerEnd.ON_OWNER_END_BREAK);
    a.condition("m").create("k");
    a.lock("k").acquire();
    var asleep = a.condition("m").await();
    b.lock("k").acquire();
    var inLine = b.condition("m").await(SECOND);
    c.lock("k").acquire();
    world.advance(SECOND);

    c.confirmBelow(9);
    c.dies();

    assertThat(asleep.reason()).isEqualTo(ErrorReason.ERROR_REASON_LOCK_BROKEN);
    assertThat(inLine.reason()).isEqualTo(ErrorReason.ERROR_REASON_LOCK_BROKEN);
    assertThat(a.condition("m").await().reason()).isEqualTo(ErrorReason.ERROR_REASON_LOCK_BROKEN);
    assertThat(a.condition("m").get().getWaiting()).isZero();
  }

  // The object.

  @Test
  void shouldAnswerSameConditionForSameLock() {
    var again = b.condition("n").create("l").response();

    assertThat(again.getCreated()).isFalse();
    assertThat(a.inspect("n").getObject().getSummary()).isEqualTo("of 'l'");
    a.lock("k").create();
    assertThat(b.condition("n").create("k").reason())
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_EXISTS);
    assertThat(b.condition("o").create("none").reason())
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
    assertThat(b.condition("o").create("n").reason())
        .isEqualTo(ErrorReason.ERROR_REASON_WRONG_KIND);
  }

  @Test
  void shouldRefuseLockThatIsThereOnlyWhileItIsUsed() {
    a.lock("key").acquireWhileUsed();

    assertThat(a.condition("o").create("key").metadata()).containsEntry("field", "lock");
  }

  @Test
  void shouldEndWithItsLock() {
    var asleep = sleep(a);
    var timedOut = sleep(b);
    c.lock("l").acquire();
    c.condition("n").wake();

    c.delete("l");

    assertThat(asleep.reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED);
    assertThat(timedOut.reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED);
    assertThat(a.condition("n").await().reason())
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
    a.lock("l").create();
    assertThat(a.condition("n").create("l").response().getCreated()).isTrue();
  }

  @Test
  void shouldEndInPiecesWithItsLock() {
    EngineFixture pieces = EngineFixture.inPieces(1);
    Client one = pieces.session("a");
    one.lock("l").create();
    one.condition("n").create("l");
    one.condition("m").create("l");
    one.lock("l").acquire();
    var first = one.condition("n").await(SECOND);
    one.lock("l").acquire();
    var second = one.condition("m").await();

    one.delete("l");
    one.lock("l").create();
    pieces.advance(SECOND);

    assertThat(first.reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED);
    assertThat(second.reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED);
  }

  @Test
  void shouldLetThoseBackWhoWereNotifiedBeforeItWasDeleted() {
    var notified = sleep(a);
    var asleep = sleep(b);
    c.lock("l").acquire();
    c.condition("n").wake();

    c.delete("n");
    assertThat(asleep.reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED);
    c.lock("l").release();

    assertThat(notified.response().getNotified()).isTrue();
    a.dies();
    assertThat(c.lock("l").get().getHeld()).isFalse();
  }

  @Test
  void shouldBeOfTheLockThatWasMeant() {
    long incarnation = a.inspect("l").getObject().getRef().getIncarnation();
    ConditionCreateRequest.Builder meant =
        ConditionCreateRequest.newBuilder().setLock("l").setLockIncarnation(incarnation);
    assertThat(b.condition("m").create(meant).response().getCreated()).isTrue();
    a.delete("l").response();
    a.lock("l").create().response();

    assertThat(b.condition("m").create(meant).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED);
    assertThat(b.condition("m").create("l").response().getCreated()).isTrue();
  }

  @Test
  void shouldNotCountSleepersAmongThoseWhoWaitForItsLock() {
    sleep(a);
    sleep(b);
    assertThat(c.inspect("l").getObject().getWaiters()).isZero();
    assertThat(c.inspect("l").getWaitersList()).isEmpty();
    assertThat(c.inspect("n").getWaitersList())
        .extracting(Waiter::getDetail)
        .containsExactly("sleeps", "sleeps");

    c.lock("l").acquire().response();
    c.condition("n").wake();

    assertThat(c.inspect("l").getObject().getWaiters()).isEqualTo(1);
    assertThat(c.lock("l").get().getWaitersList())
        .extracting(Waiter::getDetail)
        .containsExactly("is notified");
    assertThat(c.inspect("n").getObject().getWaiters()).isEqualTo(1);
  }

  @Test
  void shouldKeepItsLock() {
    a.lock("kept").create(LockCreateRequest.newBuilder().setLifetime(Lifetime.LIFETIME_REFERENCED));
    b.condition("m")
        .create(
            ConditionCreateRequest.newBuilder()
                .setLock("kept")
                .setLifetime(Lifetime.LIFETIME_REFERENCED));

    a.dies();
    assertThat(b.lock("kept").acquire().response().getAcquired()).isTrue();
    assertThat(b.inspect("kept").getObject().getStoredRefs()).isEqualTo(1);
    b.dies();

    assertThat(c.lock("kept").acquire().reason())
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
  }

  @Test
  void shouldEndWithTheSessionOfItsLock() {
    a.lock("mine").create(LockCreateRequest.newBuilder().setLifetime(Lifetime.LIFETIME_SESSION));
    b.condition("m").create("mine");
    b.lock("mine").acquire();
    var waiting = b.condition("m").await();

    a.dies();

    assertThat(waiting.reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED);
    assertThat(b.condition("m").await().reason())
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
  }

  @Test
  void shouldBoundConditionsOfALock() {
    EngineFixture large =
        new EngineFixture(
            EngineFixture.LIMITS.toBuilder().setObjects(5_000).build(),
            EngineFixture.Care.INVARIANTS);
    Client one = large.session("a");
    one.lock("l").create();
    for (int i = 0; i < Conditions.MOST; i++) {
      one.unnumbered().condition("n" + i).create("l").response();
    }

    assertThat(one.condition("more").create("l").reason())
        .isEqualTo(ErrorReason.ERROR_REASON_LIMIT_REACHED);
    assertThat(one.condition("n0").create("l").response().getCreated()).isFalse();
    one.delete("n0");
    assertThat(one.condition("more").create("l").response().getCreated()).isTrue();
  }

  @Test
  void shouldLeaveNothingBehind() {
    sleep(a);
    sleep(b);
    wake(c);
    c.delete("l");
    a.dies();
    b.dies();
    c.dies();
    d.dies();

    assertThat(world.isEmpty()).isTrue();
  }

  @Test
  void shouldLetReentrantAcquireOfWhoCameBackCount() {
    LockAcquireRequest.Builder now =
        LockAcquireRequest.newBuilder()
            .setTimeout(com.google.protobuf.Duration.getDefaultInstance());
    a.lock("r").create(LockCreateRequest.newBuilder().setKind(LockKind.LOCK_KIND_REENTRANT));
    a.condition("m").create("r");
    a.lock("r").acquire();
    var back = a.condition("m").await(Duration.ZERO);

    assertThat(a.lock("r").acquire(now).response().getToken())
        .isEqualTo(back.response().getToken());
    assertThat(a.lock("r").get().getHolds()).isEqualTo(2);
  }
}
