package dev.polyproc.server.engine.queue;

import static dev.polyproc.server.engine.QueueCalls.delivered;
import static dev.polyproc.server.engine.QueueCalls.item;
import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.server.engine.Client;
import dev.polyproc.server.engine.EngineFixture;
import dev.polyproc.server.engine.Pending;
import dev.polyproc.server.engine.QueueCalls;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.QueueConsumeRequest;
import dev.polyproc.v1.QueueConsumeResponse;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Streams of reserved items. */
final class ConsumeTest {
  private final EngineFixture world = new EngineFixture();
  private final Client sessionA = world.session("a");
  private final Client sessionB = world.session("b");
  private final QueueCalls a = sessionA.queue("jobs");
  private final QueueCalls b = sessionB.queue("jobs");

  @BeforeEach
  void createQueue() {
    a.create().response();
  }

  private static long reservation(Pending<QueueConsumeResponse> stream, int delivery) {
    return stream.responses().get(delivery).getDelivery().getReservation();
  }

  @Test
  void shouldDeliverWhatIsThereAndWhatComes() {
    b.put(1);
    var stream = a.consume(10);
    assertThat(delivered(stream)).containsExactly(1L);
    b.put(2);
    assertThat(delivered(stream)).containsExactly(1L, 2L);
    assertThat(stream.isWaiting()).isTrue();
    assertThat(a.size().getReserved()).isEqualTo(2);
    assertThat(a.size().getWaitingGets()).isEqualTo(1);
  }

  @Test
  void shouldDeliverOnlyAsManyAsMayBeInFlight() {
    b.putMany(List.of(1, 2, 3, 4));
    var stream = a.consume(2);
    assertThat(delivered(stream)).containsExactly(1L, 2L);

    a.acknowledge(reservation(stream, 1));
    assertThat(delivered(stream)).containsExactly(1L, 2L, 3L);

    a.reject(reservation(stream, 0));
    assertThat(delivered(stream)).as("it may come again").containsExactly(1L, 2L, 3L, 1L);
    assertThat(stream.responses().get(3).getDelivery().getAttempt()).isEqualTo(2);
  }

  @Test
  void shouldStandInLineForEachItem() {
    var first = a.consume(10);
    var second = b.consume(10);
    var get = world.anonymous().queue("jobs").get();

    b.putMany(List.of(1, 2, 3, 4, 5));

    assertThat(delivered(first)).containsExactly(1L, 4L);
    assertThat(delivered(second)).containsExactly(2L, 5L);
    assertThat(item(get)).isEqualTo(3L);
  }

  @Test
  void shouldStandBehindTheOthersAfterAnItem() {
    var first = a.consume(10);
    var second = b.consume(10);
    b.put(1);
    b.put(2);
    b.put(3);
    assertThat(delivered(first)).containsExactly(1L, 3L);
    assertThat(delivered(second)).containsExactly(2L);
  }

  @Test
  void shouldStandAsideWhileTooManyAreInFlight() {
    var busy = a.consume(1);
    b.put(1);
    var get = b.get();
    b.put(2);
    assertThat(delivered(busy)).containsExactly(1L);
    assertThat(item(get)).isEqualTo(2L);

    a.acknowledge(reservation(busy, 0));
    b.put(3);
    assertThat(delivered(busy)).containsExactly(1L, 3L);
  }

  @Test
  void shouldGiveBackWhatIsInFlightWhenTheStreamIsGone() {
    b.putMany(List.of(1, 2, 3));
    var stream = a.consume(2);
    a.acknowledge(reservation(stream, 0));
    assertThat(delivered(stream)).containsExactly(1L, 2L, 3L);

    world.abandon(stream);

    assertThat(b.items()).containsExactly(2L, 3L);
    assertThat(b.get().response().getAttempt()).isEqualTo(2);
    assertThat(a.acknowledge(reservation(stream, 1)).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_RESERVATION_ENDED);
  }

