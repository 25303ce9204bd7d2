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

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void shouldCompareNoMoreAtEitherEndHoweverManyThereAre(boolean atHead) {
    Ends few = new Ends(1_000);
    Ends many = new Ends(100_000);

    for (int i = 0; i < 600; i++) {
      assertThat(many.add(atHead)).isEqualTo(few.add(atHead));
    }
    assertThat(many.mostToRemove(700, atHead)).isEqualTo(few.mostToRemove(700, atHead));
  }

  /** Counts the comparisons that changes at the ends of some numbers take. */
  private static final class Ends {
    private final SortedRuns<Integer> numbers = new SortedRuns<>(this::compare);
    private int comparisons;

    Ends(int count) {
      for (int next = 0; next < count; next++) {
        numbers.add(next);
      }
    }

    private int compare(Integer one, Integer other) {
      comparisons++;
      return Integer.compare(one, other);
    }

    int add(boolean atHead) {
      int next = atHead ? numbers.first() - 1 : numbers.last() + 1;
      comparisons = 0;
      assertThat(numbers.add(next)).isTrue();
      return comparisons;
    }

    /** Of so many that leave, how many the one takes that takes most: runs are not equally long. */
    int mostToRemove(int count, boolean atHead) {
      int most = 0;
      for (int i = 0; i < count; i++) {
        int next = atHead ? numbers.first() : numbers.last();
        comparisons = 0;
        assertThat(numbers.remove(next)).isTrue();
        most = Math.max(most, comparisons);
      }
      return most;
    }
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
