package dev.polyproc.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.polyproc.v1.AdminDescribeRequest;
import dev.polyproc.v1.AdminServiceGrpc;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.ObjectKind;
import dev.polyproc.v1.PipeCloseEndRequest;
import dev.polyproc.v1.PipeCreateRequest;
import dev.polyproc.v1.PipeCreateResponse;
import dev.polyproc.v1.PipePollRequest;
import dev.polyproc.v1.PipeReceiveRequest;
import dev.polyproc.v1.PipeReceiveResponse;
import dev.polyproc.v1.PipeSendRequest;
import dev.polyproc.v1.PipeServiceGrpc;
import dev.polyproc.v1.PipeServiceGrpc.PipeServiceBlockingStub;
import dev.polyproc.v1.Ref;
import dev.polyproc.v1.SessionEndRequest;
import dev.polyproc.v1.SessionRetainRequest;
import dev.polyproc.v1.SessionServiceGrpc;
import dev.polyproc.v1.Value;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** PipeService. */
public abstract class PipeContract extends ContractSuite {
  private String a;
  private String b;

  /** Two sessions, which hold an end each once there is a pipe. */
  @BeforeEach
  void openSessions() {
    a = openSession();
    b = openSession();
  }

  private PipeServiceBlockingStub pipes(String session) {
    return PipeServiceGrpc.newBlockingStub(in(session));
  }

  private void create(boolean oneWay) {
    PipeCreateResponse pipe =
        pipes(a).create(PipeCreateRequest.newBuilder().setPipe(name()).setOneWay(oneWay).build());
    var unused =
        SessionServiceGrpc.newBlockingStub(in(b))
            .retain(SessionRetainRequest.newBuilder().addRefs(pipe.getSecond()).build());
    assertThat(close(a, 2)).isFalse();
  }

  private String end(int number) {
    return name() + "/" + number;
  }

  private boolean close(String session, int end) {
    return pipes(session)
        .closeEnd(PipeCloseEndRequest.newBuilder().setEnd(end(end)).build())
        .getClosed();
  }

  private void send(String session, int end, Value message) {
    assertThat(
            pipes(session)
                .send(PipeSendRequest.newBuilder().setEnd(end(end)).setMessage(message).build())
                .getAccepted())
        .isTrue();
  }

  private PipeReceiveRequest receive(int end) {
    return PipeReceiveRequest.newBuilder().setEnd(end(end)).build();
  }

  private boolean ready(String session, int end) {
    return pipes(session)
        .poll(PipePollRequest.newBuilder().setEnd(end(end)).setTimeout(NOW).build())
        .getReady();
  }

  @Test
  void shouldCarryMessagesBothWays() {
    create(false);
    assertThat(ready(b, 2)).isFalse();
    send(a, 1, text("hello"));
    send(b, 2, number(7));
    assertThat(ready(b, 2)).isTrue();
    assertThat(pipes(b).receive(receive(2)).getMessage()).isEqualTo(text("hello"));
    assertThat(pipes(a).receive(receive(1)).getMessage()).isEqualTo(number(7));
  }

  @Test
  void shouldEndWithItsOtherEnd() {
    create(false);
    send(a, 1, text("last"));
    Future<PipeReceiveResponse> waiting = PipeServiceGrpc.newFutureStub(in(a)).receive(receive(1));
    AdminDescribeRequest describe = AdminDescribeRequest.newBuilder().setObject(end(1)).build();
    await()
        .until(
            () ->
                AdminServiceGrpc.newBlockingStub(channel()).describe(describe).getWaitersCount()
                    == 1);
    var unused =
        SessionServiceGrpc.newBlockingStub(in(b)).end(SessionEndRequest.getDefaultInstance());
    assertThat(get(waiting).getEndOfFile()).isTrue();
    assertThat(reasonOf(() -> send(a, 1, text("x"))))
        .isEqualTo(ErrorReason.ERROR_REASON_BROKEN_PIPE);
    assertThat(close(a, 1)).isTrue();
  }

  @Test
  void shouldCloseWhenTheLastOfASessionsHoldsIsGone() {
    create(false);
    Ref end = Ref.newBuilder().setName(end(2)).setKind(ObjectKind.OBJECT_KIND_PIPE_END).build();
    var unused =
        SessionServiceGrpc.newBlockingStub(in(b))
            .retain(SessionRetainRequest.newBuilder().addRefs(end).build());
    PipeCloseEndRequest once = closing(end).toBuilder().setCount(1).build();

    assertThat(pipes(b).closeEnd(once).getClosed()).isFalse();
    send(a, 1, text("still there"));
    assertThat(pipes(b).receive(receive(2)).getMessage()).isEqualTo(text("still there"));

    assertThat(pipes(b).closeEnd(once).getClosed()).isTrue();
    assertThat(pipes(a).receive(receive(1)).getEndOfFile()).isTrue();
  }

  @Test
  void shouldKeepToItsDirectionAndLength() {
    create(true);
    assertThat(reasonOf(() -> send(a, 1, text("x"))))
        .isEqualTo(ErrorReason.ERROR_REASON_WRONG_DIRECTION);
    send(b, 2, text("four"));
    assertThat(reasonOf(() -> pipes(a).receive(receive(1).toBuilder().setMaxLength(3).build())))
        .isEqualTo(ErrorReason.ERROR_REASON_MESSAGE_TOO_LONG);
    assertThat(pipes(a).receive(receive(1)).getMessage()).isEqualTo(text("four"));
  }

  @Test
  void shouldCarryAnEndThroughAPipe() {
    create(false);
    PipeCreateResponse inner = pipes(a).create(PipeCreateRequest.getDefaultInstance());
    send(a, 1, Value.newBuilder().setRef(inner.getSecond()).build());
    assertThat(pipes(a).closeEnd(closing(inner.getSecond())).getClosed()).isFalse();

    Ref got = pipes(b).receive(receive(2)).getMessage().getRef();

    assertThat(got).isEqualTo(inner.getSecond());
    assertThat(pipes(b).closeEnd(closing(got)).getClosed()).isTrue();
    assertThat(
            pipes(a)
                .receive(PipeReceiveRequest.newBuilder().setEnd(inner.getFirst().getName()).build())
                .getEndOfFile())
        .isTrue();
  }

  private static PipeCloseEndRequest closing(Ref end) {
    return PipeCloseEndRequest.newBuilder().setEnd(end.getName()).build();
  }
}
