package dev.polyproc.integration;

import static dev.polyproc.integration.Requests.acquire;
import static dev.polyproc.integration.Requests.createLock;
import static dev.polyproc.integration.Requests.createQueue;
import static dev.polyproc.integration.Requests.get;
import static dev.polyproc.integration.Requests.getNow;
import static dev.polyproc.integration.Requests.put;
import static dev.polyproc.integration.Requests.reserve;
import static dev.polyproc.integration.Requests.size;
import static dev.polyproc.v1.CancelOutcome.CANCEL_OUTCOME_UNDONE;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_CANCELLED;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_INVALID_ARGUMENT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.polyproc.v1.LockAcquireResponse;
import dev.polyproc.v1.LockGetRequest;
import dev.polyproc.v1.LockReleaseRequest;
import dev.polyproc.v1.QueueGetResponse;
import dev.polyproc.v1.SessionCancelRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Callers that give a numbered call up, and connections that break under one. */
final class GivenUpIT {
  @RegisterExtension static final SharedDaemon daemon = SharedDaemon.with();

  private final Client client = daemon.client();
  private final String session = client.openSession();
  private final Client own = client.with(Envelope.of(session));
  private final String queue = client.queues().create(createQueue("")).getRef().getName();
  private final String other = client.queues().create(createQueue("")).getRef().getName();

  @AfterEach
  void end() {
    client.close();
  }

  private Client numbered(long sequence) {
    return own.with(Envelope.none().sequence(sequence));
  }

  private Client repeating(long sequence) {
    return numbered(sequence).with(Envelope.none().with("polyproc-repeats", "true"));
  }

  private int waitingGets(String queue) {
    return client.queues().size(size(queue)).getWaitingGets();
  }

  private void awaitWaitingGets(String queue, int many) {
    await().until(() -> waitingGets(queue) == many);
  }

  private long items() {
    return client.queues().size(size(queue)).getSize();
  }

  // A reset.

  @Test
  void shouldLoseNoItemToANumberedCallThatWasReset() {
    Future<QueueGetResponse> waiting = numbered(1).queuesLater().get(get(queue));
    awaitWaitingGets(queue, 1);

    waiting.cancel(true);

    awaitWaitingGets(queue, 0);
    numbered(2).with(Envelope.none().receivedBelow(2)).queues().put(put(queue, 7));
    assertThat(client.queues().get(getNow(queue)).getAttempt()).as("nobody had it").isEqualTo(1);
  }

  @Test
  void shouldGiveNoLockToANumberedCallThatWasReset() {
    String lock = client.locks().create(createLock("")).getRef().getName();
    Client holder = client.newSession();
    long token = holder.locks().acquire(acquire(lock)).getToken();
    Future<LockAcquireResponse> waiting = numbered(1).locksLater().acquire(acquire(lock));
    LockGetRequest look = LockGetRequest.newBuilder().setLock(lock).build();
    await().until(() -> client.locks().get(look).getWaitersCount() == 1);

    waiting.cancel(true);
    await().until(() -> client.locks().get(look).getWaitersCount() == 0);
    holder.locks().release(LockReleaseRequest.newBuilder().setLock(lock).setToken(token).build());

    assertThat(client.locks().get(look).getHeld()).isFalse();
  }

  @Test
  void shouldTakeARepeatAfterAResetForANewCall() {
    Future<QueueGetResponse> waiting = numbered(1).queuesLater().get(get(queue));
    awaitWaitingGets(queue, 1);
    waiting.cancel(true);
    awaitWaitingGets(queue, 0);
    Future<QueueGetResponse> next = client.queuesLater().get(get(queue));
    awaitWaitingGets(queue, 1);
    Future<QueueGetResponse> again = numbered(1).queuesLater().get(get(queue));
    awaitWaitingGets(queue, 2);

    client.queues().put(put(queue, 1));
    client.queues().put(put(queue, 2));

    assertThat(Later.get(next).getItem().getInt()).isEqualTo(1);
    assertThat(Later.get(again).getItem().getInt()).isEqualTo(2);
  }

  @Test
  void shouldKeepThePlaceOfACallThatSaysItRepeats() {
    Future<QueueGetResponse> waiting = repeating(1).queuesLater().get(get(queue));
    Future<QueueGetResponse> gone = numbered(2).queuesLater().get(get(other));
    awaitWaitingGets(queue, 1);
    awaitWaitingGets(other, 1);

    waiting.cancel(true);
    gone.cancel(true); // over the same connection, and after it
    awaitWaitingGets(other, 0);

    assertThat(waitingGets(queue)).isEqualTo(1);
    client.queues().put(put(queue, 1));
    assertThat(repeating(1).queues().get(get(queue)).getItem().getInt()).isEqualTo(1);
  }

