package dev.polyproc.server.engine.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SortedRunsTest {
  private final SortedRuns<Integer> runs = new SortedRuns<>(Comparator.naturalOrder());
  private final TreeSet<Integer> expected = new TreeSet<>();

  /** Few elements, as many as some runs hold, and many runs; more come at first, and then go. */
  @ParameterizedTest
  @ValueSource(ints = {10, 600, 20_000})
  void shouldBehaveAsSortedSetWhereverElementsComeAndGo(int range) {
    for (int seed = 0; seed < 5; seed++) {
      Random random = new Random(seed);
      for (int i = 0; i < 3 * range; i++) {
        change(random, range, i < 2 * range ? 7 : 3);
        assertSameAround(random.nextInt(range));
      }
      assertSame();
      runs.clear();
      expected.clear();
      assertSame();
    }
  }

  private void change(Random random, int range, int comesOfTen) {
    int number = random.nextInt(range);
    if (random.nextInt(10) < comesOfTen) {
      assertThat(runs.add(number)).isEqualTo(expected.add(number));
    } else if (random.nextInt(4) == 0) {
      assertThat(runs.pollFirst()).isEqualTo(expected.pollFirst());
    } else {
      assertThat(runs.remove(number)).isEqualTo(expected.remove(number));
    }
  }

  private void assertSameAround(int number) {
    assertThat(runs.size()).isEqualTo(expected.size());
    assertThat(runs.contains(number)).isEqualTo(expected.contains(number));
    assertThat(runs.higher(number)).isEqualTo(expected.higher(number));
    assertThat(runs.lower(number)).isEqualTo(expected.lower(number));
    if (!expected.isEmpty()) {
      assertThat(runs.first()).isEqualTo(expected.first());
      assertThat(runs.last()).isEqualTo(expected.last());
    }
  }

  private void assertSame() {
    assertThat(runs).containsExactlyElementsOf(expected);
    assertThat(runs.isEmpty()).isEqualTo(expected.isEmpty());
  }

  @Test
  void shouldBeRingOfThoseThatComeBehindAndLeaveInFront() {
    for (int next = 0; next < 5_000; next++) {
      runs.add(next);
      if (next >= 300) {
        assertThat(runs.pollFirst()).isEqualTo(next - 300);
      }
    }
    assertThat(runs).hasSize(300);
    assertThat(runs.runs()).as("those in front are gone").isLessThanOrEqualTo(3);
  }

  @Test
  void shouldCompareNoMoreAtEitherEndHoweverManyThereAre() {
    assertThat(mostComparisonsAtEnds(100_000)).isEqualTo(mostComparisonsAtEnds(1_000));
  }

  /** How many comparisons a change at an end takes of so many elements, at most. */
  private static int mostComparisonsAtEnds(int elements) {
    AtomicInteger comparisons = new AtomicInteger();
    SortedRuns<Integer> counted =
        new SortedRuns<>(
            (one, other) -> {
              comparisons.incrementAndGet();
              return Integer.compare(one, other);
            });
    for (int next = 0; next < elements; next++) {
      counted.add(next);
    }
    int most = 0;
    for (int i = 1; i <= 600; i++) {
      int before = -i;
      int behind = elements - 1 + i;
      for (BooleanSupplier change :
          List.<BooleanSupplier>of(() -> counted.add(before), () -> counted.add(behind))) {
        most = Math.max(most, comparisonsOf(change, comparisons));
      }
    }
    for (int i = 600; i >= -100; i--) {
      int first = -i;
      int last = elements - 1 + i;
      for (BooleanSupplier change :
          List.<BooleanSupplier>of(() -> counted.remove(first), () -> counted.remove(last))) {
        most = Math.max(most, comparisonsOf(change, comparisons));
      }
    }
    return most;
  }

  private static int comparisonsOf(BooleanSupplier change, AtomicInteger comparisons) {
    comparisons.set(0);
    assertThat(change.getAsBoolean()).isTrue();
    return comparisons.get();
  }

  @Test
  void shouldBeStackOfThoseThatComeAndLeaveInFront() {
    for (int next = 0; next < 2_000; next++) {
      runs.add(-next);
    }
    for (int next = 1_999; next >= 0; next--) {
      assertThat(runs.pollFirst()).isEqualTo(-next);
    }
    assertThat(runs.pollFirst()).isNull();
  }

  @Test
  void shouldBeginBehindAnyOneThatNeedNotBeThere() {
    for (int next = 0; next < 2_000; next += 2) {
      runs.add(next);
      expected.add(next);
    }
    for (int one = -1; one <= 2_000; one++) {
      assertThat(all(runs.after(one))).isEqualTo(List.copyOf(expected.tailSet(one, false)));
    }
  }

  @Test
  void shouldNotKeepRunsOfWhatHasLeft() {
    for (int next = 0; next < 100_000; next++) {
      runs.add(next);
    }
    for (int next = 0; next < 100_000; next++) {
      if (next % 1_000 != 0) {
        runs.remove(next);
      }
    }
    assertThat(runs.runs()).isLessThanOrEqualTo(4);
    assertThat(runs).hasSize(100);
  }

  @Test
  void shouldRefuseToAnswerFirstAndLastOfNone() {
    assertThatThrownBy(runs::first).isInstanceOf(NoSuchElementException.class);
    assertThatThrownBy(runs::last).isInstanceOf(NoSuchElementException.class);
    assertThatThrownBy(() -> runs.iterator().next()).isInstanceOf(NoSuchElementException.class);
    assertThat(runs.find(1)).isNull();
    assertThat(runs.lower(1)).isNull();
    assertThat(runs.higher(1)).isNull();
    assertThat(runs.remove(1)).isFalse();
  }

  private static List<Integer> all(Iterator<Integer> iterator) {
    List<Integer> all = new ArrayList<>();
    iterator.forEachRemaining(all::add);
    return all;
  }
}
