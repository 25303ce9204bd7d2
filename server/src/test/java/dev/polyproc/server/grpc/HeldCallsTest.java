package dev.polyproc.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.v1.Call;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

final class HeldCallsTest {
  private final Arrivals arrivals = new Arrivals(1 << 20, 1);
  private final HeldCalls held = new HeldCalls(arrivals, new Unread().connection());

  private static List<Call> calls(long first, long last) {
    return LongStream.rangeClosed(first, last)
        .mapToObj(sequence -> Call.newBuilder().setSequence(sequence).build())
        .toList();
  }

  private List<Call> take(int count) {
    List<Call> taken = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      taken.add(held.next());
    }
    return taken;
  }

  @Test
  void shouldKeepTheOrderOfCallsThatWerePutBack() {
    held.add(calls(1, 3), 100);
    held.add(calls(4, 5), 100);
    List<Call> all = take(4);
    held.putBack(all.subList(1, 4));
    List<Call> again = take(2);
    assertThat(again).extracting(Call::getSequence).containsExactly(2L, 3L);
    held.putBack(again.subList(1, 2));

    assertThat(held.size()).isEqualTo(3);
    assertThat(take(3)).extracting(Call::getSequence).containsExactly(3L, 4L, 5L);
    assertThat(held.hasNext()).isFalse();
  }

  @Test
  void shouldChargeAFrameUntilItsLastCallIsApplied() {
    held.add(calls(1, 2), 1_000);
    long charged = arrivals.bytes();
    assertThat(charged).isGreaterThan(1_000);

    List<Call> both = take(2);
    held.putBack(both.subList(1, 2));
    assertThat(arrivals.bytes()).isEqualTo(charged);

    take(1);
    held.putBack(List.of());
    assertThat(arrivals.bytes()).isZero();
    assertThat(held.bytes()).isZero();
  }

  @Test
  void shouldGiveBackAllWhenTheStreamIsGone() {
    held.add(calls(1, 2), 1_000);
    held.putBack(take(1));
    held.clear();

    assertThat(arrivals.bytes()).isZero();
    assertThat(held.hasNext()).isFalse();
  }
}
