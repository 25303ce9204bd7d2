package dev.polyproc.client.internal.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

final class OutageTest {
  private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long TIME_TO_LIVE = 10_000 * MILLI;

  private long now = 5_000 * MILLI;
  private final Outage outage = new Outage(TIME_TO_LIVE, () -> now);

  /** Some waits between attempts, one after the other, in milliseconds. */
  private LongStream backoffs(int count) {
    return LongStream.generate(outage::nextBackoff).limit(count).map(nanos -> nanos / MILLI);
  }

  /** A connection that the daemon takes, and that breaks after so many milliseconds. */
  private void connect(long millis) {
    outage.end();
    now += millis * MILLI;
    outage.begin(now);
  }

  @Test
  void shouldWaitLongerEachTimeUntilTheDaemonIsThere() {
    assertThat(backoffs(9)).containsExactly(10L, 20L, 40L, 80L, 160L, 320L, 640L, 1000L, 1000L);

    connect(2_000);

    assertThat(backoffs(2)).containsExactly(10L, 20L);
  }

  @Test
  void shouldNotWaitLongWhereConnectionsDoNotLast() {
    assertThat(backoffs(20)).last().isEqualTo(1000L);

    for (int i = 0; i < 9; i++) {
      connect(60);
      assertThat(backoffs(1)).containsExactly(100L);
    }
  }

  @Test
  void shouldWaitNoLongerThanTheSessionLives() {
    now += TIME_TO_LIVE - 5 * MILLI;
    assertThat(backoffs(1)).containsExactly(5L);
  }

  @Test
  void shouldLastFromTheLastWordOfTheConnectionBefore() {
    outage.end();
    now += 3_000 * MILLI;
    outage.begin(now - 1_000 * MILLI);
    outage.begin(now); // It goes on.
    assertThat(outage.remaining()).isEqualTo(TIME_TO_LIVE - 1_000 * MILLI);

    outage.end();
    outage.begin(now);
    assertThat(outage.remaining()).isEqualTo(TIME_TO_LIVE);
  }
}
