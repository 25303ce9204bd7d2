package dev.polyproc.server.engine.sync;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.server.engine.Client;
import dev.polyproc.server.engine.EngineFixture;
import dev.polyproc.server.engine.Pending;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.OnOwnerEnd;
import dev.polyproc.v1.SemaphoreAcquireRequest;
import dev.polyproc.v1.SemaphoreAcquireResponse;
import dev.polyproc.v1.SemaphoreCreateRequest;
import dev.polyproc.v1.SemaphoreKind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What becomes of permits when a session that holds some, or their lease, ends. */
final class SemaphoreOwnerEndTest {
  private static final int MANY = 40;
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration NO_TIME = Duration.ZERO;

  private EngineFixture world = new EngineFixture();
  private Client a = world.session("a");
  private Client b = world.session("b");
  private Client c = world.session("c");

  private void inPieces() {
    world = EngineFixture.inPieces(8);
    a = world.session("a");
    b = world.session("b");
    c = world.session("c");
  }

  /** Acquires permits, and has the reply for sure. */
  private static SemaphoreAcquireResponse knowingly(Client client, int permits) {
    Pending<SemaphoreAcquireResponse> acquired = client.semaphore("s").acquire(permits);
    client.confirm(acquired);
    return acquired.response();
  }

  private boolean isWorking() {
    return world.engine().nextDeadline() <= world.now();
  }

  @Test
  void shouldGivePermitsBackAndSayWhy() {
    a.semaphore("s").create(3);
    knowingly(a, 2);
    knowingly(a, 1);
    var next = b.semaphore("s").acquire(2);
    var afterNext = c.semaphore("s").acquire(1);

    a.dies();

    assertThat(next.response().getPreviousOwnerDied()).isTrue();
    assertThat(afterNext.response().getAcquired()).isTrue();
    assertThat(afterNext.response().getPreviousOwnerDied()).isFalse();
    assertThat(b.semaphore("s").get().getHoldersCount()).isEqualTo(2);
  }

  @Test
  void shouldTellWhoeverDrainsThatPreviousOwnerDied() {
    a.semaphore("s").create(3);
    knowingly(a, 2);
    a.end();

    var drained = b.semaphore("s").drain().response();

    assertThat(drained.getPermits()).isEqualTo(3);
    assertThat(drained.getPreviousOwnerDied()).isTrue();
    b.semaphore("s").release(3);
    assertThat(b.semaphore("s").acquire(1).response().getPreviousOwnerDied()).isFalse();
  }

  @Test
  void shouldGiveBackOnlyWhatIsStillHeld() {
    a.semaphore("s").create(3);
    knowingly(a, 3);
    b.semaphore("s").release(2);

    a.dies();

    assertThat(b.semaphore("s").get().getPermits()).isEqualTo(3);
  }

  @Test
  void shouldKeepPermitsUntilSomebodyReleasesThem() {
    a.semaphore("s").create(3, OnOwnerEnd.ON_OWNER_END_KEEP);
    long token = knowingly(a, 3).getToken();
    var waiting = b.semaphore("s").acquire(1);

    a.dies();

    assertThat(waiting.isWaiting()).isTrue();
    assertThat(b.semaphore("s").get().getHolders(0).getDetail())
        .isEqualTo("token " + token + ", 3 permits, its session has ended");
    c.semaphore("s").release(1);
    assertThat(waiting.response().getAcquired()).isTrue();
    assertThat(waiting.response().getPreviousOwnerDied()).isFalse();
    assertThat(c.semaphore("s").release(1, token).response().getPermits()).isEqualTo(1);
  }

  @Test
  void shouldLetAnyoneReleaseOwnedPermitsThatAreKept() {
    a.semaphore("s")
        .create(
            SemaphoreCreateRequest.newBuilder()
                .setPermits(4)
                .setKind(SemaphoreKind.SEMAPHORE_KIND_OWNED)
                .setOnOwnerEnd(OnOwnerEnd.ON_OWNER_END_KEEP));
    knowingly(b, 1);
    long token = knowingly(a, 1).getToken();
    long other = knowingly(c, 1).getToken();
    c.dies();
    a.dies();

    assertThat(b.semaphore("s").release(2).response().getPermits()).isEqualTo(3);
    assertThat(b.semaphore("s").release(1, token).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_STALE_TOKEN);
    assertThat(world.anonymous().semaphore("s").release(1, other).response().getPermits())
        .isEqualTo(4);
  }

