package dev.polyproc.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.Duration;
import dev.polyproc.v1.AdminDeleteRequest;
import dev.polyproc.v1.AdminServiceGrpc;
import dev.polyproc.v1.ConditionCreateRequest;
import dev.polyproc.v1.ConditionGetRequest;
import dev.polyproc.v1.ConditionNotifyRequest;
import dev.polyproc.v1.ConditionServiceGrpc;
import dev.polyproc.v1.ConditionServiceGrpc.ConditionServiceBlockingStub;
import dev.polyproc.v1.ConditionWaitRequest;
import dev.polyproc.v1.ConditionWaitResponse;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.LockAcquireRequest;
import dev.polyproc.v1.LockCreateRequest;
import dev.polyproc.v1.LockGetRequest;
import dev.polyproc.v1.LockReleaseRequest;
import dev.polyproc.v1.LockServiceGrpc;
import dev.polyproc.v1.LockServiceGrpc.LockServiceBlockingStub;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** ConditionService. Its callers have no session: they have leases, and show their tokens. */
public abstract class ConditionContract extends ContractSuite {
  private static final Duration LEASE = Duration.newBuilder().setSeconds(60).build();

  private LockServiceBlockingStub locks;
  private ConditionServiceBlockingStub conditions;
  private String lock;

  @BeforeEach
  void create() {
    locks = LockServiceGrpc.newBlockingStub(channel());
    conditions = ConditionServiceGrpc.newBlockingStub(channel());
    lock = name() + "-lock";
    var unused = locks.create(LockCreateRequest.newBuilder().setLock(lock).build());
    assertThat(
            conditions
                .create(
                    ConditionCreateRequest.newBuilder().setCondition(name()).setLock(lock).build())
                .getCreated())
        .isTrue();
  }

  private long acquire() {
    return locks
        .acquire(LockAcquireRequest.newBuilder().setLock(lock).setLease(LEASE).build())
        .getToken();
  }

  private void release(long token) {
    var unused =
        locks.release(LockReleaseRequest.newBuilder().setLock(lock).setToken(token).build());
  }

  private int waiting() {
    return conditions
        .get(ConditionGetRequest.newBuilder().setCondition(name()).build())
        .getWaiting();
  }

  private static ConditionWaitRequest.Builder wait(String condition, long token) {
    return ConditionWaitRequest.newBuilder()
        .setCondition(condition)
        .setToken(token)
        .setLease(LEASE);
  }

  private Future<ConditionWaitResponse> waiter() {
    int before = waiting();
    Future<ConditionWaitResponse> waiter =
        ConditionServiceGrpc.newFutureStub(channel()).wait(wait(name(), acquire()).build());
    await().until(() -> waiting() == before + 1);
    return waiter;
  }

  private int wake(ConditionNotifyRequest.Builder whom) {
    long token = acquire();
    int woken = conditions.notify(whom.setCondition(name()).setToken(token).build()).getNotified();
    release(token);
    return woken;
  }

  @Test
  void shouldGiveTheLockUpAndHaveItAgainWhenNotified() {
    Future<ConditionWaitResponse> first = waiter();
    Future<ConditionWaitResponse> second = waiter();

    assertThat(wake(ConditionNotifyRequest.newBuilder())).isEqualTo(1);

    ConditionWaitResponse back = get(first);
    assertThat(back.getNotified()).isTrue();
    assertThat(back.getHolds()).isEqualTo(1);
    assertThat(locks.get(LockGetRequest.newBuilder().setLock(lock).build()).getToken())
        .isEqualTo(back.getToken());
    assertThat(second.isDone()).isFalse();
    release(back.getToken());
    assertThat(wake(ConditionNotifyRequest.newBuilder().setAll(true))).isEqualTo(1);
    release(get(second).getToken());
    assertThat(wake(ConditionNotifyRequest.newBuilder().setCount(2))).isZero();
  }

  @Test
  void shouldHoldTheLockWhenTheTimeIsUp() {
    ConditionWaitResponse back = conditions.wait(wait(name(), acquire()).setTimeout(SHORT).build());

    assertThat(back.getNotified()).isFalse();
    release(back.getToken());
  }

  @Test
  void shouldPassTheNotificationOfACancelledWaiterOn() {
    Future<ConditionWaitResponse> first = waiter();
    Future<ConditionWaitResponse> second = waiter();
    long token = acquire();
    var unused =
        conditions.notify(
            ConditionNotifyRequest.newBuilder().setCondition(name()).setToken(token).build());

    first.cancel(true);
    await().until(() -> waiting() == 0);
    release(token);

    assertThat(get(second).getNotified()).isTrue();
  }

  @Test
  void shouldNeedTheLock() {
    assertThat(reasonOf(() -> conditions.wait(wait(name(), 0).build())))
        .isEqualTo(ErrorReason.ERROR_REASON_NOT_HELD);
    long token = acquire();
    assertThat(reasonOf(() -> conditions.wait(wait(name(), 0).build())))
        .isEqualTo(ErrorReason.ERROR_REASON_NOT_OWNER);
    assertThat(
            reasonOf(
                () ->
                    conditions.notify(
                        ConditionNotifyRequest.newBuilder()
                            .setCondition(name())
                            .setToken(token - 1)
                            .build())))
        .isEqualTo(ErrorReason.ERROR_REASON_STALE_TOKEN);
  }

  @Test
  void shouldEndWithItsLock() {
    Future<ConditionWaitResponse> waiter = waiter();
    var unused =
        AdminServiceGrpc.newBlockingStub(channel())
            .delete(AdminDeleteRequest.newBuilder().setObject(lock).build());

    assertThat(reasonOf(() -> get(waiter))).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED);
    assertThat(reasonOf(this::waiting)).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
  }
}
