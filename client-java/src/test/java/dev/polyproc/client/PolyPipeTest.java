package dev.polyproc.client;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.polyproc.testing.DaemonProcess;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.PipeCreateRequest;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(30)
class PolyPipeTest {
  @RegisterExtension static final DaemonProcess DAEMON = new DaemonProcess();

  private Polyproc near;
  private Polyproc far;

  @BeforeEach
  void connect() {
    near = Polyproc.connect(DAEMON.address());
    far = Polyproc.connect(DAEMON.address());
  }

  @AfterEach
  void close() {
    near.close();
    far.close();
  }

  private PolyPipe<String> pipe(PipeCreateRequest.Builder shape) {
    return near.pipe(shape.build(), Codec.STRING);
  }

  private PolyPipeEnd<String> handOver(PolyPipe<String> pipe) {
    PolyPipeEnd<String> end = far.pipeEnd(pipe.second().name(), Codec.STRING);
    pipe.second().close();
    return end;
  }

  @Test
  void shouldCarryMessagesBothWays() throws Exception {
    PolyPipe<String> pipe = pipe(PipeCreateRequest.newBuilder());
    PolyPipeEnd<String> second = handOver(pipe);
    pipe.first().send("there");
    second.sendAsync("and back").get(5, TimeUnit.SECONDS);
    assertThat(second.receive()).isEqualTo("there");
    assertThat(pipe.first().poll()).isTrue();
    assertThat(pipe.first().receiveAsync().get(5, TimeUnit.SECONDS)).isEqualTo("and back");
    assertThat(pipe.first().poll(1, TimeUnit.MILLISECONDS)).isFalse();
    assertThatThrownBy(() -> pipe.first().receive(1, TimeUnit.MILLISECONDS))
        .isInstanceOf(TimeoutException.class);
  }

  @Test
  void shouldEndWithTheClientThatHoldsTheOtherEnd() throws Exception {
    PolyPipe<String> pipe = pipe(PipeCreateRequest.newBuilder());
    PolyPipeEnd<String> second = handOver(pipe);
    second.send("last");
    CompletableFuture<String> first = pipe.first().receiveAsync();
    CompletableFuture<String> next = pipe.first().receiveAsync();
    far.close();
    assertThat(first.get(5, TimeUnit.SECONDS)).isEqualTo("last");
    assertThat(next.get(5, TimeUnit.SECONDS)).isNull();
    assertThat(pipe.first().receive(1, TimeUnit.HOURS)).isNull();
    assertThatThrownBy(() -> pipe.first().send("x"))
        .isInstanceOfSatisfying(
            PolyprocException.class,
            e -> assertThat(e.reason()).isEqualTo(ErrorReason.ERROR_REASON_BROKEN_PIPE));
    pipe.first().close();
    pipe.first().close();
    assertThatThrownBy(() -> pipe.first().poll())
        .isInstanceOfSatisfying(
            PolyprocException.class,
            e -> assertThat(e.reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED));
  }

  @Test
  void shouldBoundWhatWaitsAndHowLongItIs() throws Exception {
    PolyPipe<String> pipe = pipe(PipeCreateRequest.newBuilder().setOneWay(true).setMaxsize(1));
    pipe.second().send("four");
    assertThat(pipe.second().offer("x", 1, TimeUnit.MILLISECONDS)).isFalse();
    CompletableFuture<Boolean> waiting = pipe.second().offerAsync("five", 1, TimeUnit.HOURS);
    assertThatThrownBy(() -> pipe.first().receiveUpTo(3))
        .isInstanceOfSatisfying(
            PolyprocException.class,
            e -> assertThat(e.reason()).isEqualTo(ErrorReason.ERROR_REASON_MESSAGE_TOO_LONG));
    assertThat(pipe.first().receiveUpTo(4)).isEqualTo("four");
    assertThat(waiting.get(5, TimeUnit.SECONDS)).isTrue();
    assertThat(pipe.first().receiveUpToAsync(4).get(5, TimeUnit.SECONDS)).isEqualTo("five");
    assertThatThrownBy(() -> pipe.first().receiveAsync().orTimeout(1, TimeUnit.MILLISECONDS).get())
        .hasCauseInstanceOf(TimeoutException.class);
    pipe.second().send("six");
    assertThat(pipe.first().receive()).isEqualTo("six");
    assertThatThrownBy(() -> pipe.first().send("x"))
        .isInstanceOfSatisfying(
            PolyprocException.class,
            e -> assertThat(e.reason()).isEqualTo(ErrorReason.ERROR_REASON_WRONG_DIRECTION));
  }

