package dev.polyproc.server.engine.sync;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.server.engine.Client;
import dev.polyproc.server.engine.EngineFixture;
import dev.polyproc.server.engine.LockCalls;
import dev.polyproc.server.engine.time.Times;
import dev.polyproc.v1.AdminListRequest;
import dev.polyproc.v1.AdminListResponse;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.LockAcquireRequest;
import dev.polyproc.v1.LockCreateRequest;
import dev.polyproc.v1.LockKind;
import dev.polyproc.v1.OnOwnerEnd;
import dev.polyproc.v1.QueueCreateRequest;
import dev.polyproc.v1.Ref;
import dev.polyproc.v1.Value;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Locks that are there only while they are used. */
final class LockWhileUsedTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final EngineFixture world = new EngineFixture();
  private final Client a = world.session("a");
  private final Client b = world.session("b");

  private List<String> objects() {
    return world
        .anonymous()
        .call(
            "AdminService/List",
            AdminListRequest.getDefaultInstance(),
            AdminListResponse.getDefaultInstance())
        .response()
        .getObjectsList()
        .stream()
        .map(object -> object.getRef().getName())
        .toList();
  }

  private static LockAcquireRequest.Builder with(OnOwnerEnd onOwnerEnd) {
    return LockCalls.whileUsed(LockCreateRequest.newBuilder().setOnOwnerEnd(onOwnerEnd));
  }

  @Test
  void shouldBeThereOnlyWhileItIsHeldOrWaitedFor() {
    long first = a.lock("l").acquireWhileUsed().response().getToken();
    var next = b.lock("l").acquireWhileUsed();
    assertThat(next.isWaiting()).isTrue();
    assertThat(objects()).containsExactly("l");

    a.lock("l").release(first);
    assertThat(objects()).containsExactly("l");
    assertThat(next.response().getToken()).isGreaterThan(first);

    b.lock("l").release(next.response().getToken());
    assertThat(objects()).isEmpty();
    assertThat(a.lock("l").acquireWhileUsed().response().getToken())
        .isGreaterThan(next.response().getToken());
  }

  @Test
  void shouldLeaveNothingAfterMoreLocksThanObjectsFit() {
    Client forgetful = a.unnumbered();
    for (int i = 0; i < 2 * EngineFixture.LIMITS.getObjects(); i++) {
      LockCalls lock = forgetful.lock("order-" + i);
      lock.release(lock.acquireWhileUsed().response().getToken());
    }
    assertThat(objects()).isEmpty();
  }

  @Test
  void shouldAnswerItsNameWhetherOrNotItIsThere() {
    var shape = LockCreateRequest.newBuilder().setLifetime(Lifetime.LIFETIME_WHILE_USED);
    var before = a.lock("l").create(shape).response();
    assertThat(objects()).isEmpty();
    a.lock("l").acquireWhileUsed();

    assertThat(a.lock("l").create(shape).response()).isEqualTo(before);
    assertThat(before.getCreated()).isFalse();
    assertThat(before.getRef().getName()).isEqualTo("l");
    assertThat(before.getRef().getIncarnation()).isZero();
    assertThat(a.lock("").create(shape).metadata()).containsEntry("field", "lock");
  }

  @Test
  void shouldRefuseAnotherShapeWhileItIsInUse() {
    var reentrant =
        LockCreateRequest.newBuilder()
            .setKind(LockKind.LOCK_KIND_REENTRANT)
            .setLifetime(Lifetime.LIFETIME_WHILE_USED);
    a.lock("l").acquireWhileUsed();
    a.lock("stays").create();

    assertThat(b.lock("l").create(reentrant).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_EXISTS);
    assertThat(b.lock("l").acquire(LockCalls.whileUsed(reentrant)).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_EXISTS);
    assertThat(b.lock("l").create().reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_EXISTS);
    assertThat(b.lock("stays").acquireWhileUsed().reason())
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_EXISTS);

    a.lock("l").release();
    assertThat(b.lock("l").acquire(LockCalls.whileUsed(reentrant)).response().getAcquired())
        .isTrue();
  }

  @Test
  void shouldRefuseTheTokenOfALockThatEnded() {
    a.queue("q").create();
    long token = a.lock("l").acquireWhileUsed().response().getToken();
    a.lock("l").release(token);

    assertThat(a.guardedBy("l", token).queue("q").put(1).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_GUARD_FAILED);
    assertThat(a.lock("l").release(token).reason()).isEqualTo(ErrorReason.ERROR_REASON_STALE_TOKEN);
    b.lock("l").acquireWhileUsed();
    assertThat(a.guardedBy("l", token).queue("q").put(1).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_GUARD_FAILED);
    assertThat(a.lock("l").release(token).reason()).isEqualTo(ErrorReason.ERROR_REASON_STALE_TOKEN);
  }

  @Test
  void shouldStayUntilSomebodyWasToldThatItsHolderDied() {
    a.lock("l").acquireWhileUsed();
    a.dies();
    assertThat(objects()).containsExactly("l");

    var told = b.lock("l").acquireWhileUsed().response();
    assertThat(told.getPreviousOwnerDied()).isTrue();
    b.lock("l").release(told.getToken());
    assertThat(objects()).isEmpty();
  }

  @Test
  void shouldStayUntilSomebodyWasToldThatItsLeaseRanOut() {
    world
        .anonymous()
        .lock("l")
        .acquire(
            LockCalls.whileUsed(LockCreateRequest.newBuilder())
                .setLease(Times.duration(SECOND.toNanos())));
    world.advance(SECOND);
    assertThat(objects()).containsExactly("l");

    var told = b.lock("l").acquireWhileUsed().response();
    assertThat(told.getPreviousOwnerDied()).isTrue();
    b.lock("l").release(told.getToken());
    assertThat(objects()).isEmpty();
  }

  @Test
  void shouldStayWhenItIsKeptOrBroken() {
    var kept = a.lock("kept").acquire(with(OnOwnerEnd.ON_OWNER_END_KEEP));
    a.confirm(kept, a.lock("broken").acquire(with(OnOwnerEnd.ON_OWNER_END_BREAK)));
    a.dies();
    assertThat(objects()).containsExactly("kept", "broken");

    assertThat(b.lock("broken").acquire(with(OnOwnerEnd.ON_OWNER_END_BREAK)).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_LOCK_BROKEN);
    b.lock("kept").release(kept.response().getToken());
    assertThat(objects()).containsExactly("broken");
  }

  @Test
  void shouldBeReferredToByNameAlone() {
    a.lock("l").acquireWhileUsed();
    AdminListResponse list =
        world
            .anonymous()
            .call(
                "AdminService/List",
                AdminListRequest.getDefaultInstance(),
                AdminListResponse.getDefaultInstance())
            .response();
    Ref ref = list.getObjects(0).getRef();
    assertThat(ref.getIncarnation()).isZero();
    a.queue("q").create(QueueCreateRequest.newBuilder()).response();
    assertThat(a.queue("q").put(Value.newBuilder().setRef(ref).build()).response().getAccepted())
        .isTrue();

    Ref unnamed = ref.toBuilder().setName("a//b").build();
    assertThat(a.queue("q").put(Value.newBuilder().setRef(unnamed).build()).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_NAME);
  }

  @Test
  void shouldMakeNothingWhereAnAcquireIsRefused() {
    assertThat(world.anonymous().lock("l").acquire(with(OnOwnerEnd.ON_OWNER_END_RELEASE)).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_SESSION_REQUIRED);
    assertThat(
            a.lock("l")
                .acquire(LockAcquireRequest.newBuilder().setCreate(LockCreateRequest.newBuilder()))
                .metadata())
        .containsEntry("field", "create.lifetime");
    assertThat(
            a.lock("l")
                .acquire(LockCalls.whileUsed(LockCreateRequest.newBuilder().setLock("m")))
                .metadata())
        .containsEntry("field", "create.lock");
    assertThat(objects()).isEmpty();
  }

  @Test
  void shouldBeALifetimeOfLocksOnly() {
    assertThat(
            a.queue("q")
                .create(QueueCreateRequest.newBuilder().setLifetime(Lifetime.LIFETIME_WHILE_USED))
                .metadata())
        .containsEntry("field", "lifetime");
  }
}
