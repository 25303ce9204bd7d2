package dev.polyproc.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class ArrivalsTest {
  private static final long MOST = 1 << 20;
  private static final long PART = MOST / 16;

  private final Arrivals arrivals = new Arrivals(MOST, 16);
  private final Unread world = new Unread();
  private final Connection greedy = world.connection();
  private final Connection modest = world.connection();

  @Test
  void shouldAllowWhatThereIsRoomFor() {
    arrivals.take(greedy, MOST);

    assertThat(arrivals.isTooMuch(greedy)).isFalse();
  }

  @Test
  void shouldRefuseWhoHoldsMostAndNobodyElse() {
    arrivals.take(greedy, MOST);
    arrivals.take(modest, PART);

    assertThat(arrivals.isTooMuch(greedy)).isTrue();
    assertThat(arrivals.isTooMuch(modest)).isFalse();
  }

  @Test
  void shouldRefuseAllButTheSmallWhereThereIsFarTooMuch() {
    arrivals.take(greedy, 2 * MOST);
    arrivals.take(modest, MOST / 4 / 16);

    assertThat(arrivals.isTooMuch(modest)).isFalse();

    arrivals.take(modest, 1);

    assertThat(arrivals.isTooMuch(modest)).isTrue();
  }

  @Test
  void shouldHaveRoomAgainForWhatWasGivenBack() {
    arrivals.take(greedy, MOST + 1);
    arrivals.giveBack(greedy, 1);

    assertThat(arrivals.isTooMuch(greedy)).isFalse();
    assertThat(greedy.arriving()).isEqualTo(MOST);
  }
}