  @Test
  void shouldLeaveThePlaceThatARepeatTookOver() throws IOException {
    try (Raw early = raw()) {
      int stream = early.get(queue, "polyproc-session", session, "polyproc-sequence", "1");
      int sentinel = early.get(other);
      awaitWaitingGets(queue, 1);
      awaitWaitingGets(other, 1);
      Future<QueueGetResponse> again = numbered(1).queuesLater().get(get(queue));
      awaitTakenOver();

      early.http.reset(stream).reset(sentinel).flush();
      awaitWaitingGets(other, 0);

      assertThat(waitingGets(queue)).isEqualTo(1);
      client.queues().put(put(queue, 3));
      assertThat(Later.get(again).getItem().getInt()).isEqualTo(3);
    }
  }

  /** What is sent after the repeat, over its connection, is answered when the repeat has come. */
  private void awaitTakenOver() {
    client.queues().size(size(queue));
  }

  // A broken connection.

  /** How a connection ends. */
  enum Break {
    /** As when its process was killed. */
    CLOSED,
    /** As when a router gave it up: TCP's RST. */
    ABORTED,
    /** As when a well-behaved client is shut down: GOAWAY. */
    TOLD,
    /** Another call of it was reset just before. */
    AFTER_A_RESET
  }

  @ParameterizedTest
  @EnumSource(Break.class)
  void shouldKeepTheNumberedCallsOfAConnectionThatBreaks(Break how) throws IOException {
    try (Raw raw = raw()) {
      raw.get(queue, "polyproc-session", session, "polyproc-sequence", "1");
      int reset = raw.get(other, "polyproc-session", session, "polyproc-sequence", "2");
      raw.get(other);
      awaitWaitingGets(queue, 1);
      awaitWaitingGets(other, 2);

      switch (how) {
        case CLOSED -> {}
        case ABORTED -> raw.channel.setOption(StandardSocketOptions.SO_LINGER, 0);
        case TOLD -> raw.http.frame(RawHttp2.GOAWAY, RawHttp2.NO_FLAGS, 0, new byte[8]).flush();
        case AFTER_A_RESET -> raw.http.reset(reset).flush();
      }
    }
    // The call without a number goes with the connection.
    awaitWaitingGets(other, how == Break.AFTER_A_RESET ? 0 : 1);

    assertThat(waitingGets(queue)).isEqualTo(1);
    Future<QueueGetResponse> behind = client.queuesLater().get(get(queue));
    awaitWaitingGets(queue, 2);
    client.queues().put(put(queue, 5));
    assertThat(numbered(1).queues().get(get(queue)).getItem().getInt()).isEqualTo(5);
    behind.cancel(true);
  }

  // A deadline.

