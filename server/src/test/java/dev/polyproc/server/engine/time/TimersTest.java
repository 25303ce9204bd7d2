package dev.polyproc.server.engine.time;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TimersTest {
  private final Timers timers = new Timers();
  private final List<String> fired = new ArrayList<>();

  @Test
  void shouldFireInTheOrderOfDeadlinesAndNumbers() {
    timers.at(20, 1, () -> fired.add("20/1"));
    timers.at(10, 3, () -> fired.add("10/3"));
    timers.at(10, 2, () -> fired.add("10/2"));
    timers.at(30, 4, () -> fired.add("30/4"));

    timers.fire(9, new Turn(Turn.PIECE));
    assertThat(fired).isEmpty();
    assertThat(timers.next()).isEqualTo(10);
    timers.fire(20, new Turn(Turn.PIECE));
    assertThat(fired).containsExactly("10/2", "10/3", "20/1");
    assertThat(timers.next()).isEqualTo(30);
  }

  @Test
  void shouldNotFireWhatWasCancelledMeanwhile() {
    var second = timers.at(10, 2, () -> fired.add("second"));
    timers.at(10, 1, () -> timers.cancel(second));
    timers.at(10, 3, () -> timers.at(10, 4, () -> fired.add("set meanwhile")));
    timers.fire(10, new Turn(Turn.PIECE));
    assertThat(fired).containsExactly("set meanwhile");
    assertThat(timers.size()).isZero();
    assertThat(timers.next()).isEqualTo(Timers.NEVER);
    timers.cancel(null);
  }

  @Test
  void shouldTakeANumberOnce() {
    timers.at(10, 1, () -> {});
    assertThatThrownBy(() -> timers.at(10, 1, () -> {})).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void shouldFireAsManyAsTheTurnReaches() {
    timers.at(30, 1, () -> fired.add("30"));
    timers.at(10, 2, () -> fired.add("10"));
    timers.at(20, 3, () -> fired.add("20"));

    timers.fire(30, new Turn(2));
    assertThat(fired).containsExactly("10", "20");
    assertThat(timers.next()).isEqualTo(30);

    timers.fire(30, new Turn(2));
    assertThat(fired).containsExactly("10", "20", "30");
  }
}
