package dev.polyproc.server.engine.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.polyproc.v1.QueueItemOptions;
import dev.polyproc.v1.Value;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Items in their order. */
final class ItemsTest {
  private final Items items = new Items();

  @Test
  void shouldKeepPrioritiesAndPositionsInOrder() {
    add(3, 0);
    add(1, 5);
    add(-4, 0);
    add(2, 0);

    assertThat(items).extracting(Item::position).containsExactly(-4L, 2L, 3L, 1L);
    assertThat(items.first().position()).isEqualTo(-4);
    assertThat(items.last().position()).isEqualTo(1);
  }

  @Test
  void shouldFindItemsByPlaceAtBothEnds() {
    add(3, 0);
    add(-4, 0);

    assertThat(items.at(4)).extracting(Item::position).isEqualTo(-4L);
    assertThat(items.at(3)).extracting(Item::position).isEqualTo(3L);
    assertThat(items.at(2)).isNull();
    assertThat(items.at(5)).isNull();
  }

  @Test
  void shouldKnowTheOldestOfBothEnds() {
    assertThat(items.oldest()).isNull();
    add(-7, 0);
    assertThat(items.oldest()).extracting(Item::place).isEqualTo(7L);
    add(-3, 0);
    add(5, 0);
    assertThat(items.oldest()).extracting(Item::place).isEqualTo(3L);
    add(2, 0);
    assertThat(items.oldest()).extracting(Item::place).isEqualTo(2L);
  }

  @Test
  void shouldBeginAPageBehindAnItemThatIsGone() {
    add(1, 0);
    add(2, 0);
    add(3, 0);
    add(1_000, 1);
    items.remove(Objects.requireNonNull(items.at(2)));

    assertThat(items.after(0, 2))
        .toIterable()
        .extracting(Item::position)
        .containsExactly(3L, 1_000L);
    assertThat(items.after(1, 1_000)).isExhausted();
  }

  @Test
  void shouldRefuseASecondItemAtOnePlace() {
    add(1, 0);

    assertThatThrownBy(() -> add(1, 0)).isInstanceOf(IllegalStateException.class);
  }

  private void add(long position, int priority) {
    items.add(item(position, priority));
  }

  private static Item item(long position, int priority) {
    QueueItemOptions options = QueueItemOptions.newBuilder().setPriority(priority).build();
    Value value = Value.newBuilder().setInt(position).build();
    return new Item(position, 0, 0, value, ItemTerms.ofOptions(options));
  }
}