  @Test
  void shouldBreakForGood() {
    a.semaphore("s").create(3, OnOwnerEnd.ON_OWNER_END_BREAK);
    knowingly(a, 1);
    knowingly(c, 1);
    var waiting = b.semaphore("s").acquire(2);

    a.dies();

    assertThat(waiting.reason()).isEqualTo(ErrorReason.ERROR_REASON_SEMAPHORE_BROKEN);
    assertThat(b.semaphore("s").acquire(1, NO_TIME).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_SEMAPHORE_BROKEN);
    assertThat(b.semaphore("s").drain().reason())
        .isEqualTo(ErrorReason.ERROR_REASON_SEMAPHORE_BROKEN);
    assertThat(b.semaphore("s").get().getBroken()).isTrue();
    assertThat(b.inspect("s").getObject().getSummary()).isEqualTo("broken");
    assertThat(c.semaphore("s").release(1).response().getPermits()).isEqualTo(2);
    b.delete("s");
    b.semaphore("s").create(1);
    assertThat(b.semaphore("s").acquire(1).response().getAcquired()).isTrue();
  }

  @Test
  void shouldNotBreakWhenReleasedInTime() {
    a.semaphore("s").create(1, OnOwnerEnd.ON_OWNER_END_BREAK);
    knowingly(a, 1);
    a.semaphore("s").release(1);

    a.dies();

    assertThat(knowingly(b, 1).getPreviousOwnerDied()).isFalse();
  }

  @ParameterizedTest
  @EnumSource(
      value = OnOwnerEnd.class,
      names = {"ON_OWNER_END_RELEASE", "ON_OWNER_END_KEEP", "ON_OWNER_END_BREAK"})
  void shouldTakeUnconfirmedGrantBack(OnOwnerEnd onOwnerEnd) {
    a.semaphore("s").create(2, onOwnerEnd);
    knowingly(b, 2);
    var unheard = a.semaphore("s").acquire(2);
    var next = c.semaphore("s").acquire(2);
    b.semaphore("s").release(2);
    assertThat(unheard.response().getAcquired()).isTrue();

    a.dies();

    assertThat(next.response().getAcquired()).isTrue();
    assertThat(next.response().getPreviousOwnerDied()).isTrue();
  }

  @Test
  void shouldTakeBackWhatACancelUndoes() {
    a.semaphore("s").create(3);
    var acquired = a.semaphore("s").acquire(2);
    var drained = a.semaphore("s").drain();
    assertThat(drained.response().getPermits()).isEqualTo(1);

    a.undo(acquired);
    assertThat(b.semaphore("s").get().getPermits()).isEqualTo(2);
    a.undo(drained);

    assertThat(b.semaphore("s").get().getPermits()).isEqualTo(3);
    assertThat(b.semaphore("s").acquire(1).response().getPreviousOwnerDied()).isTrue();
  }

  @Test
  void shouldTakeNothingBackThatWasReleased() {
    a.semaphore("s").create(3);
    var acquired = a.semaphore("s").acquire(2);
    b.semaphore("s").release(2);

    a.undo(acquired);
    a.dies();

    assertThat(b.semaphore("s").get().getPermits()).isEqualTo(3);
    assertThat(b.semaphore("s").acquire(1).response().getPreviousOwnerDied()).isFalse();
  }

  @Test
  void shouldHandNothingOverThatEndsWithTheSession() {
    a.semaphore("s")
        .create(
            SemaphoreCreateRequest.newBuilder()
                .setPermits(1)
                .setLifetime(Lifetime.LIFETIME_SESSION));
    knowingly(a, 1);
    var waiting = b.semaphore("s").acquire(1);

    a.dies();

    assertThat(waiting.reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED);
  }

  @Test
  void shouldForgetAllWhenDeleted() {
    a.semaphore("s").create(3);
    knowingly(a, 1);
    a.semaphore("s").lease(1, SECOND);
    b.delete("s");
    world.settle();
    a.dies();
    b.end();
    c.end();

    assertThat(world.isEmpty()).isTrue();
  }

  // Leases.

  @ParameterizedTest
  @EnumSource(
      value = OnOwnerEnd.class,
      names = {"ON_OWNER_END_RELEASE", "ON_OWNER_END_KEEP", "ON_OWNER_END_BREAK"})
  void shouldGivePermitsBackWhenLeaseEnds(OnOwnerEnd onOwnerEnd) {
    a.semaphore("s").create(2, onOwnerEnd);
    long token = a.semaphore("s").lease(2, SECOND).response().getToken();
    var next = b.semaphore("s").acquire(1);

    world.advance(SECOND.minusNanos(1));
    assertThat(next.isWaiting()).isTrue();
    world.advance(Duration.ofNanos(1));

    assertThat(next.response().getPreviousOwnerDied()).isTrue();
    assertThat(a.semaphore("s").release(1, token).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_STALE_TOKEN);
    assertThat(b.semaphore("s").get().getPermits()).isEqualTo(1);
  }