  @Test
  void shouldLoseNoItemToACallWhoseDeadlinePassed() {
    assertThatThrownBy(
            () ->
                numbered(1).queues().withDeadlineAfter(100, TimeUnit.MILLISECONDS).get(get(queue)))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED));
    awaitWaitingGets(queue, 0);

    client.queues().put(put(queue, 7));

    assertThat(items()).isEqualTo(1);
    assertThat(numbered(1).queues().get(getNow(other)).hasItem())
        .as("nothing is remembered of it, not even its request")
        .isFalse();
  }

  @Test
  void shouldWithdrawACallByItsDeadlineThoughItsClientSaysNothing() throws IOException {
    try (Raw raw = raw()) {
      int stream =
          raw.get(
              queue, "polyproc-session", session, "polyproc-sequence", "1", "grpc-timeout", "100m");
      raw.http.await(stream);

      awaitWaitingGets(queue, 0);
      client.queues().put(put(queue, 7));
      assertThat(numbered(1).queues().get(get(queue)).getItem().getInt())
          .as("a repeat is a new call")
          .isEqualTo(7);
    }
  }

  @Test
  void shouldKeepThePlaceOfACallThatRepeatsWhenItsDeadlinePasses() throws IOException {
    try (Raw raw = raw()) {
      int stream =
          raw.get(
              queue,
              "polyproc-session",
              session,
              "polyproc-sequence",
              "1",
              "polyproc-repeats",
              "true",
              "grpc-timeout",
              "100m");
      raw.http.await(stream);
    }
    assertThat(waitingGets(queue)).isEqualTo(1);
    client.queues().put(put(queue, 7));
    assertThat(repeating(1).queues().get(get(queue)).getItem().getInt()).isEqualTo(7);
  }

  // A grant that nobody read.

  private SessionCancelRequest undo(long sequence) {
    return SessionCancelRequest.newBuilder().setSequence(sequence).setUndo(true).build();
  }

  @Test
  void shouldUndoAGrantWhoseReplyWasNotRead() {
    try (CuttingProxy proxy = new CuttingProxy(daemon.get().socket());
        Client cut = Client.over(proxy.socket())) {
      cut.openSession(); // the connection stands
      proxy.loseReplies();
      Future<QueueGetResponse> lost =
          cut.with(Envelope.of(session).sequence(1)).queuesLater().get(get(queue));
      awaitWaitingGets(queue, 1);
      client.queues().put(put(queue, 9));
      assertThat(items()).isZero();
      lost.cancel(true); // too late

      assertThat(numbered(2).sessions().cancel(undo(1)).getOutcome())
          .isEqualTo(CANCEL_OUTCOME_UNDONE);
    }
    numbered(3).with(Envelope.none().receivedBelow(3)).queues().put(put(other, 1));
    QueueGetResponse got = client.queues().get(getNow(queue));
    assertThat(got.getItem().getInt()).isEqualTo(9);
    assertThat(got.getAttempt()).as("nobody saw it").isEqualTo(1);
  }

  @Test
  void shouldUndoAReservationAndAnAcquireWhoseRepliesWereNotConfirmed() {
    client.queues().put(put(queue, 9));
    numbered(1).queues().get(reserve(queue));
    String lock = client.locks().create(createLock("")).getRef().getName();
    numbered(2).locks().acquire(acquire(lock));

    assertThat(own.sessions().cancel(undo(1)).getOutcome()).isEqualTo(CANCEL_OUTCOME_UNDONE);
    assertThat(own.sessions().cancel(undo(2)).getOutcome()).isEqualTo(CANCEL_OUTCOME_UNDONE);

    assertThat(items()).isEqualTo(1);
    assertThat(client.newSession().locks().acquire(acquire(lock)).getAcquired()).isTrue();
    assertThat(Refusal.reasonOf(() -> numbered(2).locks().acquire(acquire(lock))))
        .isEqualTo(ERROR_REASON_CANCELLED);
  }

  // What is said wrongly.

  @Test
  void shouldRefuseToRepeatWhatHasNoNumber() {
    Envelope repeats = Envelope.none().with("polyproc-repeats", "true");
    Refusal refusal = Refusal.of(() -> own.with(repeats).queues().get(getNow(queue)));
    assertThat(refusal.reason()).isEqualTo(ERROR_REASON_INVALID_ARGUMENT);
    assertThat(refusal.sentence())
        .isEqualTo("Expected polyproc-repeats together with polyproc-sequence, but there is none");
  }

  @Test
  void shouldRefuseToRepeatMaybe() {
    Envelope maybe = Envelope.none().with("polyproc-repeats", "maybe");
    Refusal refusal = Refusal.of(() -> numbered(1).with(maybe).queues().get(getNow(queue)));
    assertThat(refusal.reason()).isEqualTo(ERROR_REASON_INVALID_ARGUMENT);
    assertThat(refusal.sentence())
        .isEqualTo("Expected polyproc-repeats to be true or false, but it is neither");
  }

  // Frames by hand, through TCP.

  private Raw raw() throws IOException {
    DaemonProcess own = daemon.get();
    SocketChannel channel =
        SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), own.port()));
    return new Raw(channel, new RawHttp2(channel).hello(), own.token());
  }

  /** One connection whose end can be chosen. */
  private record Raw(SocketChannel channel, RawHttp2 http, String token) implements AutoCloseable {
    /** A Get that waits, with more metadata; answers its stream. */
    int get(String queue, String... more) throws IOException {
      String[] all =
          new String[] {
            ":method", "POST",
            ":scheme", "http",
            ":path", "/polyproc.v1.QueueService/Get",
            ":authority", "x",
            "te", "trailers",
            "content-type", "application/grpc",
            "authorization", "Bearer " + token
          };
      byte[] block = RawHttp2.block(concat(all, more));
      int stream = http.call(block, RawHttp2.message(false, Requests.get(queue).toByteArray()));
      http.flush();
      return stream;
    }

    private static String[] concat(String[] first, String[] second) {
      String[] all = java.util.Arrays.copyOf(first, first.length + second.length);
      System.arraycopy(second, 0, all, first.length, second.length);
      return all;
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
