package dev.polyproc.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.polyproc.v1.AdminDeleteRequest;
import dev.polyproc.v1.AdminServiceGrpc;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.LatchCountDownRequest;
import dev.polyproc.v1.LatchCreateRequest;
import dev.polyproc.v1.LatchGetRequest;
import dev.polyproc.v1.LatchGetResponse;
import dev.polyproc.v1.LatchServiceGrpc;
import dev.polyproc.v1.LatchServiceGrpc.LatchServiceBlockingStub;
import dev.polyproc.v1.LatchWaitRequest;
import dev.polyproc.v1.LatchWaitResponse;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** LatchService. */
public abstract class LatchContract extends ContractSuite {
  private LatchServiceBlockingStub latches;

  @BeforeEach
  void create() {
    latches = LatchServiceGrpc.newBlockingStub(channel());
    var unused =
        latches.create(LatchCreateRequest.newBuilder().setLatch(name()).setCount(3).build());
  }

  private long countDown(long by) {
    return latches
        .countDown(LatchCountDownRequest.newBuilder().setLatch(name()).setBy(by).build())
        .getCount();
  }

  private LatchGetResponse get() {
    return latches.get(LatchGetRequest.newBuilder().setLatch(name()).build());
  }

  private Future<LatchWaitResponse> waiter(int number) {
    Future<LatchWaitResponse> waiter =
        LatchServiceGrpc.newFutureStub(channel())
            .wait(LatchWaitRequest.newBuilder().setLatch(name()).build());
    await().until(() -> get().getWaiting() == number);
    return waiter;
  }

  @Test
  void shouldLetAllGoWhenTheCountIsZero() {
    Future<LatchWaitResponse> first = waiter(1);
    Future<LatchWaitResponse> second = waiter(2);
    assertThat(countDown(0)).isEqualTo(2);
    assertThat(first.isDone()).isFalse();
    assertThat(countDown(2)).isZero();

    assertThat(get(first).getOpen()).isTrue();
    assertThat(get(second).getOpen()).isTrue();
    assertThat(countDown(1)).isZero();
    assertThat(latches.wait(LatchWaitRequest.newBuilder().setLatch(name()).build()).getOpen())
        .isTrue();
  }

  @Test
  void shouldGiveUpWhenTheTimeIsUp() {
    LatchWaitRequest wait =
        LatchWaitRequest.newBuilder().setLatch(name()).setTimeout(SHORT).build();

    assertThat(latches.wait(wait).getOpen()).isFalse();
    assertThat(get().getWaiting()).isZero();
    assertThat(get().getCount()).isEqualTo(3);
  }

  @Test
  void shouldTellWaitersThatItIsDeleted() {
    Future<LatchWaitResponse> waiter = waiter(1);
    var unused =
        AdminServiceGrpc.newBlockingStub(channel())
            .delete(AdminDeleteRequest.newBuilder().setObject(name()).build());

    assertThat(reasonOf(() -> get(waiter))).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED);
  }
}
