package dev.polyproc.server.engine.object;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LinearHashMapTest {
  private static final int PARTS = 40;
  private static final int MANY = PARTS * LinearHashMap.LOAD;

  private final LinearHashMap<Object, Integer> map = new LinearHashMap<>();

  /** How often a chosen key was asked for its hash, as it is when it is moved. */
  private final AtomicInteger asked = new AtomicInteger();

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
  void shouldDivideOnePartForEachLoadOfEntriesHoweverManyAreFull() {
    for (int i = 1; i <= MANY; i++) {
      map.putIfAbsent(i, i);

      assertThat(map.parts()).isEqualTo((i + LinearHashMap.LOAD - 1) / LinearHashMap.LOAD);
    }
    assertThat(map.largest()).isLessThan(3 * LinearHashMap.LOAD);
  }

  @Test
  void shouldHaveFewerPartsAsItShrinks() {
    fill(MANY);

    for (int i = 0; i < MANY - 10; i++) {
      assertThat(map.remove(i)).isEqualTo(i);
    }

    assertThat(map.parts()).isEqualTo(1);
    assertThat(map.get(MANY - 1)).isEqualTo(MANY - 1);
  }

  @ParameterizedTest
  @ValueSource(ints = {17, 650, MANY})
  void shouldGiveBackItsTablesWhenItIsEmptied(int most) {
    for (int round = 0; round < 3; round++) {
      fill(most);
      for (int i = 0; i < most; i++) {
        assertThat(map.remove(i)).isEqualTo(i);
      }
      assertThat(map.room()).isLessThanOrEqualTo(16);
    }
  }

  @Test
  void shouldGiveBackTheTableOfKeysThatWereChosenForOnePart() {
    for (int i = 0; i < MANY; i++) {
      map.putIfAbsent(new Chosen(i, 7, asked), i);
    }
    for (int i = 0; i < MANY - 100; i++) {
      assertThat(map.remove(new Chosen(i, 7, asked))).isEqualTo(i);
    }

    assertThat(map.room()).isLessThanOrEqualTo(8 * 100 + 16);
    assertThat(map.get(new Chosen(MANY - 1, 7, asked))).isEqualTo(MANY - 1);
  }

  /** Keys like these could be chosen by somebody who wants the daemon to be slow. */
  private record Chosen(int number, int hash, AtomicInteger asked) implements Comparable<Chosen> {
    @Override
    public int compareTo(Chosen other) {
      return Integer.compare(number, other.number);
    }

    @Override
    public int hashCode() {
      asked.incrementAndGet();
      return hash;
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {4, 5})
  void shouldDoAsAHashMapDoesWithKeysWhoseHashesAgree(long seed) {
    Random random = new Random(seed);
    Map<Object, Integer> model = new HashMap<>();
    for (int additions : new int[] {95, 5, 95, 1}) {
      for (int i = 0; i < 60_000; i++) {
        int number = random.nextInt(30_000);
        // Two crowds, one beside them now and then; each other key by itself.
        Object key = number % 3 == 0 ? number : new Chosen(number, number % 3, asked);
        if (random.nextInt(100) < additions) {
          assertThat(map.putIfAbsent(key, i)).isEqualTo(model.putIfAbsent(key, i));
        } else {
          assertThat(map.remove(key)).isEqualTo(model.remove(key));
        }
        assertThat(map.size()).isEqualTo(model.size());
      }
      model.forEach((key, value) -> assertThat(map.get(key)).isEqualTo(value));
      model.keySet().forEach(key -> assertThat(map.putIfAbsent(key, 0)).isNotNull());
    }
  }

  @Test
  void shouldNotMoveKeysThatWereChosenForOnePart() {
    int chosen = LinearHashMap.CROWDED + 1;
    for (int i = 0; i < chosen; i++) {
      map.putIfAbsent(new Chosen(i, 7, asked), i);
    }
    asked.set(0);
    fill(MANY);

    assertThat(asked).as("keys whose place was looked for").hasValue(0);
    assertThat(map.largest()).isGreaterThanOrEqualTo(chosen);
    for (int i = 0; i < chosen; i++) {
      assertThat(map.get(new Chosen(i, 7, asked))).isEqualTo(i);
      assertThat(map.remove(new Chosen(i, 7, asked))).isEqualTo(i);
    }
    for (int i = 0; i < MANY; i++) {
      assertThat(map.remove(i)).isEqualTo(i);
    }
    assertThat(map.parts()).isEqualTo(1);
    assertThat(map.size()).isZero();
  }

  private void fill(int count) {
    for (int i = 0; i < count; i++) {
      map.putIfAbsent(i, i);
    }
  }
}
