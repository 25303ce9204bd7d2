package dev.polyproc.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.polyproc.testing.DaemonProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Delayed;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the JDK says of {@code DelayQueue}, on a daemon: items are hours, and some are due. */
@Timeout(30)
class PolyDelayQueueTest {
  @RegisterExtension static final DaemonProcess DAEMON = new DaemonProcess();

  private static int made;

  private final Polyproc polyproc = DAEMON.connect();
  private final PolyDelayQueue<Long> queue =
      polyproc.queue("hours-" + ++made, Long.class).asDelayQueue(Duration::ofHours);

  @Test
  void shouldPollNothingWhileNothingIsDue() throws Exception {
    queue.put(2L);
    assertThat(queue.offer(1L)).isTrue();
    assertThat(queue.offer(3L, 1, TimeUnit.SECONDS)).isTrue();

    assertThat(queue.poll()).isNull();
    assertThat(queue.poll(1, TimeUnit.MILLISECONDS)).isNull();
    assertThat(queue.drainTo(new ArrayList<>())).isZero();
    assertThat(queue.peek()).isEqualTo(1);
    assertThat(queue.element()).isEqualTo(1);
    assertThat(queue.size()).isEqualTo(3);
    assertThat(queue.isEmpty()).isFalse();
    assertThat(queue).containsExactly(1L, 2L, 3L);
    assertThat(queue.queue().peek()).isNull();
    assertThat(queue.queue().size()).isZero();
  }

  @Test
  void shouldTakeWhatIsDue() throws Exception {
    queue.addAll(List.of(1L, 0L, -1L, 2L));
    assertThat(queue.peek()).isZero();
    assertThat(queue.take()).isZero();
    List<Long> due = new ArrayList<>();
    assertThat(queue.drainTo(due)).isEqualTo(1);
    assertThat(due).containsExactly(-1L);
    assertThat(queue).containsExactly(1L, 2L);
    queue.put(0L);
    assertThat(queue.poll()).isZero();
  }

  @Test
  void shouldFindAndRemoveWhatIsNotDue() {
    queue.addAll(List.of(1L, 2L, 3L, 4L));
    assertThat(queue.contains(2L)).isTrue();
    assertThat(queue.remove(2L)).isTrue();
    assertThat(queue.remove(2L)).isFalse();
    assertThat(queue.removeIf(hours -> hours == 3)).isTrue();
    assertThat(queue).containsExactly(1L, 4L);
    queue.clear();
    assertThat(queue).isEmpty();
    assertThat(queue.size()).isZero();
    assertThat(queue.peek()).isNull();
  }

  @Test
  void shouldHandAnItemToWhoWaitsWhenItIsDue() throws Exception {
    PolyDelayQueue<Long> millis = queue.queue().asDelayQueue(Duration::ofMillis);
    CompletableFuture<Long> waiting = queue.queue().takeAsync();
    queue.put(1L);
    millis.put(5L);
    assertThat(waiting.get(10, TimeUnit.SECONDS)).isEqualTo(5);
    millis.put(20L);
    millis.put(4L);
    assertThat(List.of(queue.take(), queue.take())).containsExactlyInAnyOrder(4L, 20L);
    assertThat(queue).containsExactly(1L);
  }

  @Test
  void shouldLeaveNoRoomWhereDelayedItemsAre() throws Exception {
    PolyDelayQueue<Long> two =
        polyproc
            .queue("two", Codec.of(Long.class), QueueOptions.DEFAULTS.maxsize(2))
            .asDelayQueue(Duration::ofHours);
    two.put(1L);
    assertThat(two.remainingCapacity()).isEqualTo(1);
    two.put(2L);
    assertThat(two.offer(3L)).isFalse();
    assertThat(two.remainingCapacity()).isZero();
  }

  @Test
  @SuppressWarnings("NullAway") // nulls are what is refused
  void shouldTakeTheDelayOfWhatIsDelayed() {
    Delayed item =
        new Delayed() {
          @Override
          public long getDelay(TimeUnit unit) {
            return unit.convert(7, TimeUnit.MINUTES);
          }

          @Override
          public int compareTo(Delayed other) {
            return 0;
          }
        };
    assertThat(PolyDelayQueue.ofDelayed(item)).isEqualTo(Duration.ofMinutes(7));
    assertThatNullPointerException().isThrownBy(() -> queue.put(null));
  }
}
