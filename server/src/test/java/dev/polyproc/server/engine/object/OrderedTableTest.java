package dev.polyproc.server.engine.object;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class OrderedTableTest {
  private record Row(String key, long number) implements OrderedTable.Row<String> {}

  private final OrderedTable<String, Row> table = new OrderedTable<>();
  private final TreeMap<Long, Row> model = new TreeMap<>();

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void shouldDoAsASortedMapDoes(long seed) {
    Random random = new Random(seed);
    long number = 0;
    for (int i = 0; i < 20_000; i++) {
      // Phases of growing and of shrinking, so that blocks are joined again and again.
      boolean growing = (i / 2_000) % 2 == 0;
      if (random.nextInt(10) < (growing ? 7 : 3)) {
        number += 1 + random.nextInt(3);
        Row row = new Row("key" + number, number);
        table.add(row);
        model.put(number, row);
      } else if (!model.isEmpty()) {
        Row row = anyRow(random);
        assertThat(table.remove(row.key())).isEqualTo(row);
        assertThat(table.remove(row.key())).isNull();
        model.remove(row.number());
      }
      if (random.nextInt(5_000) == 0) {
        table.clear();
        model.clear();
      }
      if (random.nextInt(50) == 0) {
        compare(random);
      }
    }
  }

  private Row anyRow(Random random) {
    long last = model.lastKey();
    Long number = model.ceilingKey(1 + (long) (random.nextDouble() * last));
    return java.util.Objects.requireNonNull(model.get(number == null ? last : number));
  }

  private void compare(Random random) {
    assertThat(table.size()).isEqualTo(model.size());
    List<Row> all = new ArrayList<>();
    table.forEach(all::add);
    assertThat(all).isEqualTo(new ArrayList<>(model.values()));
    assertThat(table.first()).isEqualTo(model.isEmpty() ? null : model.firstEntry().getValue());
    assertThat(table.last()).isEqualTo(model.isEmpty() ? null : model.lastEntry().getValue());
    long after = model.isEmpty() ? 0 : random.nextLong(model.lastKey() + 2);
    assertThat(table.page(after, 7))
        .isEqualTo(model.tailMap(after, false).values().stream().limit(7).toList());
    model.values().stream()
        .limit(3)
        .forEach(row -> assertThat(table.get(row.key())).isEqualTo(row));
    assertThat(table.get("nowhere")).isNull();
  }

  /** Each end in turn: a search over what is gone would take many minutes. */
  @Test
  @Timeout(60)
  void shouldFindTheEndsOfALargeTableAtOnce() {
    int rows = 400_000;
    for (int i = 1; i <= rows; i++) {
      table.add(new Row("key" + i, i));
    }
    for (int i = 1; i <= rows / 2; i++) {
      assertThat(table.remove(requireNonNull(table.first()).key())).isNotNull();
      assertThat(requireNonNull(table.last()).number()).isEqualTo(rows - i + 1);
      table.remove(requireNonNull(table.last()).key());
    }
    assertThat(table.size()).isZero();
    assertThat(table.first()).isNull();
    assertThat(table.last()).isNull();
  }

  @Test
  void shouldGoOnBehindWhatItHasSeenWhateverChanges() {
    for (int i = 1; i <= 2_000; i++) {
      table.add(new Row("key" + i, i));
    }
    Iterator<Row> rows = table.iterator();
    List<Long> seen = new ArrayList<>();
    while (rows.hasNext()) {
      Row row = rows.next();
      seen.add(row.number());
      table.remove(row.key()); // What is seen goes, as what ends does,
      table.remove("key" + (row.number() + 1)); // and what comes next,
      if (row.number() == 1_001) {
        table.add(new Row("later", 3_000)); // and something comes.
      }
    }
    assertThat(seen).hasSize(1_001).endsWith(1_997L, 1_999L, 3_000L);
    assertThat(seen).startsWith(1L, 3L, 5L);
  }

  @Test
  void shouldTakeOnlyNewKeysAndHigherNumbers() {
    table.add(new Row("a", 5));
    assertThatThrownBy(() -> table.add(new Row("b", 5))).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> table.add(new Row("a", 6))).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void shouldBeginAndEndAtTheEnds() {
    table.add(new Row("a", 1));
    table.add(new Row("b", Long.MAX_VALUE));
    assertThat(table.page(Long.MIN_VALUE, 5)).hasSize(2);
    assertThat(table.page(1, 5)).hasSize(1);
    Iterator<Row> none = table.after(Long.MAX_VALUE);
    assertThat(none.hasNext()).isFalse();
    assertThatThrownBy(none::next).isInstanceOf(java.util.NoSuchElementException.class);
  }
}
