package dev.polyproc.server.engine.object;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ExtendibleMapTest {
  private static final int PARTS = 40;
  private static final int MANY = PARTS * ExtendibleMap.MOST / 2;

  private final ExtendibleMap<Object, Integer> map = new ExtendibleMap<>();

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void shouldDoAsAHashMapDoes(long seed) {
    Random random = new Random(seed);
    Map<Object, Integer> model = new HashMap<>();
    step(random, model, 100_000, 90);
    int grown = map.parts();
    step(random, model, 300_000, 1);
    assertThat(map.parts()).isBetween(1, grown / 2);
    step(random, model, 100_000, 90);
    assertThat(map.parts()).isGreaterThanOrEqualTo(grown);
    step(random, model, 50_000, 10);
    map.clear();
    assertThat(map.size()).isZero();
    assertThat(map.get(1)).isNull();
  }

  /** Adds in so many of a hundred steps, and removes in the others, here and there. */
  private void step(Random random, Map<Object, Integer> model, int steps, int additions) {
    for (int i = 0; i < steps; i++) {
      Integer key = random.nextInt(100_000);
      if (random.nextInt(100) < additions) {
        assertThat(map.putIfAbsent(key, i)).isEqualTo(model.putIfAbsent(key, i));
      } else {
        assertThat(map.remove(key)).isEqualTo(model.remove(key));
      }
      assertThat(map.size()).isEqualTo(model.size());
    }
    for (int key = 0; key < 100_000; key++) {
      assertThat(map.get(key)).isEqualTo(model.get(key));
    }
  }

  @Test
  void shouldHaveMorePartsAsItGrowsAndFewerAsItShrinks() {
    fill(MANY);
    assertThat(map.parts()).isBetween(PARTS / 2, 2 * PARTS);

    for (int i = 0; i < MANY - 10; i++) {
      assertThat(map.remove(i)).isEqualTo(i);
    }

    assertThat(map.parts()).isEqualTo(1);
    assertThat(map.get(MANY - 1)).isEqualTo(MANY - 1);
  }

  /** Keys like these could be chosen by somebody who wants the daemon to be slow. */
  private record Chosen(int number) {
    @Override
    public int hashCode() {
      return 7;
    }
  }

  @Test
  void shouldNotDivideKeysWhoseHashesAgree() {
    int chosen = ExtendibleMap.MOST + 100;
    for (int i = 0; i < chosen; i++) {
      map.putIfAbsent(new Chosen(i), i);
    }
    assertThat(map.places()).isLessThanOrEqualTo(8);

    fill(MANY);

    assertThat(map.places()).isLessThanOrEqualTo(4 * PARTS);
    for (int i = 0; i < chosen; i += 500) {
      assertThat(map.get(new Chosen(i))).isEqualTo(i);
    }
  }

  private void fill(int count) {
    for (int i = 0; i < count; i++) {
      map.putIfAbsent(i, i);
    }
  }
}
