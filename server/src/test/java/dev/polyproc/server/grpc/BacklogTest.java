package dev.polyproc.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class BacklogTest {
  private static final int LARGE = Unread.MOST_EACH;

  private final Unread world = new Unread();
  private final Connection connection = world.connection();
  private final Backlog backlog = connection.backlog();

  @Test
  void shouldSendWhatThereIsRoomForAtOnce() {
    backlog.send(world.waiting("a", 100));
    backlog.send(world.waiting("b", 100));

    assertThat(world.events()).containsExactly("a", "b");
  }

  @Test
  void shouldSendOneReplyHoweverLargeAndTheNextWhenItWasRead() {
    backlog.send(world.waiting("a", 2 * LARGE));
    backlog.send(world.waiting("b", 100));
    assertThat(world.events()).containsExactly("a");

    backlog.giveBack(2 * LARGE);
    assertThat(world.events()).as("not before all that goes on is over").isEmpty();
    world.run();

    assertThat(world.events()).containsExactly("b");
  }

  @Test
  void shouldBeginNoCallWhileRepliesAreNotRead() {
    backlog.send(world.waiting("reply", LARGE));
    backlog.begin(world.waiting("first call", 0));
    backlog.begin(world.waiting("second call", 0));
    world.run();
    assertThat(world.events()).containsExactly("reply");

    backlog.giveBack(LARGE);
    world.run();

    assertThat(world.events()).containsExactly("first call", "second call");
  }

  @Test
  void shouldForgetWhatIsGivenUp() {
    Backlog.Waiting reply = world.waiting("reply", LARGE);
    Backlog.Waiting call = world.waiting("call", 0);
    backlog.send(world.waiting("a", LARGE));
    backlog.send(reply);
    backlog.begin(call);
    long before = backlog.bytes();

    backlog.forget(reply);
    backlog.forget(call);
    backlog.giveBack(LARGE);
    world.run();

    assertThat(before - LARGE).isEqualTo(LARGE + Backlog.MESSAGE_BYTES);
    assertThat(backlog.bytes()).isZero();
    assertThat(world.events()).containsExactly("a");
  }

  @Test
  void shouldHaveLargeRepliesWaitForOtherConnectionsAndNoSmallOnes() {
    for (int i = 0; i < 4; i++) {
      world.connection().backlog().send(world.waiting("other", LARGE - Backlog.MESSAGE_BYTES));
    }
    assertThat(world.events()).hasSize(4);

    backlog.send(world.waiting("large", LARGE));
    world.connection().backlog().send(world.waiting("small", 100));

    assertThat(world.events()).containsExactly("small");
    assertThat(world.isWatched()).isTrue();
  }

  @Test
  void shouldGoOnWhenAnotherConnectionHasRead() {
    Backlog other = world.connection().backlog();
    other.send(world.waiting("other", Unread.MOST));
    backlog.send(world.waiting("large", LARGE));
    assertThat(world.events()).containsExactly("other");

    other.giveBack(Unread.MOST);
    world.run();

    assertThat(world.events()).containsExactly("large");
  }

  @Test
  void shouldTellWhoDoesNotReadFromWhoReadsSlowly() {
    backlog.send(world.waiting("a", 1_000));
    assertThat(backlog.isStalled(0, 10)).isFalse();
    assertThat(backlog.isStalled(10, 10)).isFalse();
    assertThat(backlog.isStalled(11, 10)).isTrue();

    connection.wrote(300 << 10);

    assertThat(backlog.isStalled(12, 10)).as("the client has read").isFalse();
    assertThat(backlog.isStalled(22, 10)).isFalse();
    connection.wrote(10);
    assertThat(backlog.isStalled(23, 10)).as("next to nothing").isTrue();
  }

  @Test
  void shouldCloseWhoAddsToWhatIsFarTooMuch() {
    Connection other = world.connection();
    other.backlog().send(world.waiting("a", LARGE));
    other.backlog().send(world.waiting("b", Unread.MOST));
    backlog.send(world.waiting("c", LARGE));
    backlog.send(world.waiting("d", Unread.MOST));
    assertThat(connection.isOpen()).isTrue();

    backlog.send(world.waiting("e", 1));

    assertThat(connection.isOpen()).isFalse();
    assertThat(other.isOpen()).isTrue();
  }
}
