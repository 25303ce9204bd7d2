package dev.polyproc.server.engine.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.polyproc.server.engine.Plain;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ItemsTest {
  private final Items items = new Items();
  private final TreeMap<Long, Item> model = new TreeMap<>();
  private final TreeMap<Long, Item> out = new TreeMap<>();
  private long lastPlace;

  private static Item item(long place) {
    return new Item(place, 0, Plain.value(place));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void shouldDoAsASortedMapDoes(long seed) {
    Random random = new Random(seed);
    for (int i = 0; i < 20_000; i++) {
      boolean growing = (i / 3_000) % 2 == 0;
      if (random.nextInt(100) < (growing ? 60 : 30)) {
        add();
      } else {
        change(random);
      }
      assertThat(items.size()).isEqualTo(model.size());
      if (random.nextInt(40) == 0) {
        compare(random);
      }
    }
  }

  private void add() {
    Item item = item(++lastPlace);
    items.addLast(item);
    model.put(item.place(), item);
  }

  private void change(Random random) {
    int what = random.nextInt(100);
    if (what < 70 && !items.isEmpty()) {
      Item first = items.removeFirst();
      assertThat(first).isEqualTo(model.pollFirstEntry().getValue());
      out.put(first.place(), first);
    } else if (what < 80 && !items.isEmpty()) {
      Item removed = items.remove(random.nextInt(items.size()));
      assertThat(model.remove(removed.place())).isEqualTo(removed);
      out.put(removed.place(), removed);
    } else if (what < 99) {
      bringSomeBack(random);
    } else if (random.nextInt(20) == 0) {
      items.clear();
      model.clear();
    }
  }

  private void bringSomeBack(Random random) {
    List<Item> back = new ArrayList<>();
    out.values().removeIf(item -> random.nextInt(10) == 0 && back.add(item));
    java.util.Collections.shuffle(back, random);
    items.putBack(back);
    back.forEach(item -> model.put(item.place(), item));
    while (out.size() > 50) {
      out.pollFirstEntry();
    }
  }

  private void compare(Random random) {
    List<Item> all = new ArrayList<>();
    items.forEach(all::add);
    assertThat(all).isEqualTo(new ArrayList<>(model.values()));
    long place = random.nextLong(lastPlace + 2);
    assertThat(items.after(place)).isEqualTo(model.headMap(place, true).size());
  }

  @Test
  void shouldHaveNothingWhereNothingIs() {
    assertThatThrownBy(() -> items.get(0)).isInstanceOf(NoSuchElementException.class);
    assertThatThrownBy(items::removeFirst).isInstanceOf(NoSuchElementException.class);
    items.putBack(List.of());
    assertThat(items.isEmpty()).isTrue();
    assertThat(items.after(5)).isZero();
  }

  /** One by one and each at once this would move some 20 thousand million items. */
  @Test
  @Timeout(60)
  void shouldFindThePlacesOfAllThatCameBackOneByOneAtOnce() {
    int count = 1_000_000;
    for (int i = 1; i <= count; i++) {
      items.addLast(item(i));
    }
    List<Item> taken = new ArrayList<>();
    for (int i = 0; i < 40_000; i++) {
      taken.add(items.remove(0));
    }
    // Those before come back first, as after other reservations ended.
    items.putBack(List.of(item(-1)));
    for (int i = 0; i < taken.size(); i++) {
      items.putBack(List.of(taken.get((i * 7_919) % taken.size())));
      assertThat(items.size()).isEqualTo(count - taken.size() + i + 2);
    }

    assertThat(items.get(0).place()).isEqualTo(-1);
    assertThat(items.get(1).place()).isEqualTo(1);
    assertThat(items.get(count).place()).isEqualTo(count);
  }

  /**
   * As reservations end one by one while others take: each to the ring would move the half of it.
   */
  @Test
  @Timeout(60)
  void shouldTakeTheFirstAfterEachThatCameBackAmongMany() {
    int count = 1_000_000;
    for (int i = 1; i <= count; i++) {
      items.addLast(item(2L * i));
    }

    for (int i = 1; i <= 100_000; i++) {
      items.putBack(List.of(item(count + 2L * i + 1)));
      assertThat(items.removeFirst().place()).isEqualTo(2L * i);
    }

    assertThat(items.size()).isEqualTo(count);
    assertThat(items.get(0).place()).isEqualTo(200_002);
    assertThat(items.at(count + 3)).isEqualTo((count + 2 - 200_002) / 2 + 1);
  }
}
