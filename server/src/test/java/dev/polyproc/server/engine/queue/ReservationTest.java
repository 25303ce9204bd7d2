package dev.polyproc.server.engine.queue;

import static dev.polyproc.server.engine.QueueCalls.item;
import static dev.polyproc.server.engine.QueueCalls.items;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.util.Durations;
import dev.polyproc.server.engine.Client;
import dev.polyproc.server.engine.EngineFixture;
import dev.polyproc.server.engine.Pending;
import dev.polyproc.server.engine.QueueCalls;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.QueueGetManyRequest;
import dev.polyproc.v1.QueueGetRequest;
import dev.polyproc.v1.QueueGetResponse;
import dev.polyproc.v1.QueueItemOptions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Items that are handed out until they are acknowledged. */
final class ReservationTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final EngineFixture world = new EngineFixture();
  private final Client sessionA = world.session("a");
  private final QueueCalls a = sessionA.queue("jobs");
  private final QueueCalls b = world.session("b").queue("jobs");

  private static long reservation(Pending<QueueGetResponse> get) {
    return get.response().getReservation();
  }

  private static int attempt(Pending<QueueGetResponse> get) {
    return get.response().getAttempt();
  }

  @Test
  void shouldBeDoneWithAnAcknowledgedItem() {
    a.create().response();
    a.put(1);
    var got = a.reserve();
    assertThat(item(got)).isEqualTo(1L);
    assertThat(attempt(got)).isEqualTo(1);
    assertThat(a.size().getReserved()).isEqualTo(1);

    a.acknowledge(reservation(got)).response();

    assertThat(a.size().getReserved()).isZero();
    assertThat(a.acknowledge(reservation(got)).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_RESERVATION_ENDED);
    sessionA.dies();
    assertThat(b.items()).isEmpty();
  }

  @Test
  void shouldNotCallAReservationOfAnotherQueueDone() {
    a.create().response();
    sessionA.queue("other").create().response();
    a.put(1);
    long got = reservation(a.reserve());

    var elsewhere = sessionA.queue("other").acknowledge(got);

    assertThat(elsewhere.reason()).isEqualTo(ErrorReason.ERROR_REASON_RESERVATION_ENDED);
    assertThat(elsewhere.metadata()).containsEntry("state", "ENDED");
    assertThat(elsewhere.sentence())
        .contains("it is another queue's, or has ended", "name the queue that gave it out");
    assertThat(a.size().getReserved()).isEqualTo(1);
    a.acknowledge(got).response();
  }

  @Test
  void shouldSayHowToEndTheReservationOfASessionOfOnesOwn() {
    a.create().response();
    a.put(1);
    long got = reservation(a.reserve());

    var others = b.acknowledge(got);

    assertThat(others.metadata()).containsEntry("state", "OTHERS");
    assertThat(others.sentence()).endsWith("call with that session's id, if it is yours");
    a.acknowledge(got).response();
  }

  @Test
  void shouldGiveARejectedItemBackToItsPlace() {
    a.create().response();
    a.putMany(List.of(1, 2, 3, 4));
    var first = a.reserve();
    var second = a.reserve();
    var third = a.reserve();

    assertThat(a.reject(reservation(second)).response().getGaveUp()).isFalse();
    assertThat(b.items()).containsExactly(2L, 4L);
    a.reject(reservation(first));
    assertThat(b.items()).containsExactly(1L, 2L, 4L);
    a.reject(reservation(third));
    assertThat(b.items()).containsExactly(1L, 2L, 3L, 4L);

    assertThat(attempt(b.get())).isEqualTo(2);
  }

  @Test
  void shouldGiveAReleasedItemBackAsIfItHadNotBeenHandedOut() {
    sessionA.queue("dead").create().response();
    a.create(2, "dead").response();
    a.putMany(List.of(1, 2));
    a.reject(reservation(a.reserve()));

    for (int i = 0; i < 5; i++) {
      var got = a.reserve();
      assertThat(attempt(got)).isEqualTo(2);
      assertThat(a.release(reservation(got)).response().getGaveUp()).isFalse();
    }

    assertThat(b.items()).containsExactly(1L, 2L);
    assertThat(a.release(reservation(b.reserve())).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_RESERVATION_ENDED);
  }

  @Test
  void shouldSayThatAReleasedItemHasExpired() {
    a.create().response();
    a.put(1, QueueItemOptions.newBuilder().setTimeToLive(Durations.fromSeconds(1)));
    var got = a.reserve();
    world.advance(Duration.ofSeconds(2));

    assertThat(a.release(reservation(got)).response().getGaveUp()).isTrue();
  }

  @Test
  void shouldHandARejectedItemToTheLongestWaitingGet() {
    a.create().response();
    a.put(1);
    var got = a.reserve();
    var waiting = b.reserve();

    a.reject(reservation(got));

    assertThat(item(waiting)).isEqualTo(1L);
    assertThat(attempt(waiting)).isEqualTo(2);
    assertThat(reservation(waiting)).isGreaterThan(reservation(got));
  }

  @Test
  void shouldExceedTheLengthWhenAnItemComesBack() {
    a.create(1).response();
    a.put(1);
    var got = a.reserve();
    a.put(2);
    var waiting = b.put(3);

    a.reject(reservation(got));

    assertThat(a.items()).containsExactly(1L, 2L);
    a.get();
    assertThat(waiting.isWaiting()).as("the queue is as long as it may be").isTrue();
    a.get();
    assertThat(waiting.response().getAccepted()).isTrue();
  }

  @Test
  void shouldGiveAnItemBackWhenItsReservationTimesOut() {
    a.create().response();
    a.put(1);
    var got = a.reserve(SECOND);

    world.advance(SECOND);

    assertThat(a.size().getReserved()).isZero();
    var again = b.reserve();
    assertThat(attempt(again)).isEqualTo(2);
    assertThat(a.acknowledge(reservation(got)).reason())
        .as("an acknowledgement of an earlier attempt")
        .isEqualTo(ErrorReason.ERROR_REASON_RESERVATION_ENDED);
    assertThat(a.size().getReserved()).isEqualTo(1);
  }

  @Test
  void shouldNotTimeOutAReservationThatEnded() {
    a.create().response();
    a.put(1);
    a.acknowledge(reservation(a.reserve(SECOND)));
    world.advance(SECOND.multipliedBy(2));
    assertThat(a.items()).isEmpty();
  }

  @Test
  void shouldGiveReservedItemsBackWhenTheSessionEnds() {
    a.create().response();
    a.putMany(List.of(1, 2, 3));
    a.getMany(QueueGetManyRequest.newBuilder().setMax(2).setReserve(true));

    sessionA.dies();

    assertThat(b.items()).containsExactly(1L, 2L, 3L);
    assertThat(attempt(b.get())).isEqualTo(2);
  }

  @Test
  void shouldReserveManyWithANumberEach() {
    a.create().response();
    a.putMany(List.of(1, 2));
    var got = a.getMany(QueueGetManyRequest.newBuilder().setMax(2).setReserve(true));

    assertThat(items(got)).containsExactly(1L, 2L);
    a.reject(got.response().getDeliveries(0).getReservation());
    a.acknowledge(got.response().getDeliveries(1).getReservation());
    assertThat(a.items()).containsExactly(1L);
  }

  @Test
  void shouldLetOnlyTheSessionThatReservedEndAReservation() {
    a.create().response();
    a.put(1);
    long number = reservation(a.reserve());

    assertThat(b.acknowledge(number).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_RESERVATION_ENDED);
    assertThat(b.reject(number).reason()).isEqualTo(ErrorReason.ERROR_REASON_RESERVATION_ENDED);
    assertThat(world.anonymous().queue("jobs").giveUp(number).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_RESERVATION_ENDED);
    assertThat(a.acknowledge(number).response()).isNotNull();
  }

  @Test
  void shouldReserveWithoutASessionOnlyForATime() {
    QueueCalls anonymous = world.anonymous().queue("jobs");
    a.create().response();
    a.put(1);
    assertThat(anonymous.reserve().reason()).isEqualTo(ErrorReason.ERROR_REASON_SESSION_REQUIRED);

    var got = anonymous.reserve(SECOND);
    assertThat(item(got)).isEqualTo(1L);
    assertThat(b.acknowledge(reservation(got)).response())
        .as("a reservation of nobody may be ended by anybody")
        .isNotNull();
  }

  @Test
  void shouldNameAReservationTimeoutOnlyWithReserve() {
    a.create().response();
    var refused =
        a.get(
            QueueGetRequest.newBuilder()
                .setReservationTimeout(com.google.protobuf.Duration.newBuilder().setSeconds(1)));
    assertThat(refused.reason()).isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    assertThat(refused.metadata()).containsEntry("field", "reservation_timeout");
    assertThat(a.reserve(Duration.ZERO).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_DURATION);
  }

  @Test
  void shouldLetReservedItemsGoWithTheirQueue() {
    a.create().response();
    a.put(1);
    long number = reservation(a.reserve(SECOND));
    a.delete();
    a.create();

    assertThat(a.acknowledge(number).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_RESERVATION_ENDED);
    world.advance(SECOND);
    sessionA.dies();
    assertThat(b.items()).isEmpty();
  }

  @Test
  void shouldSayWhyAReservationIsNotTheCallers() {
    a.create().response();
    long before = sessionA.inspect("jobs").getObject().getRef().getIncarnation();
    a.putMany(List.of(1, 2));
    long others = reservation(a.reserve());
    long ended = reservation(a.reserve());
    a.acknowledge(ended).response();

    var refused = b.acknowledge(others);
    assertThat(refused.metadata()).containsEntry("state", "OTHERS").containsEntry("object", "jobs");
    assertThat(refused.sentence()).contains("to be the caller's, but it is session ");
    assertThat(a.reject(ended).metadata()).containsEntry("state", "ENDED");
    assertThat(a.reject(ended).sentence()).contains("but it is another queue's, or has ended: ");
    for (long unknown : new long[] {0, before, Long.MAX_VALUE, -1}) {
      assertThat(a.acknowledge(unknown).metadata()).containsEntry("state", "UNKNOWN");
    }
    assertThat(a.acknowledge(-1).sentence())
        .startsWith(
            "Expected reservation 18446744073709551615 of 'jobs' to be the caller's, but the");
  }

  @Test
  void shouldKeepReservedItemsWhenCleared() {
    a.create().response();
    a.putMany(List.of(1, 2));
    long number = reservation(a.reserve());
    assertThat(a.clear().response().getRemoved()).isEqualTo(1);
    a.reject(number);
    assertThat(a.items()).containsExactly(1L);
  }

  @Test
  void shouldShowWhoReserved() {
    a.create().response();
    a.put(1);
    long number = reservation(sessionA.as("thread 1").queue("jobs").reserve());

    var inspected = world.anonymous().inspect("jobs");

    assertThat(inspected.getObject().getSummary()).isEqualTo("0 items, 1 reserved");
    assertThat(inspected.getHolders(0).getDetail())
        .isEqualTo("reservation " + number + ", attempt 1");
    assertThat(inspected.getHolders(0).getParty().getOwner()).isEqualTo("thread 1");
    assertThat(inspected.getHolders(0).getParty().getClient()).isEqualTo("a");
  }
}
