package dev.polyproc.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.polyproc.testing.DaemonProcess;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.PriorityBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the JDK says of {@code PriorityBlockingQueue}, on a daemon. */
@Timeout(30)
class PolyPriorityQueueTest {
  @RegisterExtension static final DaemonProcess DAEMON = new DaemonProcess();

  private final Polyproc polyproc = DAEMON.connect();
  private static int made;

  private PolyPriorityQueue<Integer> queue() {
    return polyproc
        .queue("ints-" + ++made, Codec.of(Integer.class), QueueOptions.DEFAULTS.byPriority())
        .asPriorityQueue(item -> item);
  }

  @Test
  void shouldTakeWhatAPriorityBlockingQueueTakes() throws Exception {
    PolyPriorityQueue<Integer> queue = queue();
    PriorityBlockingQueue<Integer> model = new PriorityBlockingQueue<>();
    Random random = new Random(8);
    for (int step = 0; step < 400; step++) {
      int item = random.nextInt(30) - 15;
      switch (random.nextInt(6)) {
        case 0 -> {
          queue.put(item);
          model.put(item);
        }
        case 1 -> assertThat(queue.add(item)).isEqualTo(model.add(item));
        case 2 -> assertThat(queue.offer(item)).isEqualTo(model.offer(item));
        case 3 -> assertThat(queue.poll()).isEqualTo(model.poll());
        case 4 -> assertThat(queue.remove((Object) item)).isEqualTo(model.remove((Object) item));
        default -> {
          assertThat(queue.peek()).isEqualTo(model.peek());
          assertThat(queue.contains(item)).isEqualTo(model.contains(item));
          assertThat(queue.size()).isEqualTo(model.size());
        }
      }
    }
    List<Integer> drained = new ArrayList<>();
    List<Integer> expected = new ArrayList<>();
    assertThat(queue.drainTo(drained, 5)).isEqualTo(model.drainTo(expected, 5));
    queue.drainTo(drained);
    model.drainTo(expected);
    assertThat(drained).isEqualTo(expected);
  }

  @Test
  void shouldTakeThoseOfOnePriorityInTheOrderOfPutting() throws Exception {
    PolyPriorityQueue<String> queue =
        polyproc
            .queue("words", Codec.STRING, QueueOptions.DEFAULTS.byPriority())
            .asPriorityQueue(String::length);
    queue.addAll(List.of("ccc", "bb", "aaa", "c", "b"));
    assertThat(queue).containsExactly("c", "b", "bb", "ccc", "aaa");
    assertThat(queue.take()).isEqualTo("c");
    Iterator<String> items = queue.iterator();
    items.next();
    items.remove();
    assertThat(queue.removeIf(item -> item.startsWith("c"))).isTrue();
    assertThat(queue).containsExactly("bb", "aaa");
    assertThat(queue.retainAll(List.of("aaa"))).isTrue();
    assertThat(queue.removeAll(List.of("aaa"))).isTrue();
    assertThat(queue.isEmpty()).isTrue();
  }

  @Test
  void shouldOrderTheWholeRangeOfNumbers() {
    PolyPriorityQueue<Integer> queue = queue();
    List<Integer> numbers = List.of(0, Integer.MAX_VALUE, -1, Integer.MIN_VALUE, 1);
    queue.addAll(numbers);
    PriorityQueue<Integer> sorted = new PriorityQueue<>(numbers);
    while (!sorted.isEmpty()) {
      assertThat(queue.remove()).isEqualTo(sorted.remove());
    }
    Assertions.assertThatExceptionOfType(NoSuchElementException.class).isThrownBy(queue::remove);
    Assertions.assertThatExceptionOfType(NoSuchElementException.class).isThrownBy(queue::element);
  }

  @Test
  void shouldHandAnItemToWhoWaits() throws Exception {
    PolyPriorityQueue<Integer> queue = queue();
    CompletableFuture<Integer> waiting = queue.queue().takeAsync();
    assertThat(queue.offer(3, 1, TimeUnit.SECONDS)).isTrue();
    assertThat(waiting.get(10, TimeUnit.SECONDS)).isEqualTo(3);
    assertThat(queue.poll(1, TimeUnit.MILLISECONDS)).isNull();
  }

  @Test
  @SuppressWarnings("NullAway") // nulls are what is refused
  void shouldRefuseNullsAndItself() {
    PolyPriorityQueue<Integer> queue = queue();
    assertThatNullPointerException().isThrownBy(() -> queue.add(null));
    assertThatNullPointerException().isThrownBy(() -> queue.offer(null));
    assertThatNullPointerException().isThrownBy(() -> queue.put(null));
    assertThatNullPointerException().isThrownBy(() -> queue.addAll(null));
    assertThatNullPointerException().isThrownBy(() -> queue.drainTo(null));
    Collection<Integer> itself = queue;
    assertThatIllegalArgumentException().isThrownBy(() -> queue.addAll(itself));
    assertThatIllegalArgumentException().isThrownBy(() -> queue.drainTo(itself));
    assertThat(queue).isEmpty();
  }
}