  @Test
  void shouldBeginLeaseWithTheHold() {
    a.semaphore("s").create(1);
    a.semaphore("s").acquire(1);
    var waiting =
        b.semaphore("s")
            .acquire(
                SemaphoreAcquireRequest.newBuilder()
                    .setLease(com.google.protobuf.Duration.newBuilder().setSeconds(1)));
    world.advance(SECOND.multipliedBy(5));
    a.semaphore("s").release(1);
    assertThat(waiting.response().getAcquired()).isTrue();

    world.advance(SECOND.minusNanos(1));
    assertThat(a.semaphore("s").get().getPermits()).isZero();
    world.advance(Duration.ofNanos(1));
    assertThat(a.semaphore("s").get().getPermits()).isEqualTo(1);
  }

  @Test
  void shouldForgetLeaseOfPermitsThatAreReleased() {
    a.semaphore("s").create(1);
    a.semaphore("s").lease(1, SECOND);
    a.semaphore("s").release(1);
    b.semaphore("s").acquire(1);

    world.advance(SECOND);

    assertThat(b.semaphore("s").get().getPermits()).isZero();
  }

  @Test
  void shouldEndLeaseOfPermitsThatAreKept() {
    a.semaphore("s").create(1, OnOwnerEnd.ON_OWNER_END_KEEP);
    a.confirm(a.semaphore("s").lease(1, SECOND));
    a.dies();
    assertThat(b.semaphore("s").get().getPermits()).isZero();

    world.advance(SECOND);

    assertThat(knowingly(b, 1).getPreviousOwnerDied()).isTrue();
  }

  // Pieces.

  private void hold(int times) {
    for (int i = 0; i < times; i++) {
      knowingly(a, 1);
    }
  }

  @Test
  void shouldShowTheEndOfASessionAtOnce() {
    inPieces();
    b.semaphore("s").create(MANY);
    hold(MANY);

    a.dies();

    assertThat(isWorking()).isTrue();
    assertThat(b.semaphore("s").get().getPermits()).isEqualTo(MANY);
    assertThat(b.semaphore("s").get().getHoldersCount()).isZero();
    assertThat(b.semaphore("s").acquire(MANY, NO_TIME).response().getPreviousOwnerDied()).isTrue();
    world.settle();
    assertThat(b.semaphore("s").get().getPermits()).isZero();
    assertThat(b.semaphore("s").get().getHoldersCount()).isEqualTo(1);
    assertThat(b.semaphore("s").release(MANY).response().getPermits()).isEqualTo(MANY);
    assertThat(c.semaphore("s").acquire(1).response().getPreviousOwnerDied()).isFalse();
  }

  @Test
  void shouldTakeNoMoreThanThereIsRoomForBesideWhatIsOnItsWayBack() {
    inPieces();
    b.semaphore("s").create(SemaphoreCreateRequest.newBuilder().setPermits(40).setMaxPermits(40));
    for (int i = 0; i < 40; i++) {
      a.semaphore("s").acquire(1).response();
    }

    a.dies();

    assertThat(isWorking()).isTrue();
    assertThat(b.semaphore("s").release(8).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_OVER_RELEASED);
    world.settle();
    assertThat(b.semaphore("s").get().getPermits()).isEqualTo(40);
  }

  @Test
  void shouldServeAllThatWaitedForASessionThatEnded() {
    inPieces();
    b.semaphore("s").create(MANY);
    hold(MANY);
    List<Pending<SemaphoreAcquireResponse>> waiting = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      waiting.add(b.semaphore("s").acquire(1));
    }

    a.dies();
    world.settle();

