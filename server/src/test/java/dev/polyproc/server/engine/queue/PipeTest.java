package dev.polyproc.server.engine.queue;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.polyproc.server.engine.Client;
import dev.polyproc.server.engine.EngineFixture;
import dev.polyproc.server.engine.Pending;
import dev.polyproc.server.engine.PipeCalls;
import dev.polyproc.server.engine.Plain;
import dev.polyproc.v1.AdminDeleteRequest;
import dev.polyproc.v1.AdminDeleteResponse;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.PipeCreateRequest;
import dev.polyproc.v1.PipeCreateResponse;
import dev.polyproc.v1.PipePollResponse;
import dev.polyproc.v1.PipeReceiveResponse;
import dev.polyproc.v1.PipeSendResponse;
import dev.polyproc.v1.Ref;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class PipeTest {
  private final EngineFixture world = new EngineFixture();
  private final Client a = world.session("a");
  private final Client b = world.session("b");

  /** A pipe whose first end is a's and whose second is b's. */
  private PipeCreateResponse between(PipeCreateRequest.Builder shape) {
    PipeCreateResponse pipe = a.pipe("p").create(shape).response();
    b.retain(pipe.getSecond()).response();
    a.drop(pipe.getSecond(), 0);
    return pipe;
  }

  private PipeCreateResponse between() {
    return between(PipeCreateRequest.newBuilder());
  }

  private PipeCalls first() {
    return a.pipe("p/1");
  }

  private PipeCalls second() {
    return b.pipe("p/2");
  }

  private static @Nullable Object message(Pending<PipeReceiveResponse> received) {
    return Plain.object(received.response().getMessage());
  }

  @Test
  void shouldCarryMessagesBothWaysInOrder() {
    between();
    first().send("a").response();
    first().send("b").response();
    second().send(1).response();
    assertThat(message(second().receive())).isEqualTo("a");
    assertThat(message(second().receive())).isEqualTo("b");
    assertThat(message(first().receive())).isEqualTo(1L);
    assertThat(first().receive(Duration.ZERO).response())
        .isEqualTo(PipeReceiveResponse.getDefaultInstance());
  }

  @Test
  void shouldAnswerTheSameEndsAgain() {
    PipeCreateResponse pipe = a.pipe("p").create().response();
    PipeCreateResponse again = a.pipe("p").create().response();
    assertThat(again).isEqualTo(pipe.toBuilder().setCreated(false).build());
    assertThat(a.pipe("p").create(PipeCreateRequest.newBuilder().setOneWay(true)).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_EXISTS);
    first().closeEnd().response();
    assertThat(a.pipe("p").create().reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_EXISTS);
    a.pipe("p/2").closeEnd().response();
    assertThat(a.pipe("p").create().response().getCreated()).isTrue();
    assertThat(a.pipe("").create().response().getFirst().getName()).startsWith("pipe-end-");
    assertThat(world.anonymous().pipe("q").create().reason())
        .isEqualTo(ErrorReason.ERROR_REASON_SESSION_REQUIRED);
  }

  @Test
  void shouldNotStandInTheWayOfHalfAPipe() {
    a.dict("p/2").create().response();
    assertThat(a.pipe("p").create().reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_EXISTS);
    a.dict("p/1").create().response();
    assertThat(a.pipe("p").create().reason()).isEqualTo(ErrorReason.ERROR_REASON_WRONG_KIND);
  }

  @Test
  void shouldServeTheOldestReceiverFirst() {
    between();
    Pending<PipeReceiveResponse> one = second().receive();
    Pending<PipeReceiveResponse> two = second().receive();
    first().send("a").response();
    assertThat(two.isWaiting()).isTrue();
    assertThat(message(one)).isEqualTo("a");
    first().send("b").response();
    assertThat(message(two)).isEqualTo("b");
  }

  @Test
  void shouldWaitForRoom() {
    between(PipeCreateRequest.newBuilder().setMaxsize(1));
    first().send("a").response();
    assertThat(first().send("x", Duration.ZERO).response().getAccepted()).isFalse();
    Pending<PipeSendResponse> b2 = first().send("b");
    Pending<PipeSendResponse> tired = first().send("y", Duration.ofSeconds(1));
    Pending<PipeSendResponse> c = first().send("c");
    world.advance(Duration.ofSeconds(1));
    assertThat(tired.response().getAccepted()).isFalse();
    assertThat(message(second().receive())).isEqualTo("a");
    assertThat(b2.response().getAccepted()).isTrue();
    assertThat(c.isWaiting()).isTrue();
    assertThat(message(second().receive())).isEqualTo("b");
    assertThat(message(second().receive())).isEqualTo("c");
    assertThat(c.response().getAccepted()).isTrue();
  }

  @Test
  void shouldReceiveWhatIsLeftAndThenTheEndOfTheFile() {
    between();
    first().send("last").response();
    Pending<PipeReceiveResponse> waiting = first().receive();
    a.end().response();
    assertThat(waiting.reason()).isEqualTo(ErrorReason.ERROR_REASON_SESSION_ENDED);
    assertThat(second().poll(Duration.ZERO).response().getReady()).isTrue();
    assertThat(message(second().receive())).isEqualTo("last");
    assertThat(second().receive().response().getEndOfFile()).isTrue();
    assertThat(second().poll(Duration.ZERO).response().getReady()).isTrue();
    assertThat(second().send("x").reason()).isEqualTo(ErrorReason.ERROR_REASON_BROKEN_PIPE);
  }

  @Test
  void shouldTellWhoWaitsThatTheOtherEndIsClosed() {
    between(PipeCreateRequest.newBuilder().setMaxsize(1));
    Pending<PipeReceiveResponse> receiving = first().receive();
    Pending<PipePollResponse> polling = first().poll(Duration.ofSeconds(9));
    first().send("a").response();
    Pending<PipeSendResponse> sending = first().send("b");
    assertThat(second().closeEnd().response().getClosed()).isTrue();
    assertThat(receiving.response().getEndOfFile()).isTrue();
    assertThat(polling.response().getReady()).isTrue();
    assertThat(sending.reason()).isEqualTo(ErrorReason.ERROR_REASON_BROKEN_PIPE);
    a.end().response();
    b.end().response();
    assertThat(world.isEmpty()).isTrue();
  }

  @Test
  void shouldCloseAnEndWithItsLastHolder() {
    PipeCreateResponse pipe = between();
    Client c = world.session("c");
    c.retain(pipe.getSecond()).response();
    assertThat(second().closeEnd().response().getClosed()).isFalse();
    first().send("a").response();
    c.end().response();
    assertThat(first().receive().response().getEndOfFile()).isTrue();
    assertThat(second().receive().reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
  }

  @Test
  void shouldKeepToOneDirection() {
    between(PipeCreateRequest.newBuilder().setOneWay(true));
    assertThat(first().send("x").reason()).isEqualTo(ErrorReason.ERROR_REASON_WRONG_DIRECTION);
    assertThat(second().receive().reason()).isEqualTo(ErrorReason.ERROR_REASON_WRONG_DIRECTION);
    assertThat(second().poll(Duration.ZERO).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_WRONG_DIRECTION);
    second().send("x").response();
    assertThat(message(first().receive())).isEqualTo("x");
  }

  @Test
  void shouldLeaveAMessageThatIsTooLong() {
    between();
    Pending<PipeReceiveResponse> waiting = second().receiveUpTo(3);
    Pending<PipeReceiveResponse> next = second().receiveUpTo(4);
    first().send(ByteString.copyFromUtf8("four")).response();
    assertThat(waiting.reason()).isEqualTo(ErrorReason.ERROR_REASON_MESSAGE_TOO_LONG);
    assertThat(waiting.metadata()).containsEntry("length", "4");
    assertThat(message(next)).isEqualTo(ByteString.copyFromUtf8("four"));
    first().send("äöü").response();
    assertThat(second().receiveUpTo(5).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_MESSAGE_TOO_LONG);
    assertThat(message(second().receiveUpTo(6))).isEqualTo("äöü");
  }

  @Test
  void shouldPollWithoutTaking() {
    between();
    assertThat(second().poll(Duration.ZERO).response().getReady()).isFalse();
    Pending<PipePollResponse> tired = second().poll(Duration.ofSeconds(1));
    world.advance(Duration.ofSeconds(1));
    assertThat(tired.response().getReady()).isFalse();
    Pending<PipePollResponse> polling = second().poll(Duration.ofSeconds(1));
    first().send("a").response();
    assertThat(polling.response().getReady()).isTrue();
    assertThat(message(second().receive())).isEqualTo("a");
  }

  @Test
  void shouldGiveBackWhatWasNotConfirmed() {
    PipeCreateResponse pipe = between();
    Client c = world.session("c");
    c.retain(pipe.getSecond()).response();
    first().send("a").response();
    first().send("b").response();
    assertThat(second().receive().response().getAttempt()).isEqualTo(1);
    b.end().response();
    PipeReceiveResponse again = c.pipe("p/2").receive().response();
    assertThat(again.getAttempt()).isEqualTo(2);
    assertThat(Plain.object(again.getMessage())).isEqualTo("a");
    assertThat(message(c.pipe("p/2").receive())).isEqualTo("b");
  }

  @Test
  void shouldCarryAnEndOfAPipe() {
    between();
    PipeCreateResponse inner = a.pipe("inner").create().response();
    first().send(List.of(inner.getSecond())).response();
    a.pipe("inner/2").closeEnd().response();
    a.pipe("inner/1").send("through").response();

    assertThat(message(second().receive())).isEqualTo(List.of(inner.getSecond()));
    assertThat(message(b.pipe("inner/2").receive())).isEqualTo("through");
    b.end().response();
    assertThat(a.pipe("inner/1").receive().response().getEndOfFile()).isTrue();
  }

  @Test
  void shouldCloseAnEndThatIsLostOnItsWay() {
    between();
    PipeCreateResponse inner = a.pipe("inner").create().response();
    first().send(inner.getSecond()).response();
    a.drop(inner.getSecond(), 0);
    Pending<PipeReceiveResponse> waiting = a.pipe("inner/1").receive();
    b.end().response();
    assertThat(waiting.response().getEndOfFile()).isTrue();
  }

  @Test
  void shouldServeCallersWithoutASession() {
    Client anonymous = world.anonymous();
    PipeCreateRequest.Builder shape =
        PipeCreateRequest.newBuilder().setLifetime(Lifetime.LIFETIME_PERSISTENT);
    anonymous.pipe("p").create(shape).response();
    anonymous.pipe("p/1").send("a").response();
    assertThat(message(anonymous.pipe("p/2").receive())).isEqualTo("a");
    assertThat(anonymous.pipe("p/1").closeEnd().response().getClosed()).isTrue();
    assertThat(anonymous.pipe("p/2").receive().response().getEndOfFile()).isTrue();
    assertThat(anonymous.pipe("p/2").closeEnd().response().getClosed()).isTrue();
    assertThat(world.storedBytes()).isZero();
    between();
    assertThat(anonymous.pipe("p/1").closeEnd().reason())
        .isEqualTo(ErrorReason.ERROR_REASON_SESSION_REQUIRED);
  }

  @Test
  void shouldTellWhoeverWaitsForADeletedEnd() {
    PipeCreateResponse pipe = between();
    Pending<PipeReceiveResponse> waiting = second().receive();
    Pending<PipeReceiveResponse> peer = first().receive();
    world
        .anonymous()
        .call(
            "AdminService/Delete",
            AdminDeleteRequest.newBuilder().setObject("p/2").build(),
            AdminDeleteResponse.getDefaultInstance())
        .response();
    assertThat(waiting.reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED);
    assertThat(peer.response().getEndOfFile()).isTrue();
    assertThat(b.retain(pipe.getSecond()).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED);
  }

  @Test
  void shouldPassManyThroughASmallPipe() {
    between(PipeCreateRequest.newBuilder().setMaxsize(2));
    List<Pending<PipeSendResponse>> sent = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      sent.add(first().send(i));
    }
    for (long i = 0; i < 50; i++) {
      assertThat(message(second().receive())).isEqualTo(i);
    }
    assertThat(sent).allMatch(send -> send.response().getAccepted());
    Ref none = Ref.newBuilder().setName("p/3").build();
    assertThat(a.retain(none).reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
  }
}
