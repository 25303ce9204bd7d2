package dev.polyproc.server.engine.queue;

import static dev.polyproc.server.engine.QueueCalls.item;
import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.server.engine.Client;
import dev.polyproc.server.engine.EngineFixture;
import dev.polyproc.server.engine.QueueCalls;
import dev.polyproc.server.engine.time.Times;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.QueueCreateRequest;
import dev.polyproc.v1.QueueItemOptions;
import dev.polyproc.v1.QueueListRequest;
import dev.polyproc.v1.QueueOrder;
import dev.polyproc.v1.QueueRedriveRequest;
import dev.polyproc.v1.QueueRedriveResponse;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Items whose attempts are used up, or that are given up. */
final class DeadLetterTest {
  private final EngineFixture world = new EngineFixture();
  private final Client sessionA = world.session("a");
  private final QueueCalls a = sessionA.queue("jobs");
  private final QueueCalls letters = world.session("b").queue("letters");

  @BeforeEach
  void createQueues() {
    letters.create().response();
    a.create(2, "letters").response();
  }

  private long reserve() {
    return a.reserve().response().getReservation();
  }

  @Test
  void shouldMoveAnItemWhoseAttemptsAreUsedUp() {
    a.put(1);
    var waiting = letters.get();

    assertThat(a.reject(reserve()).response().getGaveUp()).isFalse();
    assertThat(a.reject(reserve()).response().getGaveUp()).isTrue();

    assertThat(a.items()).isEmpty();
    assertThat(item(waiting)).isEqualTo(1L);
    assertThat(waiting.response().getAttempt()).as("its attempts begin anew").isEqualTo(1);
  }

  @Test
  void shouldMoveAnItemThatIsGivenUp() {
    a.put(1);
    assertThat(a.giveUp(reserve()).response().getGaveUp()).isTrue();
    assertThat(letters.items()).containsExactly(1L);
  }

  @Test
  void shouldDropAnItemThatIsGivenUpWhereThereAreNoDeadLetters() {
    QueueCalls plain = sessionA.queue("plain");
    plain.create().response();
    plain.put(1);
    assertThat(plain.giveUp(plain.reserve().response().getReservation()).response().getGaveUp())
        .isTrue();
    assertThat(plain.items()).isEmpty();
  }

  @Test
  void shouldCountTimeoutsAndEndsOfSessionsAsAttempts() {
    a.put(1);
    a.reserve(Duration.ofSeconds(1));
    world.advance(Duration.ofSeconds(1));
    assertThat(a.items()).containsExactly(1L);

    reserve();
    sessionA.dies();

    assertThat(letters.items()).containsExactly(1L);
  }

  @Test
  void shouldCountUnconfirmedGetsAsAttempts() {
    a.put(1);
    a.reject(reserve());
    assertThat(a.get().response().getAttempt()).isEqualTo(2);

    sessionA.dies();

    assertThat(letters.items()).containsExactly(1L);
  }

  @Test
  void shouldKeepTheOrderOfItemsThatAreGivenUpTogether() {
    QueueCalls once = sessionA.queue("once");
    once.create(1, "letters").response();
    once.putMany(List.of(1, 2, 3));
    once.get();
    once.get();
    once.reserve();

    sessionA.dies();

    assertThat(letters.items()).containsExactly(1L, 2L, 3L);
  }

  @Test
  void shouldGiveAnItemBackWhenTheDeadLettersAreGone() {
    a.put(1);
    a.reject(reserve());
    letters.delete();

    assertThat(a.reject(reserve()).response().getGaveUp())
        .as("it stays, for there is nowhere to go")
        .isFalse();

    assertThat(a.items()).containsExactly(1L);
    assertThat(a.get().response().getAttempt()).isEqualTo(3);
  }

  @Test
  void shouldDropAnItemThatIsGivenUpWhenTheDeadLettersAreGone() {
    a.put(1);
    letters.delete();
    assertThat(a.giveUp(reserve()).response().getGaveUp()).isTrue();
    assertThat(a.items()).isEmpty();
  }

