package dev.polyproc.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.util.Durations;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.EventCreateRequest;
import dev.polyproc.v1.EventServiceGrpc;
import dev.polyproc.v1.EventSetRequest;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.LockAcquireAllRequest;
import dev.polyproc.v1.LockAcquireAllResponse;
import dev.polyproc.v1.LockAcquireRequest;
import dev.polyproc.v1.LockAcquireResponse;
import dev.polyproc.v1.LockCreateRequest;
import dev.polyproc.v1.LockGetRequest;
import dev.polyproc.v1.LockGetResponse;
import dev.polyproc.v1.LockKind;
import dev.polyproc.v1.LockReleaseRequest;
import dev.polyproc.v1.LockServiceGrpc;
import dev.polyproc.v1.LockServiceGrpc.LockServiceBlockingStub;
import dev.polyproc.v1.OnOwnerEnd;
import dev.polyproc.v1.SessionEndRequest;
import dev.polyproc.v1.SessionServiceGrpc;
import io.grpc.Channel;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** LockService. */
public abstract class LockContract extends ContractSuite {
  private void create(LockKind kind, OnOwnerEnd end) {
    LockServiceGrpc.newBlockingStub(channel())
        .create(
            LockCreateRequest.newBuilder()
                .setLock(name())
                .setKind(kind)
                .setOnOwnerEnd(end)
                .build());
  }

  private void create() {
    create(LockKind.LOCK_KIND_PLAIN, OnOwnerEnd.ON_OWNER_END_RELEASE);
  }

  private LockAcquireRequest acquire() {
    return LockAcquireRequest.newBuilder().setLock(name()).build();
  }

  private LockAcquireResponse acquireNow(Channel session) {
    return LockServiceGrpc.newBlockingStub(session)
        .acquire(acquire().toBuilder().setTimeout(NOW).build());
  }

  private int release(Channel session, long token) {
    return LockServiceGrpc.newBlockingStub(session)
        .release(LockReleaseRequest.newBuilder().setLock(name()).setToken(token).build())
        .getHolds();
  }

  private LockGetResponse get() {
    return LockServiceGrpc.newBlockingStub(channel())
        .get(LockGetRequest.newBuilder().setLock(name()).build());
  }

  private void close(String session) {
    SessionServiceGrpc.newBlockingStub(in(session)).end(SessionEndRequest.getDefaultInstance());
  }

  @Test
  void shouldEndALockThatIsThereOnlyWhileItIsUsed() {
    Channel a = in(openSession());
    LockAcquireRequest request =
        acquire().toBuilder()
            .setCreate(LockCreateRequest.newBuilder().setLifetime(Lifetime.LIFETIME_WHILE_USED))
            .build();
    LockAcquireResponse first = LockServiceGrpc.newBlockingStub(a).acquire(request);
    assertThat(get().getToken()).isEqualTo(first.getToken());
    release(a, first.getToken());

    assertThat(reasonOf(this::get)).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
    assertThat(reasonOf(() -> release(a, first.getToken())))
        .isEqualTo(ErrorReason.ERROR_REASON_STALE_TOKEN);
    assertThat(LockServiceGrpc.newBlockingStub(a).acquire(request).getToken())
        .isGreaterThan(first.getToken());
  }

  @Test
  void shouldHaveOneHolderWithAGrowingToken() {
    create();
    Channel a = in(openSession());
    Channel b = in(openSession());
    LockAcquireResponse first = acquireNow(a);
    assertThat(first.getAcquired()).isTrue();
    assertThat(acquireNow(b).getAcquired()).isFalse();
    assertThat(get().getToken()).isEqualTo(first.getToken());

    release(a, first.getToken());
    LockAcquireResponse second = acquireNow(b);

    assertThat(second.getToken()).isGreaterThan(first.getToken());
    assertThat(second.getPreviousOwnerDied()).isFalse();
    assertThat(reasonOf(() -> release(a, first.getToken())))
        .isEqualTo(ErrorReason.ERROR_REASON_STALE_TOKEN);
    release(b, second.getToken());
    assertThat(reasonOf(() -> release(b, 0))).isEqualTo(ErrorReason.ERROR_REASON_NOT_HELD);
  }

  @Test
  void shouldAcquireSeveralAtOnceOrNone() {
    create();
    String other = name() + "/other";
    LockServiceGrpc.newBlockingStub(channel())
        .create(LockCreateRequest.newBuilder().setLock(other).build());
    Channel a = in(openSession());
    Channel b = in(openSession());
    LockAcquireAllRequest both =
        LockAcquireAllRequest.newBuilder().addLocks(other).addLocks(name()).build();
    long held = acquireNow(a).getToken();

    assertThat(
            LockServiceGrpc.newBlockingStub(b)
                .acquireAll(both.toBuilder().setTimeout(NOW).build())
                .getAcquired())
        .isFalse();
    Future<LockAcquireAllResponse> waits = LockServiceGrpc.newFutureStub(b).acquireAll(both);
    await().until(() -> get().getWaitersCount() == 1);
    release(a, held);

    LockAcquireAllResponse holds = get(waits);
    assertThat(holds.getAcquired()).isTrue();
    assertThat(holds.getHolds(1).getToken()).isEqualTo(get().getToken()).isGreaterThan(held);
    assertThat(release(b, holds.getHolds(1).getToken())).isZero();
  }

