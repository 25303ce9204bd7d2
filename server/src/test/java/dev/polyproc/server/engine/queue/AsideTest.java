package dev.polyproc.server.engine.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.v1.Value;
import org.junit.jupiter.api.Test;

/** What comes back from sessions that are ending. */
final class AsideTest {
  private final Aside aside = new Aside();

  @Test
  void shouldKeepWhatComesBackBySessions() {
    Item first = item(1);
    Item second = item(2);
    aside.put(8, first);
    aside.put(8, second);
    aside.put(9, item(3));

    assertThat(aside.size()).isEqualTo(3);
    assertThat(aside.remove(8)).containsExactly(first, second);
    assertThat(aside.remove(8)).isEmpty();
    assertThat(aside.size()).isEqualTo(1);
  }

  @Test
  void shouldGiveOneAfterTheOtherUntilNoneIsLeft() {
    aside.put(8, item(1));
    aside.put(9, item(2));

    assertThat(aside.removeAny()).extracting(Item::place).isEqualTo(2L);
    assertThat(aside.removeAny()).extracting(Item::place).isEqualTo(1L);
    assertThat(aside.removeAny()).isNull();
    assertThat(aside.size()).isZero();
  }

  private static Item item(long position) {
    return Item.plain(position, 0, Value.newBuilder().setInt(position).build());
  }
}