  @Test
  void shouldNotMoveItemsOfAQueueThatEndsWithItsSession() {
    QueueCalls mine = sessionA.queue("mine");
    mine.create(
            QueueCreateRequest.newBuilder()
                .setLifetime(Lifetime.LIFETIME_SESSION)
                .setMaxAttempts(1)
                .setDeadLetterQueue("letters"))
        .response();
    mine.put(1);
    mine.reserve().response();

    sessionA.dies();

    assertThat(letters.items()).as("the queue is deleted with its reservations").isEmpty();
  }

  @Test
  void shouldTellDeadLettersApartWhoseLongNamesDifferInTheMiddle() {
    String half = "\uD840\uDC00".repeat(127); // letters of four bytes
    for (String middle : List.of("x", "y")) {
      sessionA.queue(half + middle + half).create().response();
    }
    QueueCalls queue = sessionA.queue("other");
    queue.create(1, half + "x" + half).response();

    assertThat(queue.create(1, half + "x" + half).response().getCreated()).isFalse();
    assertThat(queue.create(1, half + "y" + half).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_EXISTS);
  }

  @Test
  void shouldNeedDeadLettersForAttemptsAndExpiry() {
    assertThat(a.create(3, "").reason()).isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    assertThat(a.create(QueueCreateRequest.newBuilder().setDeadLetterExpired(true)).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    assertThat(sessionA.queue("alone").create(0, "letters").response().getCreated()).isTrue();
    assertThat(sessionA.queue("other").create(1, "nowhere").reason())
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
  }

  @Test
  void shouldAnswerAnExistingQueueThoughItsDeadLettersAreGone() {
    letters.delete();
    assertThat(a.create(2, "letters").response().getCreated()).isFalse();
  }

  @Test
  void shouldGoOnBehindWhatAPageLookedAt() {
    EngineFixture large =
        new EngineFixture(
            EngineFixture.LIMITS.toBuilder().setQueueItems(20_000).build(),
            EngineFixture.Care.INVARIANTS);
    QueueCalls letters = large.session("b").queue("letters");
    QueueCalls a = large.session("a").queue("jobs");
    letters.create().response();
    a.create(2, "letters").response();
    for (int i = 0; i < 170; i++) {
      letters.putMany(Collections.nCopies(100, i)).response();
    }
    a.put("letter");
    a.giveUp(a.reserve().response().getReservation()).response();

    QueueRedriveResponse first = letters.redrive().response();
    QueueRedriveResponse second =
        letters
            .redrive(QueueRedriveRequest.newBuilder().setPageToken(first.getNextPageToken()))
            .response();

    assertThat(first.getMoved()).as("none is a dead letter but the last").isZero();
    assertThat(first.getNextPageToken()).isNotEmpty();
    assertThat(second.getMoved()).isEqualTo(1);
    assertThat(second.getNextPageToken()).isEmpty();
    assertThat(a.items()).containsExactly("letter");
  }

  @Test
  void shouldComeToDeadLettersBehindThoseThatStay() {
    QueueCalls gone = sessionA.queue("gone");
    gone.create(2, "letters").response();
    gone.putMany(List.of(1, 2, 3)).response();
    for (int i = 0; i < 3; i++) {
      gone.giveUp(gone.reserve().response().getReservation()).response();
    }
    gone.delete().response();
    a.putMany(List.of("one", "two")).response();
    a.giveUp(reserve()).response();
    a.giveUp(reserve()).response();

    QueueRedriveRequest.Builder one = QueueRedriveRequest.newBuilder().setMax(1);
    QueueRedriveResponse first = letters.redrive(one).response();
    QueueRedriveResponse second =
        letters.redrive(one.setPageToken(first.getNextPageToken())).response();

    assertThat(first.getStayed()).isEqualTo(3);
    assertThat(first.getMoved()).isEqualTo(1);
    assertThat(second.getStayed()).isZero();
    assertThat(second.getMoved()).isEqualTo(1);
    assertThat(a.items()).containsExactly("one", "two");
  }

  @Test
  void shouldRefusePlacesTogetherWithAPage() {
    QueueRedriveRequest.Builder both =
        QueueRedriveRequest.newBuilder().addPlaces(1).setPageToken("any");

    assertThat(letters.redrive(both).reason()).isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
  }

  @Test
  void shouldTakeALetterBackWithinTheWindowOfItsOwnUniqueKey() {
    QueueCalls once = sessionA.queue("once");
    once.create(
            QueueCreateRequest.newBuilder()
                .setDeadLetterQueue("letters")
                .setUniqueWindow(Times.duration(3_600_000_000_000L)))
        .response();
    QueueItemOptions.Builder unique = QueueItemOptions.newBuilder().setUniqueKey("k");
    once.put("a", unique);
    once.giveUp(once.reserve().response().getReservation()).response();

    assertThat(letters.redrive().response().getMoved()).isEqualTo(1);
    assertThat(once.items()).containsExactly("a");

    once.giveUp(once.reserve().response().getReservation()).response();
    assertThat(once.put("b", unique).response().getDuplicate()).as("its window lasts").isTrue();
    assertThat(letters.redrive().response().getMoved()).isEqualTo(1);
  }

  @Test
  void shouldBeginTheWindowOfAUniqueKeyAnewWithALetterThatIsTakenBack() {
    QueueCalls once = sessionA.queue("once");
    once.create(
            QueueCreateRequest.newBuilder()
                .setDeadLetterQueue("letters")
                .setUniqueWindow(Times.duration(60_000_000_000L)))
        .response();
    QueueItemOptions.Builder unique = QueueItemOptions.newBuilder().setUniqueKey("k");
    once.put("a", unique);
    once.giveUp(once.reserve().response().getReservation()).response();
    world.advance(Duration.ofSeconds(40));
    assertThat(letters.redrive().response().getMoved()).isEqualTo(1);
    once.get().response();

    world.advance(Duration.ofSeconds(59));
    assertThat(once.put("b", unique).response().getDuplicate()).as("its second window").isTrue();

    world.advance(Duration.ofSeconds(1));
    assertThat(once.put("b", unique).response().getAccepted()).isTrue();
  }

  @Test
  void shouldMoveLettersToAnotherQueueThanTheirOwn() {
    a.put(1);
    a.giveUp(reserve()).response();
    a.delete().response();
    a.create(3, "letters").response();
    assertThat(letters.redrive().response().getStayed()).as("its own is gone").isEqualTo(1);

    QueueRedriveRequest.Builder there = QueueRedriveRequest.newBuilder().setDestination("jobs");
    assertThat(letters.redrive(there).response().getMoved()).isEqualTo(1);
    assertThat(a.items()).containsExactly(1L);
  }

  @Test
  void shouldHaveNoPriorityInADestinationThatHasNone() {
    QueueCalls ranked = sessionA.queue("ranked");
    ranked
        .create(
            QueueCreateRequest.newBuilder()
                .setOrder(QueueOrder.QUEUE_ORDER_PRIORITY)
                .setDeadLetterQueue("letters"))
        .response();
    ranked.put("urgent", QueueItemOptions.newBuilder().setPriority(-5));
    ranked.giveUp(ranked.reserve().response().getReservation()).response();
    a.put("before");

    QueueRedriveRequest.Builder there = QueueRedriveRequest.newBuilder().setDestination("jobs");
    letters.redrive(there).response();

    assertThat(a.items()).containsExactly("before", "urgent");
  }

  @Test
  void shouldMoveALetterOnceWhosePlaceIsNamedTwice() {
    a.put(1);
    a.giveUp(reserve()).response();
    long place =
        letters.list(QueueListRequest.newBuilder().setReturnPlaces(true)).response().getPlaces(0);

    QueueRedriveResponse once =
        letters
            .redrive(QueueRedriveRequest.newBuilder().addPlaces(place).addPlaces(place))
            .response();

    assertThat(once.getMoved()).isEqualTo(1);
    assertThat(once.getStayed()).isZero();
  }

  @Test
  void shouldRefuseItselfAsTheDestination() {
    QueueRedriveRequest.Builder itself = QueueRedriveRequest.newBuilder().setDestination("letters");

    assertThat(letters.redrive(itself).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
  }
}