    assertThat(waiting).allMatch(call -> call.response().getAcquired());
    assertThat(waiting)
        .filteredOn(call -> call.response().getPreviousOwnerDied())
        .containsExactly(waiting.get(0));
  }

  @Test
  void shouldNotTakeReleasesOffWhatHasEnded() {
    inPieces();
    b.semaphore("s").create(MANY);
    hold(MANY - 1);
    a.dies();

    assertThat(c.semaphore("s").release(1).response().getPermits()).isEqualTo(MANY + 1);
    world.settle();

    assertThat(c.semaphore("s").get().getPermits()).isEqualTo(MANY + 1);
  }

  @Test
  void shouldBreakThoughSomebodyComesMeanwhile() {
    inPieces();
    b.semaphore("s").create(MANY, OnOwnerEnd.ON_OWNER_END_BREAK);
    hold(MANY);
    var waiting = c.semaphore("s").acquire(MANY);
    a.dies();
    assertThat(isWorking()).isTrue();

    assertThat(b.semaphore("s").get().getBroken()).isTrue();
    assertThat(b.semaphore("s").acquire(1).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_SEMAPHORE_BROKEN);
    assertThat(waiting.reason()).isEqualTo(ErrorReason.ERROR_REASON_SEMAPHORE_BROKEN);
    world.settle();
    assertThat(b.semaphore("s").get().getHoldersCount()).isZero();
  }

  @ParameterizedTest
  @EnumSource(
      value = OnOwnerEnd.class,
      names = {"ON_OWNER_END_RELEASE", "ON_OWNER_END_KEEP", "ON_OWNER_END_BREAK"})
  void shouldGiveUnconfirmedPermitsBackTogether(OnOwnerEnd onOwnerEnd) {
    inPieces();
    b.semaphore("s").create(MANY, onOwnerEnd);
    for (int i = 0; i < MANY; i++) {
      a.semaphore("s").acquire(1);
    }
    var first = b.semaphore("s").acquire(1);
    var second = c.semaphore("s").acquire(MANY - 1);
    a.dies();
    assertThat(isWorking()).isTrue();

    world.settle();

    assertThat(first.response().getPreviousOwnerDied()).isTrue();
    assertThat(second.response().getAcquired()).isTrue();
    assertThat(second.response().getPreviousOwnerDied()).isFalse();
    assertThat(b.semaphore("s").get().getBroken()).isFalse();
  }

  @Test
  void shouldServeNobodyWhoIsAboutToBeToldThatItBroke() {
    inPieces();
    b.semaphore("s").create(MANY, OnOwnerEnd.ON_OWNER_END_BREAK);
    knowingly(a, 1);
    for (int i = 1; i < MANY; i++) {
      a.semaphore("s").acquire(1);
    }
    var waiting = b.semaphore("s").acquire(1);

    a.dies();
    world.settle();

    assertThat(waiting.reason()).isEqualTo(ErrorReason.ERROR_REASON_SEMAPHORE_BROKEN);
  }

  @Test
  void shouldKeepInPieces() {
    inPieces();
    b.semaphore("s").create(MANY, OnOwnerEnd.ON_OWNER_END_KEEP);
    hold(MANY);
    a.dies();
    assertThat(isWorking()).isTrue();

    assertThat(b.semaphore("s").release(1).response().getPermits()).isEqualTo(1);
    world.settle();

    assertThat(b.semaphore("s").get().getPermits()).isEqualTo(1);
    assertThat(b.semaphore("s").get().getHoldersCount()).isEqualTo(MANY - 1);
    assertThat(b.semaphore("s").release(MANY).response().getPermits()).isEqualTo(MANY + 1);
  }

  @ParameterizedTest
  @EnumSource(
      value = OnOwnerEnd.class,
      names = {"ON_OWNER_END_RELEASE", "ON_OWNER_END_KEEP", "ON_OWNER_END_BREAK"})
  void shouldEndLeasesMeanwhile(OnOwnerEnd onOwnerEnd) {
    inPieces();
    b.semaphore("s").create(MANY, onOwnerEnd);
    for (int i = 0; i < MANY; i++) {
      a.confirm(a.semaphore("s").lease(1, SECOND));
    }
    a.dies();
    assertThat(isWorking()).isTrue();
    world.stall(SECOND);
    world.settle();

    assertThat(b.semaphore("s").get().getBroken())
        .isEqualTo(onOwnerEnd == OnOwnerEnd.ON_OWNER_END_BREAK);
    assertThat(b.semaphore("s").get().getHoldersCount()).isZero();
    if (onOwnerEnd != OnOwnerEnd.ON_OWNER_END_BREAK) {
      assertThat(b.semaphore("s").acquire(MANY, NO_TIME).response().getAcquired()).isTrue();
    }
  }

  @Test
  void shouldForgetInPiecesWhatADeletedOneHeld() {
    inPieces();
    b.semaphore("s").create(MANY);
    hold(MANY);
    b.delete("s");
    assertThat(isWorking()).isTrue();

    a.dies();
    world.settle();
    b.end();
    c.end();
    world.settle();

    assertThat(world.isEmpty()).isTrue();
  }
}
