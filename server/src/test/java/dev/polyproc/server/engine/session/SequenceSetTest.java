package dev.polyproc.server.engine.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SequenceSetTest {
  private static final int NUMBERS = 300;

  private final SequenceSet set = new SequenceSet();
  private final BitSet model = new BitSet();

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void shouldDoAsASetOfBitsDoes(long seed) {
    Random random = new Random(seed);
    int below = 1;
    for (int i = 0; i < 3_000; i++) {
      if (random.nextInt(20) == 0) {
        below = Math.min(NUMBERS, below + random.nextInt(10));
        set.removeBelow(below);
        model.clear(0, below);
      } else {
        int first = below + random.nextInt(NUMBERS - below + 1);
        int last = first + random.nextInt(1 + random.nextInt(30));
        set.add(first, last);
        model.set(first, last + 1);
      }
      compare();
      if (below == NUMBERS) {
        below = 1;
        set.removeBelow(Long.MAX_VALUE);
        model.clear();
      }
    }
  }

  private void compare() {
    int ranges = 0;
    for (int i = 0; i <= NUMBERS + 30; i++) {
      if (set.contains(i) != model.get(i)) {
        throw new AssertionError("Expected " + i + " as in " + model + ", but it is not so");
      }
      if (model.get(i) && (i == 0 || !model.get(i - 1))) {
        ranges++;
      }
    }
    assertThat(set.ranges()).isEqualTo(ranges);
    assertThat(set.save()).hasSize(ranges);
  }

  @Test
  void shouldHoldAllThereIs() {
    set.add(5, 7);
    set.add(1, Long.MAX_VALUE);
    assertThat(set.ranges()).isEqualTo(1);
    assertThat(set.contains(Long.MAX_VALUE)).isTrue();
    set.add(3, 9);
    set.add(Long.MAX_VALUE, Long.MAX_VALUE);
    assertThat(set.ranges()).isEqualTo(1);
    set.removeBelow(100);
    assertThat(set.contains(99)).isFalse();
    assertThat(set.contains(100)).isTrue();
  }
}
