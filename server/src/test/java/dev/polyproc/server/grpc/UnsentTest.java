package dev.polyproc.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.v1.Limits;
import io.grpc.netty.shaded.io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Connections of two event loops, which share the room for what is not read. */
final class UnsentTest {
  private static final int MOST = 1 << 20;
  private static final int KIB = 1 << 10;
  private static final Limits LIMITS =
      Limits.newBuilder().setUnsentBytes(MOST).setConnectionUnsentBytes(MOST / 4).build();

  private final List<Runnable> later = new ArrayList<>();
  private final List<String> sent = new ArrayList<>();
  private long now;
  private final Unsent.Total total =
      new Unsent.Total(LIMITS, (nanos, task) -> later.add(task), () -> now);
  private final Side one = new Side();
  private final Side other = new Side();

  /** A loop. */
  private final class Side {
    private final TestLoop loop = new TestLoop();
    private final Unsent unsent = new Unsent(LIMITS, loop, total);

    Connection connection() {
      Connection made =
          new Connection(null, new EmbeddedChannel(), null, Unread.shard(loop, unsent));
      unsent.add(made.backlog());
      return made;
    }
  }

  private Backlog.Waiting reply(String name, long size) {
    return Unread.waiting(name, size, sent);
  }

  private void lookAgainAfter(long seconds) {
    now += TimeUnit.SECONDS.toNanos(seconds);
    List<Runnable> due = List.copyOf(later);
    later.clear();
    due.forEach(Runnable::run);
    one.loop.run();
    other.loop.run();
  }

  @Test
  void shouldCloseWhoDoesNotReadWhileConnectionsOfAnotherLoopWait() {
    // given
    Connection stalled = other.connection();
    stalled.backlog().send(reply("large", MOST));
    one.connection().backlog().send(reply("waiting", 100 * KIB));
    assertThat(sent).containsExactly("large");

    // when
    lookAgainAfter(0);
    lookAgainAfter(4);
    assertThat(stalled.isOpen()).isTrue();
    lookAgainAfter(2);

    // then
    assertThat(stalled.isOpen()).isFalse();
  }

  @Test
  void shouldCloseWhoReadsSoSlowlyThatOthersWouldWaitForMinutes() {
    // given
    Connection slow = other.connection();
    slow.backlog().send(reply("large", 64L * MOST));
    one.connection().backlog().send(reply("waiting", 100 * KIB));

    // when: it reads 300 KiB in every four seconds
    for (int i = 0; i < 3; i++) {
      slow.wrote(300L * KIB);
      lookAgainAfter(4);
    }

    // then
    assertThat(slow.isOpen()).isFalse();
  }

  @Test
  void shouldLetWhoReadsWellHaveTheTimeThatItTakes() {
    // given
    Connection reading = other.connection();
    reading.backlog().send(reply("large", 64L * MOST));
    one.connection().backlog().send(reply("waiting", 100 * KIB));

    // when
    for (int i = 0; i < 10; i++) {
      reading.wrote(6L * MOST);
      lookAgainAfter(4);
    }

    // then
    assertThat(reading.isOpen()).isTrue();
  }

  @Test
  void shouldCloseWhoHasMostWhereFarTooMuchWaits() {
    // given: two that do not read, and have nearly as much waiting as may
    Connection most = other.connection();
    Connection second = one.connection();
    Connection reading = one.connection();
    most.backlog().send(reply("large", MOST));
    most.backlog().send(reply("too much", 5L * MOST / 4));
    second.backlog().send(reply("more", MOST / 2));

    // when: a third one asks for little
    reading.backlog().send(reply("little", MOST / 2));
    other.loop.run();

    // then
    assertThat(most.isOpen()).isFalse();
    assertThat(second.isOpen()).isTrue();
    assertThat(reading.isOpen()).isTrue();
  }

  @Test
  void shouldServeWhoWaitsWhenAConnectionOfAnotherLoopHasRead() {
    // given
    Connection reading = other.connection();
    reading.backlog().send(reply("large", MOST));
    one.connection().backlog().send(reply("waiting", 100 * KIB));

    // when
    reading.backlog().giveBack(MOST);
    one.loop.run();

    // then
    assertThat(sent).containsExactly("large", "waiting");
  }

  @Test
  void shouldServeAStreamThatFoundNoRoomJustBeforeAnotherLoopsConnectionRead() {
    // given: two streams wait, and a little was read, for which they are looked at
    Backlog first = other.connection().backlog();
    Backlog second = other.connection().backlog();
    Backlog third = other.connection().backlog();
    first.send(reply("600", 600 * KIB));
    second.send(reply("400", 400 * KIB));
    third.send(reply("8", 8 * KIB));
    Backlog waiting = one.connection().backlog();
    waiting.whenRoom(reply("small", 100 * KIB));
    waiting.whenRoom(new ReadMeanwhile(() -> second.giveBack(400 * KIB)));
    third.giveBack(8 * KIB);

    // when: the second one's client reads between the looks at one stream and at the other
    one.loop.run();

    // then
    assertThat(sent).contains("small");
  }

  /** Is too large, and while it is looked at a client of another loop reads. */
  private record ReadMeanwhile(Runnable read, boolean[] done) implements Backlog.Waiting {
    ReadMeanwhile(Runnable read) {
      this(read, new boolean[1]);
    }

    @Override
    public long size() {
      if (!done[0]) {
        done[0] = true;
        read.run();
      }
      return 2L * MOST;
    }

    @Override
    public void go() {}
  }
}
