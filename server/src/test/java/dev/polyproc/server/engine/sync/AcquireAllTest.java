package dev.polyproc.server.engine.sync;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.server.engine.Client;
import dev.polyproc.server.engine.EngineFixture;
import dev.polyproc.server.engine.Pending;
import dev.polyproc.server.engine.time.Times;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.LockAcquireAllRequest;
import dev.polyproc.v1.LockAcquireAllResponse;
import dev.polyproc.v1.LockAcquireResponse;
import dev.polyproc.v1.LockCreateRequest;
import dev.polyproc.v1.OnOwnerEnd;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class AcquireAllTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final EngineFixture world = new EngineFixture();
  private final Client a = world.session("a");
  private final Client b = world.session("b");
  private final Client c = world.session("c");

  private static Pending<LockAcquireAllResponse> all(Client client, String... locks) {
    return all(client, LockAcquireAllRequest.newBuilder().addAllLocks(List.of(locks)));
  }

  private static Pending<LockAcquireAllResponse> all(
      Client client, LockAcquireAllRequest.Builder request) {
    return client.call(
        "LockService/AcquireAll", request.build(), LockAcquireAllResponse.getDefaultInstance());
  }

  private void create(String... locks) {
    for (String lock : locks) {
      a.lock(lock).create().response();
    }
  }

  @Test
  void shouldTakeAllThatAreFreeAtOnce() {
    create("x", "y");

    LockAcquireAllResponse held = all(a, "y", "x").response();

    assertThat(held.getAcquired()).isTrue();
    assertThat(held.getHoldsList()).hasSize(2).allMatch(LockAcquireResponse::getAcquired);
    assertThat(a.lock("y").release(held.getHolds(0).getToken()).response().getHolds()).isZero();
    assertThat(a.lock("x").release(held.getHolds(1).getToken()).response().getHolds()).isZero();
  }

  @Test
  void shouldTakeNoneWhileOneIsHeld() {
    create("x", "y");
    b.lock("y").acquire();

    Pending<LockAcquireAllResponse> both = all(a, "x", "y");

    assertThat(both.isWaiting()).isTrue();
    assertThat(a.lock("x").get().getHeld()).isFalse();
    b.lock("y").release();
    assertThat(both.response().getAcquired()).isTrue();
    assertThat(a.lock("x").get().getHeld()).isTrue();
  }

  @Test
  void shouldBeOvertakenInNoneOfItsLines() {
    create("x", "y");
    b.lock("y").acquire();
    Pending<LockAcquireAllResponse> both = all(a, "x", "y");

    Pending<LockAcquireResponse> behind = c.lock("x").acquire();
    assertThat(behind.isWaiting()).isTrue();
    assertThat(c.lock("x").acquire(Duration.ZERO).response().getAcquired()).isFalse();
    b.lock("y").release();

    assertThat(both.response().getAcquired()).isTrue();
    assertThat(behind.isWaiting()).isTrue();
    a.lock("x").release();
    assertThat(behind.response().getAcquired()).isTrue();
  }

  @Test
  void shouldNotDeadlockWithOthersOfItsKindWhateverTheOrder() {
    create("x", "y");
    c.lock("x").acquire();
    Pending<LockAcquireAllResponse> first = all(a, "x", "y");
    Pending<LockAcquireAllResponse> second = all(b, "y", "x");

    c.lock("x").release();

    assertThat(first.response().getAcquired()).isTrue();
    assertThat(second.isWaiting()).isTrue();
    a.lock("y").release();
    a.lock("x").release();
    assertThat(second.response().getAcquired()).isTrue();
  }

  @Test
  void shouldHoldNoneWhenTheTimeIsUpAndLetThoseBehindGoOn() {
    create("x", "y");
    b.lock("y").acquire();
    Pending<LockAcquireAllResponse> both =
        all(
            a,
            LockAcquireAllRequest.newBuilder()
                .addLocks("x")
                .addLocks("y")
                .setTimeout(Times.duration(SECOND.toNanos())));
    Pending<LockAcquireResponse> behind = c.lock("x").acquire();

    world.advance(SECOND);

    assertThat(both.response().getAcquired()).isFalse();
    assertThat(both.response().getHoldsList()).isEmpty();
    assertThat(behind.response().getAcquired()).isTrue();
  }

  @Test
  void shouldLeaveAllItsLinesWhenItsCallerDies() {
    create("x", "y");
    b.lock("y").acquire();
    all(a, "x", "y");
    Pending<LockAcquireResponse> behind = c.lock("x").acquire();

    a.dies();

    assertThat(behind.response().getAcquired()).isTrue();
    assertThat(b.lock("y").get().getWaitersCount()).isZero();
  }

  @Test
  void shouldCountAReentrantLockOfItsOwnerAsFree() {
    a.lock("mine").createReentrant();
    create("other");
    long token = a.lock("mine").acquire().response().getToken();
    b.lock("other").acquire();

    Pending<LockAcquireAllResponse> both = all(a, "mine", "other");
    assertThat(both.isWaiting()).isTrue();
    b.lock("other").release();

    assertThat(both.response().getHolds(0).getToken()).isEqualTo(token);
    assertThat(a.lock("mine").get().getHolds()).isEqualTo(2);
  }

  @Test
  void shouldTakeAllBackThatWasNotConfirmed() {
    create("x", "y");
    Pending<LockAcquireAllResponse> both = all(a, "x", "y");
    Pending<LockAcquireAllResponse> next = all(b, "y", "x");

    a.undo(both).response();

    assertThat(next.response().getHoldsList()).allMatch(LockAcquireResponse::getPreviousOwnerDied);
  }

  @Test
  void shouldTakeBackTheOthersWhenOneIsDeleted() {
    create("x", "y");
    Pending<LockAcquireAllResponse> both = all(a, "x", "y");
    b.delete("x").response();
    Pending<LockAcquireResponse> next = b.lock("y").acquire();

    a.undo(both).response();

    assertThat(next.response().getAcquired()).isTrue();
  }

  @Test
  void shouldBeRefusedWhenOneBreaksOrIsDeleted() {
    a.lock("breaks").create(OnOwnerEnd.ON_OWNER_END_BREAK);
    create("x", "y");
    b.confirm(b.lock("breaks").acquire());
    Pending<LockAcquireAllResponse> broken = all(a, "x", "breaks");
    c.lock("y").acquire();
    Pending<LockAcquireAllResponse> deleted = all(a.as("other"), "x", "y");

    b.dies();
    assertThat(broken.reason()).isEqualTo(ErrorReason.ERROR_REASON_LOCK_BROKEN);
    a.delete("y").response();
    assertThat(deleted.reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED);

    assertThat(c.lock("x").acquire().response().getAcquired()).isTrue();
    assertThat(all(a, "breaks").reason()).isEqualTo(ErrorReason.ERROR_REASON_LOCK_BROKEN);
  }

  @Test
  void shouldMakeLocksThatAreThereOnlyWhileTheyAreUsed() {
    LockAcquireAllRequest.Builder accounts =
        LockAcquireAllRequest.newBuilder()
            .addLocks("account/1")
            .addLocks("account/2")
            .setCreate(LockCreateRequest.newBuilder().setLifetime(Lifetime.LIFETIME_WHILE_USED));
    b.lock("account/2").acquireWhileUsed();

    Pending<LockAcquireAllResponse> both = all(a, accounts);
    assertThat(both.isWaiting()).isTrue();
    assertThat(a.lock("account/1").get().getWaitersCount()).isEqualTo(1);
    b.lock("account/2").release();
    assertThat(both.response().getAcquired()).isTrue();

    a.lock("account/1").release();
    a.lock("account/2").release();
    assertThat(world.objects()).isZero();
  }

  @Test
  void shouldMakeNoneWhereItDoesNotWait() {
    b.lock("account/2").acquireWhileUsed();
    LockAcquireAllRequest.Builder now =
        LockAcquireAllRequest.newBuilder()
            .addLocks("account/1")
            .addLocks("account/2")
            .setTimeout(Times.duration(0))
            .setCreate(LockCreateRequest.newBuilder().setLifetime(Lifetime.LIFETIME_WHILE_USED));

    assertThat(all(a, now).response().getAcquired()).isFalse();
    assertThat(world.objects()).isEqualTo(1);
  }

  @Test
  void shouldTakeAReentrantLockOfItsOwnAgainThoughSomebodyWaitsForIt() {
    a.lock("mine").createReentrant();
    create("other");
    a.lock("mine").acquire().response();
    Pending<LockAcquireResponse> behind = b.lock("mine").acquire();

    assertThat(all(a, "mine", "other").response().getAcquired()).isTrue();

    assertThat(a.lock("mine").get().getHolds()).isEqualTo(2);
    assertThat(behind.isWaiting()).isTrue();
  }

  @Test
  void shouldTakeAReentrantLockOfItsOwnAgainWhenTheOthersAreFree() {
    a.lock("mine").createReentrant();
    create("other");
    a.lock("mine").acquire().response();
    c.lock("other").acquire().response();
    b.lock("mine").acquire();

    Pending<LockAcquireAllResponse> both = all(a, "mine", "other");
    assertThat(both.isWaiting()).isTrue();
    c.lock("other").release();

    assertThat(both.response().getAcquired()).isTrue();
    assertThat(a.lock("mine").get().getHolds()).isEqualTo(2);
  }

  @Test
  void shouldStandBeforeWhoComesBackFromACondition() {
    create("x", "y");
    a.lock("x").acquire().response();
    a.condition("filled").create("x").response();
    var sleeper = a.condition("filled").await();
    b.lock("x").acquire().response();
    c.lock("y").acquire().response();
    Pending<LockAcquireAllResponse> both = all(world.session("d"), "x", "y");
    b.condition("filled").wake();
    b.lock("x").release();

    assertThat(sleeper.isWaiting()).isTrue();
    c.lock("y").release();
    assertThat(both.response().getAcquired()).isTrue();
    assertThat(sleeper.isWaiting()).isTrue();
  }

  @Test
  void shouldTellAllWhereALeaseEndsBetweenThePiecesOfAnEndThatBreaks() {
    EngineFixture pieces = EngineFixture.inPieces(2);
    Client waits = pieces.session("waits");
    Client holds = pieces.session("holds");
    Client last = pieces.session("last");
    waits.lock("breaks").create(OnOwnerEnd.ON_OWNER_END_BREAK);
    waits.lock("y").create().response();
    for (int i = 0; i < 40; i++) {
      holds.lock("held" + i).create().response();
      holds.confirm(holds.lock("held" + i).acquire());
    }
    holds.confirm(holds.lock("breaks").lease(SECOND));
    Pending<LockAcquireAllResponse> both = all(waits, "breaks", "y");
    Pending<LockAcquireResponse> behind = last.lock("breaks").acquire();

    holds.dies();
    pieces.stall(SECOND.multipliedBy(2));
    last.lock("y").get();
    pieces.tick();

    assertThat(both.reason()).isEqualTo(ErrorReason.ERROR_REASON_LOCK_BROKEN);
    assertThat(behind.reason()).isEqualTo(ErrorReason.ERROR_REASON_LOCK_BROKEN);
  }

  @Test
  void shouldMeanTheVeryLocksWhoseIncarnationsAreGiven() {
    create("x");
    long y = a.lock("y").create().response().getRef().getIncarnation();
    LockAcquireAllRequest.Builder both =
        LockAcquireAllRequest.newBuilder()
            .addLocks("x")
            .addLocks("y")
            .addIncarnations(0)
            .addIncarnations(y);
    assertThat(all(a, both).response().getAcquired()).isTrue();

    a.delete("y").response();
    create("y");

    assertThat(all(a, both).reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED);
  }

  @Test
  void shouldRefuseNoneTooManyAndTheSameTwice() {
    create("x");
    assertThat(all(a).metadata()).containsEntry("field", "locks");
    assertThat(all(a, "x", "x").sentence())
        .isEqualTo("Expected each lock once, but 'x' is there twice");
    String[] many = IntStream.range(0, 65).mapToObj(i -> "l" + i).toArray(String[]::new);
    assertThat(all(a, many).sentence()).isEqualTo("Expected 1 to 64 locks, but there are 65");
    assertThat(all(a, "x", "absent").reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
    assertThat(all(world.anonymous(), "x").reason())
        .isEqualTo(ErrorReason.ERROR_REASON_SESSION_REQUIRED);
  }

  @Test
  void shouldLetItsOwnerHaveAllItsLocksAgainWhoeverWaits() {
    a.lock("x").createReentrant().response();
    a.lock("y").createReentrant().response();
    b.lock("x").acquire().response();
    Pending<LockAcquireResponse> first = a.lock("x").acquire();
    Pending<LockAcquireAllResponse> both = all(a, "x", "y");
    Pending<LockAcquireResponse> behind = c.lock("y").acquire();
    Pending<LockAcquireResponse> again = a.lock("y").acquire();

    b.lock("x").release().response();

    assertThat(first.response().getAcquired()).isTrue();
    assertThat(both.response().getAcquired()).isTrue();
    assertThat(again.response().getToken()).isEqualTo(both.response().getHolds(1).getToken());
    assertThat(behind.isWaiting()).isTrue();
    assertThat(a.lock("y").get().getHolds()).isEqualTo(2);
  }

  @Test
  void shouldServeAllThatTheOwnerWaitsForThroughLocksItTakesOnTheWay() {
    for (String name : List.of("x", "y", "z")) {
      a.lock(name).createReentrant().response();
    }
    b.lock("x").acquire().response();
    Pending<LockAcquireResponse> first = a.lock("x").acquire();
    Pending<LockAcquireAllResponse> near = all(a, "x", "y");
    Pending<LockAcquireAllResponse> far = all(a, "y", "z");
    Pending<LockAcquireResponse> last = a.lock("z").acquire();

    b.lock("x").release().response();

    assertThat(first.response().getAcquired()).isTrue();
    assertThat(near.response().getAcquired()).isTrue();
    assertThat(far.response().getAcquired()).isTrue();
    assertThat(last.response().getAcquired()).isTrue();
  }

  @Test
  void shouldLeaveNoLockBehindThatOnlyItUsedWhenItsSessionEndsInPieces() {
    EngineFixture pieces = EngineFixture.inPieces(1);
    Client holds = pieces.session("holds");
    Client waits = pieces.session("waits");
    holds.lock("y").acquireWhileUsed().response();
    all(
        waits,
        LockAcquireAllRequest.newBuilder()
            .addAllLocks(List.of("x", "y"))
            .setCreate(LockCreateRequest.newBuilder().setLifetime(Lifetime.LIFETIME_WHILE_USED)));
    waits.lock("z").acquireWhileUsed().response();

    waits.dies();
    pieces.settle();

    assertThat(holds.lock("x").acquire().reason())
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
  }
}
