package dev.polyproc.server.engine.sync;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.server.engine.Client;
import dev.polyproc.server.engine.EngineFixture;
import dev.polyproc.server.engine.Pending;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.OnOwnerEnd;
import dev.polyproc.v1.SemaphoreAcquireRequest;
import dev.polyproc.v1.SemaphoreAcquireResponse;
import dev.polyproc.v1.SemaphoreCreateRequest;
import dev.polyproc.v1.SemaphoreDrainResponse;
import dev.polyproc.v1.SemaphoreKind;
import dev.polyproc.v1.ShapeField;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class SemaphoreTest {
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration NO_TIME = Duration.ZERO;

  private final EngineFixture world = new EngineFixture();
  private final Client a = world.session("a");
  private final Client b = world.session("b");
  private final Client c = world.session("c");

  private static SemaphoreCreateRequest.Builder bounded(int permits, int most) {
    return SemaphoreCreateRequest.newBuilder().setPermits(permits).setMaxPermits(most);
  }

  private static SemaphoreCreateRequest.Builder owned(int permits) {
    return SemaphoreCreateRequest.newBuilder()
        .setPermits(permits)
        .setKind(SemaphoreKind.SEMAPHORE_KIND_OWNED);
  }

  private int permits() {
    return c.semaphore("s").get().getPermits();
  }

  @Test
  void shouldAnswerSameSemaphoreForSameShape() {
    var first = a.semaphore("s").create(3).response();
    var again =
        b.semaphore("s")
            .create(
                bounded(3, Integer.MAX_VALUE)
                    .setKind(SemaphoreKind.SEMAPHORE_KIND_PLAIN)
                    .setOnOwnerEnd(OnOwnerEnd.ON_OWNER_END_RELEASE))
            .response();

    assertThat(first.getCreated()).isTrue();
    assertThat(again.getCreated()).isFalse();
    assertThat(again.getRef()).isEqualTo(first.getRef());
    for (SemaphoreCreateRequest.Builder other :
        new SemaphoreCreateRequest.Builder[] {bounded(2, 0), bounded(3, 3), owned(3)}) {
      assertThat(b.semaphore("s").create(other).reason())
          .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_EXISTS);
    }
    assertThat(a.inspect("s").getObject().getShapeList())
        .extracting(ShapeField::getField, ShapeField::getValue)
        .map(Object::toString)
        .containsExactly(
            "(\"permits\", \"3\")",
            "(\"max_permits\", \"2147483647\")",
            "(\"kind\", \"PLAIN\")",
            "(\"on_owner_end\", \"RELEASE\")");
  }

  @Test
  void shouldRefuseShapesThatCannotBe() {
    assertThat(a.semaphore("s").create(bounded(3, 2)).metadata()).containsEntry("field", "permits");
    assertThat(a.semaphore("s").create(bounded(0, -1)).metadata())
        .containsEntry("field", "max_permits");
    assertThat(a.semaphore("s").create(bounded(-1, 0)).metadata())
        .containsEntry("field", "permits");
    assertThat(a.semaphore("s").create(bounded(1, 1).setKindValue(9)).metadata())
        .containsEntry("field", "kind");
    assertThat(a.semaphore("s").create(bounded(1, 1).setOnOwnerEndValue(9)).metadata())
        .containsEntry("field", "on_owner_end");
  }

  @Test
  void shouldGrantAsManyAsThereAre() {
    a.semaphore("s").create(3);

    assertThat(a.semaphore("s").acquire(0).response().getAcquired()).isTrue();
    assertThat(b.semaphore("s").acquire(2).response().getAcquired()).isTrue();
    assertThat(c.semaphore("s").acquire(1, NO_TIME).response())
        .isEqualTo(SemaphoreAcquireResponse.getDefaultInstance());
    assertThat(permits()).isZero();
    assertThat(a.semaphore("s").release(0).response().getPermits()).isEqualTo(1);
    assertThat(c.semaphore("s").acquire(1).response().getAcquired()).isTrue();
  }

  @Test
  void shouldGiveHigherTokenToEveryAcquisitionOfSemaphoresAndLocks() {
    a.semaphore("s").create(3);
    a.lock("l").create();

    long first = a.semaphore("s").acquire(1).response().getToken();
    long second = a.lock("l").acquire().response().getToken();
    long third = a.semaphore("s").acquire(1).response().getToken();

    assertThat(second).isGreaterThan(first);
    assertThat(third).isGreaterThan(second);
  }

  @Test
  void shouldServeWaitersInOrder() {
    a.semaphore("s").create(0);
    var first = a.semaphore("s").acquire(1);
    var second = b.semaphore("s").acquire(1);

    c.semaphore("s").release(1);
    assertThat(first.response().getAcquired()).isTrue();
    assertThat(second.isWaiting()).isTrue();
    assertThat(c.semaphore("s").release(3).response().getPermits()).isEqualTo(2);
    assertThat(second.response().getAcquired()).isTrue();
  }

  @Test
  void shouldNotLetSmallRequestOvertakeLargeOne() {
    a.semaphore("s").create(2);
    var large = a.semaphore("s").acquire(3);
    var small = b.semaphore("s").acquire(1);

    assertThat(small.isWaiting()).isTrue();
    assertThat(c.semaphore("s").acquire(1, NO_TIME).response().getAcquired()).isFalse();
    assertThat(c.semaphore("s").drain().response())
        .isEqualTo(SemaphoreDrainResponse.getDefaultInstance());

    c.semaphore("s").release(2);
    assertThat(large.response().getAcquired()).isTrue();
    assertThat(small.response().getAcquired()).isTrue();
    assertThat(permits()).isZero();
  }

  @Test
  void shouldLetThoseGoOnWhoStoodBehindOneThatLeft() {
    a.semaphore("s").create(1);
    var timedOut = a.semaphore("s").acquire(2, SECOND);
    var second = b.semaphore("s").acquire(1);
    world.advance(SECOND);
    assertThat(timedOut.response().getAcquired()).isFalse();
    assertThat(second.response().getAcquired()).isTrue();

    var cancelled = a.semaphore("s").acquire(2);
    var third = c.semaphore("s").acquire(1);
    b.semaphore("s").release(1);
    assertThat(third.isWaiting()).isTrue();
    a.cancel(cancelled);
    assertThat(third.response().getAcquired()).isTrue();

    var abandoned = world.anonymous().semaphore("s").lease(2, SECOND);
    var fourth = b.semaphore("s").acquire(1);
    c.semaphore("s").release(1);
    world.abandon(abandoned);
    assertThat(fourth.response().getAcquired()).isTrue();

    var gone = a.semaphore("s").acquire(2);
    var fifth = c.semaphore("s").acquire(1);
    b.semaphore("s").release(1);
    a.dies();
    assertThat(gone.reason()).isEqualTo(ErrorReason.ERROR_REASON_SESSION_ENDED);
    assertThat(fifth.response().getAcquired()).isTrue();
    assertThat(fifth.response().getPreviousOwnerDied()).isFalse();
  }

  @Test
  void shouldRefuseMoreThanThereCanBe() {
    a.semaphore("s").create(bounded(1, 2));

    assertThat(a.semaphore("s").acquire(3).metadata()).containsEntry("field", "permits");
    assertThat(a.semaphore("s").acquire(-1).metadata()).containsEntry("field", "permits");
    assertThat(a.semaphore("s").acquire(2, SECOND).isWaiting()).isTrue();
  }

  @Test
  void shouldDrainWhatIsThere() {
    a.semaphore("s").create(3);
    a.semaphore("s").acquire(1);

    var drained = b.semaphore("s").drain().response();

    assertThat(drained.getPermits()).isEqualTo(2);
    assertThat(drained.getToken()).isPositive();
    assertThat(permits()).isZero();
    assertThat(b.semaphore("s").drain().response().getPermits()).isZero();
    assertThat(b.semaphore("s").release(2, drained.getToken()).response().getPermits())
        .isEqualTo(2);
  }

  @Test
  void shouldLetAnyoneReleasePlainOne() {
    a.semaphore("s").create(2);
    a.semaphore("s").acquire(2);

    assertThat(world.anonymous().semaphore("s").release(1).response().getPermits()).isEqualTo(1);
    assertThat(b.semaphore("s").release(1).response().getPermits()).isEqualTo(2);
    assertThat(a.semaphore("s").get().getHoldersCount()).isZero();
    assertThat(b.semaphore("s").release(5).response().getPermits()).isEqualTo(7);
    a.dies();
    assertThat(permits()).isEqualTo(7);
  }

  @Test
  void shouldTakeReleasesOffTheCallersOwnThenOffTheOldest() {
    a.semaphore("s").create(6);
    long first = a.semaphore("s").acquire(2).response().getToken();
    long second = b.semaphore("s").acquire(2).response().getToken();
    long third = a.semaphore("s").acquire(2).response().getToken();

    b.semaphore("s").release(1);
    assertThat(details()).containsExactly(hold(first, 2), hold(second, 1), hold(third, 2));
    b.semaphore("s").release(2);
    assertThat(details()).containsExactly(hold(first, 1), hold(third, 2));
    c.semaphore("s").release(2);
    assertThat(details()).containsExactly(hold(third, 1));
    c.semaphore("s").release(2);
    assertThat(details()).isEmpty();
    assertThat(permits()).isEqualTo(7);
  }

  private java.util.List<String> details() {
    return c.inspect("s").getHoldersList().stream().map(dev.polyproc.v1.Holder::getDetail).toList();
  }

  private static String hold(long token, int permits) {
    return "token " + token + ", " + (permits == 1 ? "1 permit" : permits + " permits");
  }

  @Test
  void shouldRefuseToHaveMoreThanItMay() {
    a.semaphore("s").create(bounded(2, 3));

    assertThat(a.semaphore("s").release(2).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_OVER_RELEASED);
    assertThat(a.semaphore("s").release(-1).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_OVER_RELEASED);
    assertThat(a.semaphore("s").release(1).response().getPermits()).isEqualTo(3);
    a.semaphore("s").acquire(1);
    assertThat(a.semaphore("s").release(2).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_OVER_RELEASED);
    assertThat(a.semaphore("s").get().getHoldersCount()).isEqualTo(1);
    b.semaphore("endless").create(Integer.MAX_VALUE);
    assertThat(b.semaphore("endless").release(1).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_OVER_RELEASED);
  }

  @Test
  void shouldReleaseByToken() {
    a.semaphore("s").create(3);
    long first = a.semaphore("s").acquire(2).response().getToken();
    long second = a.semaphore("s").acquire(1).response().getToken();

    assertThat(b.semaphore("s").release(2, second).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_STALE_TOKEN);
    assertThat(b.semaphore("s").release(1, second).response().getPermits()).isEqualTo(1);
    assertThat(b.semaphore("s").release(1, second).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_STALE_TOKEN);
    assertThat(a.semaphore("s").release(1, first).response().getPermits()).isEqualTo(2);
    assertThat(a.semaphore("s").release(1, first).response().getPermits()).isEqualTo(3);
    assertThat(a.semaphore("s").release(1, first).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_STALE_TOKEN);
  }

  @Test
  void shouldTakeOnlyTheCallersOwnBackWhereItIsOwned() {
    a.semaphore("s").create(owned(3));
    long token = a.as("t1").semaphore("s").acquire(2).response().getToken();

    assertThat(b.semaphore("s").release(1).reason()).isEqualTo(ErrorReason.ERROR_REASON_NOT_HELD);
    assertThat(b.semaphore("s").release(1, token).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_NOT_HELD);
    assertThat(world.anonymous().semaphore("s").release(1).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_NOT_HELD);
    assertThat(a.semaphore("s").release(3).reason()).isEqualTo(ErrorReason.ERROR_REASON_NOT_HELD);
    assertThat(a.as("t2").semaphore("s").release(1).response().getPermits()).isEqualTo(2);
    assertThat(a.semaphore("s").release(1, token).response().getPermits()).isEqualTo(3);
    long anonymous = world.anonymous().semaphore("s").lease(1, SECOND).response().getToken();
    assertThat(world.anonymous().semaphore("s").release(1, anonymous).response().getPermits())
        .isEqualTo(3);
  }

  @Test
  void shouldAskAnonymousForLease() {
    a.semaphore("s").create(1);

    assertThat(world.anonymous().semaphore("s").acquire(1).sentence())
        .startsWith("Expected a session or a lease for a semaphore, but the call has neither;");
    assertThat(world.anonymous().semaphore("s").drain().reason())
        .isEqualTo(ErrorReason.ERROR_REASON_SESSION_REQUIRED);
    assertThat(world.anonymous().semaphore("s").lease(1, SECOND).response().getAcquired()).isTrue();
    assertThat(a.semaphore("s").lease(1, NO_TIME).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_DURATION);
  }

  @Test
  void shouldTellWhoHoldsAndWhoWaits() {
    a.semaphore("s").create(bounded(3, 4));
    assertThat(a.inspect("s").getObject().getSummary()).isEqualTo("3 permits");
    long token = a.as("t1").semaphore("s").acquire(2).response().getToken();
    b.as("t2").semaphore("s").acquire(2);

    var seen = c.semaphore("s").get();

    assertThat(seen.getPermits()).isEqualTo(1);
    assertThat(seen.getMaxPermits()).isEqualTo(4);
    assertThat(seen.getWaiting()).isEqualTo(1);
    assertThat(seen.getHolders(0).getParty().getOwner()).isEqualTo("t1");
    assertThat(seen.getHolders(0).getDetail()).isEqualTo(hold(token, 2));
    assertThat(seen.getWaiters(0).getParty().getOwner()).isEqualTo("t2");
    assertThat(seen.getWaiters(0).getRpc()).isEqualTo("SemaphoreService/Acquire");
    assertThat(a.inspect("s").getHoldersList()).isEqualTo(seen.getHoldersList());
    assertThat(a.inspect("s").getWaitersList()).isEqualTo(seen.getWaitersList());
    assertThat(a.inspect("s").getObject().getSummary()).isEqualTo("1 permit");
  }

  @Test
  void shouldCountRepeatedCallsOnce() {
    a.semaphore("s").create(3);
    var acquired = a.semaphore("s").acquire(1);
    assertThat(a.repeat(acquired).response()).isEqualTo(acquired.response());
    assertThat(permits()).isEqualTo(2);

    var drained = a.semaphore("s").drain();
    assertThat(a.repeat(drained).response()).isEqualTo(drained.response());
    var released = a.semaphore("s").release(1);
    assertThat(a.repeat(released).response()).isEqualTo(released.response());
    assertThat(permits()).isEqualTo(1);
  }

  @Test
  void shouldTellWaitersThatItWasDeleted() {
    a.semaphore("s").create(1);
    long token = a.semaphore("s").lease(1, SECOND).response().getToken();
    var unconfirmed = b.semaphore("s").acquire(1);
    c.delete("s").response();

    assertThat(unconfirmed.reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED);
    assertThat(a.semaphore("s").release(1, token).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
    world.advance(SECOND);
    a.semaphore("s").create(1);
    a.dies();
    assertThat(permits()).isEqualTo(1);
    assertThat(c.semaphore("none").acquire(1).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
    c.event("e").create();
    assertThat(c.semaphore("e").acquire(1).reason()).isEqualTo(ErrorReason.ERROR_REASON_WRONG_KIND);
  }

  @Test
  void shouldTakeOffByItsTokenAloneWhatIsHeldSo() {
    a.semaphore("s").create(SemaphoreCreateRequest.newBuilder().setPermits(3).setMaxPermits(3));
    long token = byToken(a, 2).response().getToken();
    a.semaphore("s").acquire(1).response();

    assertThat(a.semaphore("s").release(2).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_OVER_RELEASED);
    assertThat(b.semaphore("s").release(1).response().getPermits()).isEqualTo(1);
    assertThat(b.semaphore("s").release(1).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_OVER_RELEASED);
    assertThat(a.semaphore("s").get().getHoldersCount()).isEqualTo(1);
    assertThat(b.semaphore("s").release(2, token).response().getPermits()).isEqualTo(3);
  }

  @Test
  void shouldGiveBackAnOwnedOneWithoutATokenOnlyWhereItNeedsNone() {
    a.semaphore("s")
        .create(
            SemaphoreCreateRequest.newBuilder()
                .setPermits(3)
                .setKind(SemaphoreKind.SEMAPHORE_KIND_OWNED)
                .setOnOwnerEnd(OnOwnerEnd.ON_OWNER_END_KEEP));
    long token = byToken(a, 1).response().getToken();
    a.confirm(byToken(a, 1));

    assertThat(a.semaphore("s").release(1).reason()).isEqualTo(ErrorReason.ERROR_REASON_NOT_HELD);
    assertThat(a.semaphore("s").release(1, token).response().getPermits()).isEqualTo(2);
    a.dies();
    assertThat(b.semaphore("s").release(1).response().getPermits()).isEqualTo(3);
  }

  private static Pending<SemaphoreAcquireResponse> byToken(Client client, int permits) {
    return client
        .semaphore("s")
        .acquire(SemaphoreAcquireRequest.newBuilder().setPermits(permits).setByToken(true));
  }
}
