package dev.polyproc.client.internal.call;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.client.internal.transport.Address;
import dev.polyproc.client.internal.transport.Transport;
import dev.polyproc.v1.Limits;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class OutgoingTest {
  private static final Transport TRANSPORT =
      new Transport(Address.parse("unix:/nowhere"), null, null, null);

  private static final Calls CALLS =
      new Calls(
          TRANSPORT,
          Limits.getDefaultInstance(),
          () -> {},
          ended -> {},
          new Callbacks(null, new CallbackThreads(), TRANSPORT));

  private static final int MANY = 1_000;

  private final Admission admission = new Admission(MANY);
  private final Outgoing outgoing = new Outgoing(admission, new Window(MANY), 1 << 20);

  @AfterAll
  static void close() {
    TRANSPORT.close();
  }

  private PendingCall<?> add() {
    PendingCall<Boolean> call = new DirectCall<>(CALLS, new byte[10], 1, response -> true);
    admission.enterAnyway(call.cost);
    outgoing.add(call);
    return call;
  }

  private void takeBack(PendingCall<?> call) {
    call.takenBack();
    outgoing.takeBack(call);
  }

  @Test
  void shouldMakeRoomAtOnceForCallsThatAreTakenBackUnsent() {
    PendingCall<?> before = add();
    List<PendingCall<?>> calls = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      calls.add(add());
    }

    calls.forEach(this::takeBack);

    assertThat(admission.isAlone(before.cost)).isTrue();
    PendingCall<?> after = add();
    assertThat(outgoing.next().isEmpty()).isFalse();
    assertThat(List.of(before.sequence, after.sequence)).containsExactly(1L, 2L);
    assertThat(admission.isAlone(before.cost + after.cost)).as("they make room once").isTrue();
    assertThat(outgoing.isEmpty()).isTrue();
  }

  @Test
  void shouldForgetCallsThatAreTakenBackUnsent() {
    List<PendingCall<?>> calls = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      calls.add(add());
    }

    calls.forEach(this::takeBack);

    assertThat(outgoing.unsent()).isLessThan(MANY / 10);
    assertThat(add().isOver()).isFalse();
    assertThat(outgoing.next().isEmpty()).isFalse();
    assertThat(outgoing.unsent()).isZero();
  }
}
