package dev.polyproc.server.engine.queue;

import static dev.polyproc.server.engine.QueueCalls.item;
import static dev.polyproc.server.engine.QueueCalls.items;
import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.server.engine.Client;
import dev.polyproc.server.engine.EngineFixture;
import dev.polyproc.server.engine.QueueCalls;
import dev.polyproc.server.engine.Texted;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.QueueCreateRequest;
import dev.polyproc.v1.QueueGetManyRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * What Put, Get and the rest promise; reservations, consumers and deaths have tests of their own.
 */
final class QueueTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final EngineFixture world = new EngineFixture();
  private final QueueCalls a = world.session("a").queue("jobs");
  private final QueueCalls b = world.session("b").queue("jobs");
  private final QueueCalls c = world.session("c").queue("jobs");

  // Order.

  @Test
  void shouldGetItemsInTheOrderOfTheirPuts() {
    a.create().response();
    a.put(1);
    a.put("two");
    a.put(3.0);

    assertThat(item(b.get())).isEqualTo(1L);
    assertThat(item(b.get())).isEqualTo("two");
    assertThat(item(b.get())).isEqualTo(3.0);
  }

  @Test
  void shouldWakeOldestWaiterFirst() {
    a.create().response();
    var oldest = b.get();
    var younger = c.get();

    assertThat(a.put(1).response().getAccepted()).isTrue();
    assertThat(younger.isWaiting()).isTrue();
    a.put(2);

    assertThat(item(oldest)).isEqualTo(1L);
    assertThat(item(younger)).isEqualTo(2L);
  }

  @Test
  void shouldLetTheOldestWaitingPutGoFirst() {
    a.create(1).response();
    a.put(1);
    var oldest = b.put(2);
    var younger = c.put(3);
    assertThat(oldest.isWaiting()).isTrue();

    assertThat(item(a.get())).isEqualTo(1L);

    assertThat(oldest.response().getAccepted()).isTrue();
    assertThat(younger.isWaiting()).isTrue();
    assertThat(item(a.get())).isEqualTo(2L);
    assertThat(younger.response().getAccepted()).isTrue();
    assertThat(item(a.get())).isEqualTo(3L);
  }

  @Test
  void shouldNotLetAPutOvertakeAWaitingPutMany() {
    a.create(2).response();
    a.put(1);
    var many = b.putMany(List.of(2, 3));
    var one = c.put(4);

    assertThat(many.isWaiting()).isTrue();
    assertThat(one.isWaiting()).as("there is room for it, but it is its turn only later").isTrue();

    a.get();
    assertThat(many.response().getAccepted()).isTrue();
    assertThat(a.items()).containsExactly(2L, 3L);
    assertThat(one.isWaiting()).isTrue();
  }

  // Timeouts.

  @Test
  void shouldAnswerNoItemWhenTheQueueStaysEmpty() {
    a.create().response();
    var get = b.get(SECOND);
    assertThat(b.get(Duration.ZERO).response().hasItem()).isFalse();

    world.advance(SECOND.minusNanos(1));
    assertThat(get.isWaiting()).isTrue();
    world.advance(Duration.ofNanos(1));

    assertThat(get.response().hasItem()).isFalse();
    assertThat(get.response().getAttempt()).isZero();
  }

  @Test
  void shouldNotAcceptWhenTheQueueStaysFull() {
    a.create(1).response();
    a.put(1);
    var put = b.put(2, SECOND);
    assertThat(b.put(2, Duration.ZERO).response().getAccepted()).isFalse();
    assertThat(b.putMany(List.of(2), Duration.ZERO).response().getAccepted()).isFalse();

    world.advance(SECOND);

    assertThat(put.response().getAccepted()).isFalse();
    assertThat(a.items()).containsExactly(1L);
  }

  @Test
  void shouldLetTheNextInLineGoWhenTheTimeOfTheFirstIsUp() {
    a.create(2).response();
    a.put(1);
    var tooMuch = b.putMany(List.of(2, 3), SECOND);
    var fits = c.put(4);

    world.advance(SECOND);

    assertThat(tooMuch.response().getAccepted()).isFalse();
    assertThat(fits.response().getAccepted()).isTrue();
    assertThat(a.items()).containsExactly(1L, 4L);
  }

  @Test
  void shouldRefuseACallThatWaitsBeyondItsOwnDeadline() {
    a.create().response();
    var get = world.session("d").within(SECOND).queue("jobs").get();

    world.advance(SECOND);

    assertThat(get.reason()).isEqualTo(ErrorReason.ERROR_REASON_DEADLINE_EXCEEDED);
    a.put(1);
    assertThat(a.size().getSize()).isEqualTo(1);
  }

  @Test
  void shouldAnswerInTheOrderOfTheDeadlinesWhenTimeWasMissed() {
    a.create().response();
    var reserved = reservedFor(Duration.ofSeconds(2));
    var early = b.get(SECOND);
    var late = c.get(Duration.ofSeconds(3));

    world.stall(Duration.ofSeconds(5));
    world.tick();

    assertThat(early.response().hasItem())
        .as("its time was up before the item came back")
        .isFalse();
    assertThat(item(late)).as("the item came back before its time was up").isEqualTo(1L);
    assertThat(late.response().getAttempt()).isEqualTo(2);
    assertThat(a.acknowledge(reserved).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_RESERVATION_ENDED);
  }

  private long reservedFor(Duration timeout) {
    a.put(1);
    return a.reserve(timeout).response().getReservation();
  }

  // Many at once.

  @Test
  void shouldPutAllOrNone() {
    a.create(3).response();
    a.put(1);
    a.put(2);
    var many = b.putMany(List.of(3, 4));
    assertThat(many.isWaiting()).isTrue();
    assertThat(a.size().getSize()).isEqualTo(2);

    a.get();

    assertThat(many.response().getAccepted()).isTrue();
    assertThat(a.items()).containsExactly(2L, 3L, 4L);
  }

  @Test
  void shouldAcceptNoItemsAtOnce() {
    a.create(1).response();
    assertThat(a.putMany(List.of()).response().getAccepted()).isTrue();
    assertThat(a.items()).isEmpty();
  }

  @Test
  void shouldHandManyItemsToManyWaitersInTheirOrder() {
    a.create().response();
    var first = b.getMany(2);
    var second = c.get();
    var third = b.get();

    a.putMany(List.of(1, 2, 3));

    assertThat(items(first)).containsExactly(1L, 2L);
    assertThat(item(second)).isEqualTo(3L);
    assertThat(third.isWaiting()).isTrue();
  }

  @Test
  void shouldGetManyOnlyUpToWhatIsThere() {
    a.create().response();
    a.putMany(List.of(1, 2, 3));

    assertThat(items(b.getMany(2))).containsExactly(1L, 2L);
    assertThat(items(b.getMany(5))).containsExactly(3L);
    assertThat(items(b.getMany(nothingToWaitFor()))).isEmpty();
  }

  private static QueueGetManyRequest.Builder nothingToWaitFor() {
    return QueueGetManyRequest.newBuilder()
        .setTimeout(com.google.protobuf.Duration.getDefaultInstance());
  }

  @Test
  void shouldGetAPageWhereManyNamesNoNumber() {
    a.create().response();
    List<Integer> page = IntStream.range(0, 100).boxed().toList();
    a.putMany(page);
    a.put("more");

    assertThat(items(b.getMany(0))).hasSize(100);
    assertThat(item(b.get())).isEqualTo("more");
  }

  @Test
  void shouldEndManyEarlyWhenThePageIsFull() {
    EngineFixture small =
        new EngineFixture(EngineFixture.LIMITS.toBuilder().setPageBytes(200).build());
    QueueCalls queue = small.session("a").queue("jobs");
    queue.create().response();
    queue.putMany(List.of("x".repeat(200), "y".repeat(60), "z".repeat(60)));

    assertThat(items(queue.getMany(3))).as("the first always comes").hasSize(1);
    assertThat(items(queue.getMany(3))).containsExactly("y".repeat(60));
    assertThat(items(queue.getMany(3))).containsExactly("z".repeat(60));
  }

  // Looking and removing.

  @Test
  void shouldLeaveItemsWhereTheyAreWhenPeeking() {
    a.create().response();
    assertThat(a.peek().response().hasItem()).isFalse();
    a.put(1);
    assertThat(a.peek().response().getItem().getInt()).isEqualTo(1);
    assertThat(a.peek().response().getItem().getInt()).isEqualTo(1);
    assertThat(a.size().getSize()).isEqualTo(1);
  }

  @Test
  void shouldFindAndRemoveTheFirstEqualItem() {
    a.create(3).response();
    a.putMany(List.of("x", 1, true));
    var waiting = b.put("last");

    assertThat(a.contains(1.0).response().getContains()).isTrue();
    assertThat(a.contains("1").response().getContains()).isFalse();
    assertThat(a.remove(1.0).response().getRemoved()).isTrue();

    assertThat(a.items()).containsExactly("x", true, "last");
    assertThat(waiting.response().getAccepted()).isTrue();
    assertThat(a.remove(2).response().getRemoved()).isFalse();
  }

  @Test
  void shouldRemoveTheVeryItemOfAPlace() {
    a.create(3).response();
    a.putMany(List.of("x", "y", "x"));
    var waiting = b.put("last");
    List<Long> places = a.places();

    assertThat(a.removePlace(places.get(2)).response().getRemoved()).isTrue();
    assertThat(a.removePlace(places.get(2)).response().getRemoved()).isFalse();

    assertThat(a.items()).containsExactly("x", "y", "last");
    assertThat(waiting.response().getAccepted()).isTrue();
  }

  @Test
  void shouldListPageByPageAndSeeNothingTwice() {
    a.create().response();
    a.putMany(IntStream.range(0, 10).boxed().toList());
    List<Long> seen = new ArrayList<>();
    String token = "";
    do {
      var page = a.list(3, token).response();
      page.getItemsList().forEach(item -> seen.add(item.getInt()));
      token = page.getNextPageToken();
      b.get();
      b.put(100 + seen.size());
    } while (!token.isEmpty() && seen.size() < 12);

    assertThat(seen).doesNotHaveDuplicates().startsWith(0L, 1L, 2L, 3L).contains(9L);
  }

  @Test
  void shouldNotNameANextPageAfterTheLast() {
    a.create().response();
    a.putMany(List.of(1, 2, 3, 4));
    var first = a.list(2, "").response();
    assertThat(a.list(2, first.getNextPageToken()).response().getNextPageToken()).isEmpty();
  }

  @Test
  void shouldCountItemsReservationsAndWaiters() {
    a.create(2).response();
    a.putMany(List.of(1, 2));
    a.reserve();
    a.put(3);
    b.put(4);
    assertThat(a.size().getSize()).isEqualTo(2);
    assertThat(a.size().getReserved()).isEqualTo(1);
    assertThat(a.size().getWaitingPuts()).isEqualTo(1);
    assertThat(a.size().getWaitingGets()).isZero();
    assertThat(a.size().getClosed()).isFalse();
  }

  // Clear, close, delete.

  @Test
  void shouldLetWaitingPutsGoOnWhenCleared() {
    a.create(2).response();
    a.putMany(List.of(1, 2));
    var oldest = b.put(3);
    var younger = c.put(4);

    assertThat(a.clear().response().getRemoved()).isEqualTo(2);

    assertThat(oldest.response().getAccepted()).isTrue();
    assertThat(younger.response().getAccepted()).isTrue();
    assertThat(a.items()).containsExactly(3L, 4L);
  }

  @Test
  void shouldTellWaitersThatTheQueueWasClosed() {
    a.create(1).response();
    var get = b.get();
    a.shutdown().response();
    assertThat(get.reason()).isEqualTo(ErrorReason.ERROR_REASON_CLOSED);
    assertThat(a.get().reason()).isEqualTo(ErrorReason.ERROR_REASON_CLOSED);
    assertThat(a.put(1).sentence()).startsWith("Expected 'jobs' to be open, but it was closed");
    assertThat(a.shutdown().response()).isNotNull();
  }

  @Test
  void shouldEmptyAClosedQueueFirst() {
    a.create(1).response();
    a.put(1);
    var put = b.put(2);

    a.shutdown();

    assertThat(put.reason()).isEqualTo(ErrorReason.ERROR_REASON_CLOSED);
    assertThat(a.size().getClosed()).isTrue();
    assertThat(item(c.get())).isEqualTo(1L);
    assertThat(c.get().reason()).isEqualTo(ErrorReason.ERROR_REASON_CLOSED);
  }

  @Test
  void shouldKeepGetsWaitingWhileReservedItemsMayComeBack() {
    a.create().response();
    a.putMany(List.of(1, 2));
    long first = a.reserve().response().getReservation();
    long second = a.reserve().response().getReservation();
    a.shutdown();
    var oldest = b.get();
    var younger = c.get();

    a.reject(first);
    assertThat(item(oldest)).isEqualTo(1L);
    assertThat(younger.isWaiting()).isTrue();

    a.acknowledge(second);
    assertThat(younger.reason()).isEqualTo(ErrorReason.ERROR_REASON_CLOSED);
  }

  @Test
  void shouldTellWaitersThatTheQueueWasDeleted() {
    a.create(1).response();
    var get = b.get();
    a.delete().response();

    assertThat(get.reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED);
    assertThat(get.metadata()).containsEntry("object", "jobs");
    assertThat(a.put(1).reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
    assertThat(a.delete().reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
  }

  @Test
  void shouldTellWaitingPutsThatTheQueueWasDeleted() {
    a.create(1).response();
    a.put(1);
    var put = b.put(2);
    world.anonymous().delete("jobs").response();
    assertThat(put.reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED);
  }

  // Creation.

  @Test
  void shouldAnswerTheQueueOfTheSameShape() {
    var first = a.create(5).response();
    var again = b.create(5).response();

    assertThat(first.getCreated()).isTrue();
    assertThat(again.getCreated()).isFalse();
    assertThat(again.getRef()).isEqualTo(first.getRef());
    assertThat(b.create(6).reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_EXISTS);
    assertThat(b.create(sessionLifetime()).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_EXISTS);
  }

  /** What is shown of a shape is cut, where names may be long; what is compared is not. */
  @Test
  void shouldTellShapesApartHoweverLongTheyAre() {
    Client wide =
        new EngineFixture(EngineFixture.LIMITS.toBuilder().setNameLength(9_000).build())
            .session("long");
    String end = "x".repeat(4_000);
    for (String name : List.of(end + "1" + end, end + "2" + end)) {
      Texted.call(wide, "QueueService/Create", "queue: '" + name + "'").response();
    }
    String shape = "queue: 'q' max_attempts: 3 dead_letter_queue: '" + end;
    Texted.call(wide, "QueueService/Create", shape + "1" + end + "'").response();

    var other = Texted.call(wide, "QueueService/Create", shape + "2" + end + "'");

    assertThat(other.reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_EXISTS);
    assertThat(other.metadata()).containsEntry("field", "dead_letter_queue");
    Texted.call(wide, "QueueService/Create", shape + "1" + end + "'").response();
  }

  @Test
  void shouldGiveALaterQueueOfTheSameNameAnotherIncarnation() {
    long first = a.create().response().getRef().getIncarnation();
    a.delete();
    assertThat(a.create().response().getRef().getIncarnation()).isGreaterThan(first);
  }

  @Test
  void shouldMakeUpANameWhereNoneIsGiven() {
    Client d = world.session("d");
    String name = d.queue("").create().response().getRef().getName();
    String other = d.queue("").create().response().getRef().getName();

    assertThat(name).startsWith("queue-").isNotEqualTo(other);
    assertThat(d.queue(name).put(1).response().getAccepted()).isTrue();
  }

  @Test
  void shouldEndAQueueOfASessionsLifetimeWithItsSession() {
    Client d = world.session("d");
    d.queue("mine").create(sessionLifetime()).response();
    var get = world.anonymous().queue("mine").get();
    assertThat(world.anonymous().queue("other").create(sessionLifetime()).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_SESSION_REQUIRED);

    d.end().response();

    assertThat(get.reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED);
    assertThat(world.anonymous().queue("mine").put(1).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
  }

  private static QueueCreateRequest.Builder sessionLifetime() {
    return QueueCreateRequest.newBuilder().setLifetime(Lifetime.LIFETIME_SESSION);
  }

  // Leaving the line.

  @Test
  void shouldForgetAnAbandonedGet() {
    a.create().response();
    var gone = world.anonymous().queue("jobs").get();
    var next = b.get();

    world.abandon(gone);
    a.put(1);

    assertThat(gone.isWaiting()).isTrue();
    assertThat(item(next)).isEqualTo(1L);
  }

  @Test
  void shouldLetTheNextPutGoWhenTheFirstIsAbandoned() {
    a.create(2).response();
    a.put(1);
    var gone = world.anonymous().queue("jobs").putMany(List.of(2, 3));
    var next = b.put(4);

    world.abandon(gone);

    assertThat(next.response().getAccepted()).isTrue();
    assertThat(a.items()).containsExactly(1L, 4L);
  }
}
