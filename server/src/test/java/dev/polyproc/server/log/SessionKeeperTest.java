package dev.polyproc.server.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.polyproc.internal.v1.NodeEvent;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class SessionKeeperTest {
  private final List<Runnable> due = new ArrayList<>();
  private final List<String> ended = new ArrayList<>();
  private boolean fails;
  private long now;
  private final SessionKeeper keeper =
      new SessionKeeper(
          new Later() {
            @Override
            public void run(long nanos, Runnable task) {
              due.add(task);
            }

            @Override
            public Runnable runUnlessTakenBack(long nanos, Runnable task) {
              run(nanos, task);
              return () -> due.remove(task);
            }
          },
          () -> now,
          this::submit);

  private void submit(NodeEvent event) {
    if (fails) {
      throw new OutOfMemoryError("unable to create native thread");
    }
    ended.addAll(event.getSessionEnd().getSessionsList());
  }

  @Test
  void shouldKeepNothingOfASessionThatHasEnded() {
    // when
    for (int i = 0; i < 100; i++) {
      keeper.opened("s" + i, Long.MAX_VALUE / 4);
    }
    for (int i = 0; i < 50; i++) {
      keeper.ended("s" + i);
      keeper.end(List.of("s" + (50 + i)), "gone");
    }

    // then
    assertThat(due).isEmpty();
    assertThat(ended).hasSize(50);
  }

  @Test
  void shouldTellWhenTheLastSessionEnds() {
    // given
    List<Integer> told = new ArrayList<>();
    keeper.opened("first", 10);
    keeper.opened("second", 10);

    // when
    keeper.whenNoneIsLeft(() -> told.add(keeper.count()));
    keeper.ended("first");
    assertThat(told).isEmpty();
    keeper.ended("second");

    // then
    assertThat(told).containsExactly(0);
  }

  @Test
  void shouldTellAtOnceThatNoSessionIsLeft() {
    // given
    List<Integer> told = new ArrayList<>();

    // when
    keeper.whenNoneIsLeft(() -> told.add(keeper.count()));

    // then
    assertThat(told).containsExactly(0);
  }

  @Test
  void shouldTryAgainToEndASilentSession() {
    // given
    keeper.opened("silent", 10);
    now = 10;
    fails = true;
    assertThatThrownBy(() -> due.remove(0).run()).isInstanceOf(OutOfMemoryError.class);
    assertThat(keeper.isOpen("silent")).isTrue();

    // when
    fails = false;
    now = 20;
    due.remove(0).run();

    // then
    assertThat(ended).containsExactly("silent");
    assertThat(keeper.isOpen("silent")).isFalse();
    assertThat(due).isEmpty();
  }

  @Test
  void shouldLookAgainAfterAWord() {
    // given
    keeper.opened("lively", 10);
    now = 6;
    keeper.heard("lively");

    // when
    now = 10;
    due.remove(0).run();

    // then
    assertThat(keeper.isOpen("lively")).isTrue();
    now = 16;
    due.remove(0).run();
    assertThat(ended).containsExactly("lively");
  }
}