  @Test
  void shouldCountOneAttemptWhenTheStreamsOfAConnectionAreGone() {
    var first = a.consume(1);
    var second = a.consume(1);
    b.putMany(List.of(1, 2, 3));
    assertThat(delivered(first)).containsExactly(1L);
    assertThat(delivered(second)).containsExactly(2L);

    world.abandon(first, second);

    assertThat(delivered(second)).as("nothing went from one to the other").containsExactly(2L);
    assertThat(b.items()).containsExactly(1L, 2L, 3L);
    assertThat(b.get().response().getAttempt()).isEqualTo(2);
    assertThat(b.get().response().getAttempt()).isEqualTo(2);
    assertThat(b.get().response().getAttempt()).isEqualTo(1);
  }

  @Test
  void shouldGiveBackToTheNextInLine() {
    var stream = a.consume(2);
    b.putMany(List.of(1, 2));
    var oldest = b.get();
    var younger = b.get();

    sessionA.dies();

    assertThat(stream.reason()).isEqualTo(ErrorReason.ERROR_REASON_SESSION_ENDED);
    assertThat(item(oldest)).isEqualTo(1L);
    assertThat(item(younger)).isEqualTo(2L);
  }

  @Test
  void shouldCountOneAttemptWhenASessionEndsWithSeveralStreams() {
    var busy = a.consume(1);
    b.put(1);
    var idle = a.consume(1);
    var get = a.get();

    sessionA.dies();

    assertThat(delivered(busy)).containsExactly(1L);
    assertThat(delivered(idle)).isEmpty();
    assertThat(get.reason()).isEqualTo(ErrorReason.ERROR_REASON_SESSION_ENDED);
    assertThat(b.get().response().getAttempt()).isEqualTo(2);
  }

  @Test
  void shouldDeliverAgainWhenAReservationTimesOut() {
    var stream =
        a.consume(
            QueueConsumeRequest.newBuilder()
                .setMaxInFlight(1)
                .setReservationTimeout(com.google.protobuf.Duration.newBuilder().setSeconds(1)));
    b.put(1);
    world.advance(Duration.ofMillis(2_500));
    assertThat(delivered(stream)).containsExactly(1L, 1L, 1L);
  }

  @Test
  void shouldEndTheStreamWhenNothingCanComeAnyMore() {
    b.put(1);
    var busy = a.consume(1);
    var idle = b.consume(1);

    b.shutdown();
    assertThat(busy.isWaiting()).isTrue();
    assertThat(idle.isWaiting()).as("the reserved item may come back").isTrue();
    a.acknowledge(reservation(busy, 0));

    assertThat(busy.reason()).isEqualTo(ErrorReason.ERROR_REASON_CLOSED);
    assertThat(idle.reason()).isEqualTo(ErrorReason.ERROR_REASON_CLOSED);
    assertThat(a.consume(1).reason()).isEqualTo(ErrorReason.ERROR_REASON_CLOSED);
  }

  @Test
  void shouldTellAllStreamsThatTheQueueWasDeleted() {
    b.put(1);
    var holding = a.consume(2);
    var waiting = b.get();

    world.anonymous().delete("jobs").response();

    assertThat(holding.reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED);
    assertThat(waiting.reason())
        .as("the item goes with its queue, not to the next in line")
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED);
  }

  @Test
  void shouldNeedASessionAndASaneNumberInFlight() {
    assertThat(world.anonymous().queue("jobs").consume(1).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_SESSION_REQUIRED);
    assertThat(a.consume(0).reason()).isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    assertThat(a.consume(-1).sentence())
        .isEqualTo("Expected max_in_flight to be 1 to 100, but it is 4294967295");
  }

  @Test
  void shouldShowConsumersInLine() {
    sessionA.as("worker").queue("jobs").consume(3);
    var waiter = world.anonymous().inspect("jobs").getWaiters(0);
    assertThat(waiter.getRpc()).isEqualTo("QueueService/Consume");
    assertThat(waiter.getParty().getOwner()).isEqualTo("worker");
    assertThat(waiter.hasDeadline()).isFalse();
  }
}
