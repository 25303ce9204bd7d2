package dev.polyproc.server.engine.queue;

import static dev.polyproc.server.engine.QueueCalls.item;
import static dev.polyproc.server.engine.QueueCalls.items;
import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.server.engine.Client;
import dev.polyproc.server.engine.EngineFixture;
import dev.polyproc.server.engine.QueueCalls;
import dev.polyproc.v1.ErrorReason;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the end of a session does to the items that it got, and to its waiting calls. */
final class SessionEndTest {
  private final EngineFixture world = new EngineFixture();
  private final Client sessionA = world.session("a");
  private final QueueCalls a = sessionA.queue("jobs");
  private final QueueCalls b = world.session("b").queue("jobs");

  @BeforeEach
  void createQueue() {
    b.create().response();
  }

  @Test
  void shouldGiveBackWhatWasGotWithoutConfirmation() {
    b.putMany(List.of(1, 2, 3));
    a.get();
    a.get();

    sessionA.dies();

    assertThat(b.items()).containsExactly(1L, 2L, 3L);
    assertThat(b.get().response().getAttempt()).isEqualTo(2);
    assertThat(b.get().response().getAttempt()).isEqualTo(2);
    assertThat(b.get().response().getAttempt()).isEqualTo(1);
  }

  @Test
  void shouldLetConfirmedGetsStand() {
    b.putMany(List.of(1, 2, 3));
    var first = a.get();
    var second = a.get();
    sessionA.confirm(second);

    sessionA.dies();

    assertThat(b.items()).containsExactly(1L, 3L);
    assertThat(item(first)).isEqualTo(1L);
    assertThat(item(second)).isEqualTo(2L);
  }

  @Test
  void shouldLetGetsStandThatTheClosingCallConfirms() {
    b.putMany(List.of(1, 2));
    a.get();
    var second = a.get();

    sessionA.havingReceivedBelow(second.sequence()).from(10).end().response();

    assertThat(b.items()).containsExactly(2L);
  }

  @Test
  void shouldGiveBackOneAfterTheOtherInTheirOrder() {
    b.putMany(List.of(1, 2, 3, 4));
    a.get();
    long rejected = a.reserve().response().getReservation();
    a.reserve();
    a.reject(rejected);
    a.reserve();
    a.getMany(1);
    var oldest = b.get();
    var second = b.get();
    var third = b.getMany(5);

    sessionA.dies();

    assertThat(item(oldest)).isEqualTo(1L);
    assertThat(item(second)).isEqualTo(2L);
    assertThat(items(third)).containsExactly(3L, 4L);
  }

  @Test
  void shouldGiveBackWhatAWaitingGetWasHanded() {
    var waited = a.get();
    b.put(1);
    assertThat(item(waited)).isEqualTo(1L);

    sessionA.dies();

    assertThat(b.items()).containsExactly(1L);
  }

  @Test
  void shouldLetPutsStand() {
    a.put(1);
    a.putMany(List.of(2, 3));
    sessionA.dies();
    assertThat(b.items()).containsExactly(1L, 2L, 3L);
  }

  @Test
  void shouldNotPutWhatStillWaited() {
    QueueCalls narrow = sessionA.queue("narrow");
    narrow.create(1).response();
    narrow.put(1);
    var waiting = narrow.put(2);
    var next = world.anonymous().queue("narrow").put(3);

    sessionA.dies();

    assertThat(waiting.reason()).isEqualTo(ErrorReason.ERROR_REASON_SESSION_ENDED);
    assertThat(waiting.sentence())
        .isEqualTo("Expected the session to live, but it ended: its time to live ran out");
    world.anonymous().queue("narrow").get();
    assertThat(next.response().getAccepted()).isTrue();
  }

  @Test
  void shouldTakeNothingWithItWhenItWaited() {
    var waiting = a.get();
    var next = b.get();

    sessionA.dies();
    b.put(1);

    assertThat(waiting.reason()).isEqualTo(ErrorReason.ERROR_REASON_SESSION_ENDED);
    assertThat(item(next)).isEqualTo(1L);
  }

  @Test
  void shouldNotUndoWhatWasGotWithoutANumber() {
    b.put(1);
    sessionA.unnumbered().queue("jobs").get().response();
    sessionA.dies();
    assertThat(b.items()).isEmpty();
  }

  @Test
  void shouldForgetTheUndoOfADeletedQueue() {
    b.put(1);
    a.get();
    b.delete();
    b.create();
    sessionA.dies();
    assertThat(b.items()).isEmpty();
  }

  @Test
  void shouldBringBackMoreThanFit() {
    QueueCalls narrow = sessionA.queue("narrow");
    narrow.create(1).response();
    narrow.put(1);
    narrow.get();
    narrow.put(2);
    var waiting = world.anonymous().queue("narrow").put(3);

    sessionA.dies();

    assertThat(world.anonymous().queue("narrow").items()).containsExactly(1L, 2L);
    assertThat(waiting.isWaiting()).isTrue();
  }

  @Test
  void shouldGiveBackToAQueueThatIsClosed() {
    b.put(1);
    a.get();
    b.shutdown();
    assertThat(b.get().reason()).isEqualTo(ErrorReason.ERROR_REASON_CLOSED);

    sessionA.dies();

    assertThat(item(b.get())).isEqualTo(1L);
  }
}