  @Test
  void shouldServeTheOldestWaiterFirst() {
    create();
    Channel a = in(openSession());
    long token = acquireNow(a).getToken();
    Future<LockAcquireResponse> first =
        LockServiceGrpc.newFutureStub(in(openSession())).acquire(acquire());
    await().until(() -> get().getWaitersCount() == 1);
    Future<LockAcquireResponse> second =
        LockServiceGrpc.newFutureStub(in(openSession())).acquire(acquire());
    await().until(() -> get().getWaitersCount() == 2);

    release(a, token);

    assertThat(get(first).getAcquired()).isTrue();
    assertThat(second.isDone()).isFalse();
    release(channel(), get(first).getToken());
    assertThat(get(second).getAcquired()).isTrue();
  }

  @Test
  void shouldCountTheHoldsOfAReentrantOwner() {
    create(LockKind.LOCK_KIND_REENTRANT, OnOwnerEnd.ON_OWNER_END_RELEASE);
    String session = openSession();
    Channel one = with("polyproc-session", session, "polyproc-owner", "one");
    Channel other = with("polyproc-session", session, "polyproc-owner", "other");
    acquireNow(one);
    assertThat(acquireNow(one).getAcquired()).isTrue();
    assertThat(acquireNow(other).getAcquired()).isFalse();
    assertThat(reasonOf(() -> release(other, 0))).isEqualTo(ErrorReason.ERROR_REASON_NOT_OWNER);
    assertThat(release(one, 0)).isEqualTo(1);
    assertThat(release(one, 0)).isZero();
    assertThat(acquireNow(other).getAcquired()).isTrue();
  }

  @Test
  void shouldHandOverWhenTheHoldersSessionEnds() {
    create();
    String holder = openSession();
    acquireNow(in(holder));
    Future<LockAcquireResponse> waiting =
        LockServiceGrpc.newFutureStub(in(openSession())).acquire(acquire());
    await().until(() -> get().getWaitersCount() == 1);

    close(holder);

    assertThat(get(waiting).getPreviousOwnerDied()).isTrue();
  }

  @Test
  void shouldStayHeldAfterItsOwnerWhereItWasCreatedTo() {
    create(LockKind.LOCK_KIND_PLAIN, OnOwnerEnd.ON_OWNER_END_KEEP);
    String holder = openSession();
    long token = acquireNow(in(holder)).getToken();
    close(holder);
    assertThat(get().getHeld()).isTrue();
    release(channel(), token);
    assertThat(get().getHeld()).isFalse();
  }

  @Test
  void shouldBreakWithItsOwnerWhereItWasCreatedTo() {
    create(LockKind.LOCK_KIND_PLAIN, OnOwnerEnd.ON_OWNER_END_BREAK);
    String holder = openSession();
    acquireNow(with("polyproc-session", holder, "polyproc-sequence", "1"));
    SessionServiceGrpc.newBlockingStub(
            with("polyproc-session", holder, "polyproc-received-below", "2"))
        .end(SessionEndRequest.getDefaultInstance());

    assertThat(get().getBroken()).isTrue();
    assertThat(reasonOf(() -> acquireNow(in(openSession()))))
        .isEqualTo(ErrorReason.ERROR_REASON_LOCK_BROKEN);
  }

  @Test
  void shouldEndAHoldWithItsLease() {
    create();
    LockServiceBlockingStub anonymous = LockServiceGrpc.newBlockingStub(channel());
    assertThat(reasonOf(() -> anonymous.acquire(acquire())))
        .isEqualTo(ErrorReason.ERROR_REASON_SESSION_REQUIRED);
    LockAcquireRequest leased = acquire().toBuilder().setLease(Durations.fromMillis(30)).build();
    assertThat(anonymous.acquire(leased).getAcquired()).isTrue();

    LockAcquireResponse next =
        LockServiceGrpc.newBlockingStub(in(openSession())).acquire(acquire());

    assertThat(next.getAcquired()).isTrue();
  }

  @Test
  void shouldLetACallDependOnAHold() {
    create();
    EventServiceGrpc.newBlockingStub(channel())
        .create(EventCreateRequest.newBuilder().setEvent(name() + "/event").build());
    EventSetRequest set = EventSetRequest.newBuilder().setEvent(name() + "/event").build();
    long token = acquireNow(in(openSession())).getToken();

    Channel holder = with("polyproc-guard", name() + ":" + token);
    assertThat(EventServiceGrpc.newBlockingStub(holder).set(set).getWasSet()).isFalse();
    release(channel(), token);
    assertThat(reasonOf(() -> EventServiceGrpc.newBlockingStub(holder).set(set)))
        .isEqualTo(ErrorReason.ERROR_REASON_GUARD_FAILED);
  }
}