  @Test
  void shouldNotUseAHandleThatWasClosed() throws Exception {
    PolyPipe<String> pipe = pipe(PipeCreateRequest.newBuilder());
    PolyPipeEnd<String> theirs = far.pipeEnd(pipe.second().name(), Codec.STRING);
    PolyPipeEnd<String> mine = pipe.second();
    mine.close();

    for (ThrowingCallable call :
        List.<ThrowingCallable>of(
            () -> mine.send("x"),
            () -> mine.offer("x", 1, TimeUnit.HOURS),
            mine::receive,
            () -> mine.receive(1, TimeUnit.HOURS),
            () -> mine.receiveUpTo(1),
            mine::poll,
            () -> mine.poll(1, TimeUnit.HOURS))) {
      assertThat(Failure.reasonOf(call)).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED);
    }
    for (CompletableFuture<?> call :
        List.of(
            mine.sendAsync("x"),
            mine.offerAsync("x", 1, TimeUnit.HOURS),
            mine.receiveAsync(),
            mine.receiveUpToAsync(1),
            mine.pollAsync(1, TimeUnit.HOURS))) {
      assertThat(Failure.reasonOf(call)).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED);
    }
    theirs.send("still open");
    assertThat(pipe.first().receive()).isEqualTo("still open");
  }

  @Test
  void shouldKeepLaterHandleWhenAnEarlierOneIsClosedAgain() throws Exception {
    PolyPipe<String> pipe = pipe(PipeCreateRequest.newBuilder());
    PolyQueue<PolyPipeEnd<String>> ends = near.newQueue(near.pipeEnds(Codec.STRING));
    ends.put(pipe.second());
    pipe.second().close();
    PolyPipeEnd<String> later = ends.take();

    pipe.second().close();

    later.send("alive");
    assertThat(pipe.first().receive()).isEqualTo("alive");
  }

  @Test
  void shouldCloseEachHandleOfAnEndByItself() throws Exception {
    PolyPipe<String> pipe = pipe(PipeCreateRequest.newBuilder());
    PolyPipeEnd<String> other = near.pipeEnd(pipe.second().name(), Codec.STRING);

    pipe.second().close();

    other.send("alive");
    assertThat(pipe.first().receive()).isEqualTo("alive");
    other.close();
    assertThat(pipe.first().receive()).isNull();
  }

  @Test
  void shouldLeaveToOthersAnEndThatLivesWithoutHolders() throws Exception {
    PolyPipe<String> pipe =
        pipe(PipeCreateRequest.newBuilder().setLifetime(Lifetime.LIFETIME_PERSISTENT));
    PolyPipeEnd<String> theirs = far.pipeEnd(pipe.second().name(), Codec.STRING);
    pipe.second().close();
    theirs.send("still open");
    assertThat(pipe.first().receive()).isEqualTo("still open");

    theirs.closeForAll();
    assertThat(pipe.first().receive()).isNull();
    pipe.first().closeForAllAsync().get(10, TimeUnit.SECONDS);
    assertThat(Failure.reasonOf(() -> pipe.first().send("late")))
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED);
  }

  @Test
  void shouldCarryAnEndOfAPipe() throws Exception {
    PolyPipe<PolyPipeEnd<String>> outer =
        near.pipe(PipeCreateRequest.getDefaultInstance(), near.pipeEnds(Codec.STRING));
    PolyPipe<String> inner = pipe(PipeCreateRequest.newBuilder());
    PolyPipeEnd<PolyPipeEnd<String>> there =
        far.pipeEnd(outer.second().name(), far.pipeEnds(Codec.STRING));
    outer.first().send(inner.second());
    inner.second().close();

    PolyPipeEnd<String> got = requireNonNull(there.receive());

    got.send("through");
    assertThat(inner.first().receive()).isEqualTo("through");
    got.close();
    assertThat(inner.first().receive()).isNull();
  }
}
