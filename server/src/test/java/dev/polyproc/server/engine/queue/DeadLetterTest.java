package dev.polyproc.server.engine.queue;

import static dev.polyproc.server.engine.QueueCalls.item;
import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.server.engine.Client;
import dev.polyproc.server.engine.EngineFixture;
import dev.polyproc.server.engine.QueueCalls;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.QueueCreateRequest;
import java.time.Duration;
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
}
