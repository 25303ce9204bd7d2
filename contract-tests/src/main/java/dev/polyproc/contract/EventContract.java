package dev.polyproc.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.polyproc.v1.AdminDeleteRequest;
import dev.polyproc.v1.AdminDescribeRequest;
import dev.polyproc.v1.AdminServiceGrpc;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.EventClearRequest;
import dev.polyproc.v1.EventCreateRequest;
import dev.polyproc.v1.EventIsSetRequest;
import dev.polyproc.v1.EventServiceGrpc;
import dev.polyproc.v1.EventServiceGrpc.EventServiceBlockingStub;
import dev.polyproc.v1.EventSetRequest;
import dev.polyproc.v1.EventWaitRequest;
import dev.polyproc.v1.EventWaitResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** EventService. */
public abstract class EventContract extends ContractSuite {
  private EventServiceBlockingStub events;

  @BeforeEach
  void create() {
    events = EventServiceGrpc.newBlockingStub(channel());
    var unused = events.create(EventCreateRequest.newBuilder().setEvent(name()).build());
  }

  private boolean set() {
    return events.set(EventSetRequest.newBuilder().setEvent(name()).build()).getWasSet();
  }

  private boolean clear() {
    return events.clear(EventClearRequest.newBuilder().setEvent(name()).build()).getWasSet();
  }

  private boolean isSet() {
    return events.isSet(EventIsSetRequest.newBuilder().setEvent(name()).build()).getSet();
  }

  private List<Future<EventWaitResponse>> waiters(int count) {
    List<Future<EventWaitResponse>> waiters = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      waiters.add(
          EventServiceGrpc.newFutureStub(channel())
              .wait(EventWaitRequest.newBuilder().setEvent(name()).build()));
    }
    AdminDescribeRequest describe = AdminDescribeRequest.newBuilder().setObject(name()).build();
    await()
        .until(
            () ->
                AdminServiceGrpc.newBlockingStub(channel()).describe(describe).getWaitersCount()
                    == count);
    return waiters;
  }

  @Test
  void shouldRememberItsFlag() {
    assertThat(isSet()).isFalse();
    assertThat(set()).isFalse();
    assertThat(set()).isTrue();
    assertThat(isSet()).isTrue();
    assertThat(events.wait(EventWaitRequest.newBuilder().setEvent(name()).build()).getSet())
        .isTrue();
    assertThat(clear()).isTrue();
    assertThat(clear()).isFalse();
  }

  @Test
  void shouldAnswerAllWhoWaitThoughItIsClearedAtOnce() {
    List<Future<EventWaitResponse>> waiters = waiters(3);
    set();
    clear();

    for (Future<EventWaitResponse> waiter : waiters) {
      assertThat(get(waiter).getSet()).isTrue();
    }
    assertThat(isSet()).isFalse();
  }

  @Test
  void shouldGiveUpWhenTheTimeIsUp() {
    EventWaitRequest wait =
        EventWaitRequest.newBuilder().setEvent(name()).setTimeout(SHORT).build();

    assertThat(events.wait(wait).getSet()).isFalse();
  }

  @Test
  void shouldTellWaitersThatItIsDeleted() {
    Future<EventWaitResponse> waiter = waiters(1).get(0);
    var unused =
        AdminServiceGrpc.newBlockingStub(channel())
            .delete(AdminDeleteRequest.newBuilder().setObject(name()).build());

    assertThat(reasonOf(() -> get(waiter))).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED);
  }
}
