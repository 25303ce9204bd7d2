package dev.polyproc.server.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.internal.v1.NodeEvent;
import dev.polyproc.internal.v1.Origin;
import dev.polyproc.server.engine.call.Effect;
import dev.polyproc.v1.ProcessStartRequest;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Effects happen in their order, each once, whatever becomes of them. */
final class EffectQueueTest {
  private final List<Effect> happened = new ArrayList<>();
  private final List<NodeEvent> submitted = new ArrayList<>();
  private Runnable meanwhile = () -> {};
  private final EffectQueue queue =
      new EffectQueue(
          new RecordedEffects(this::happen), Origin::getDefaultInstance, submitted::add);

  private void happen(Effect effect) {
    happened.add(effect);
    Runnable once = meanwhile;
    meanwhile = () -> {};
    once.run();
  }

  @Test
  void shouldKeepTheOrderWhenOneCausesAnother() {
    // given
    Effect first = new Effect.SessionOpened("a", 1);
    Effect second = new Effect.SessionOpened("b", 1);
    Effect caused = new Effect.ForgetProcess(7);
    meanwhile =
        () -> {
          queue.add(List.of(caused));
          queue.drain();
        };

    // when
    queue.add(List.of(first, second));
    queue.drain();

    // then
    assertThat(happened).containsExactly(first, second, caused);
  }

  @Test
  void shouldSayThatAStartFailedWhichThrew() {
    // given
    meanwhile =
        () -> {
          throw new IllegalStateException("no thread");
        };

    // when
    queue.add(
        List.of(
            new Effect.StartProcess(7, "p", ProcessStartRequest.getDefaultInstance(), "secret"),
            new Effect.SignalProcess(7, 15)));
    queue.drain();

    // then
    assertThat(happened).hasSize(2);
    assertThat(submitted).hasSize(1);
    assertThat(submitted.get(0).getProcessFailed().getProcess()).isEqualTo(7);
    assertThat(submitted.get(0).getProcessFailed().getReason()).contains("no thread");
  }
}
