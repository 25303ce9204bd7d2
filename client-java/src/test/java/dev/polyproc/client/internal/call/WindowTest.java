package dev.polyproc.client.internal.call;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.client.internal.transport.Address;
import dev.polyproc.client.internal.transport.Transport;
import dev.polyproc.v1.Limits;
import dev.polyproc.v1.SequenceRange;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WindowTest {
  private static final Transport TRANSPORT =
      new Transport(Address.parse("localhost:1"), null, null, null); // never connected
  private static final Calls CALLS =
      new Calls(
          TRANSPORT,
          Limits.newBuilder().setWindowCalls(4096).build(),
          () -> {},
          ended -> {},
          new Callbacks(null, new CallbackThreads(), TRANSPORT));

  @AfterAll
  static void close() {
    TRANSPORT.close();
  }

  @Test
  void shouldConfirmInOrder() {
    Window window = new Window(1024);
    add(window, 3);
    window.remove(1);
    window.remove(2);
    assertThat(window.receivedBelow()).isEqualTo(3);
    assertThat(window.newlyReceived()).isEmpty();
    assertThat(window.size()).isEqualTo(1);
  }

  @Test
  void shouldConfirmAroundCallThatWaits() {
    // given: call 1 waits, 2 to 5 are done
    Window window = new Window(1024);
    add(window, 6);
    for (long done = 2; done <= 5; done++) {
      window.remove(done);
    }
    assertThat(window.heldUp()).isEqualTo(4);

    // when
    window.settle();

    // then
    assertThat(window.heldUp()).isZero();
    assertThat(window.receivedBelow()).isEqualTo(1);
    assertThat(window.newlyReceived()).containsExactly(range(2, 5));
    assertThat(window.newlyReceived()).isEmpty();

    // and when the next is done, and then the one that waited
    window.remove(6);
    assertThat(window.newlyReceived()).containsExactly(range(6, 6));
    window.remove(1);
    assertThat(window.receivedBelow()).isEqualTo(7);
  }

  @Test
  void shouldConfirmEverythingAgainOnNewAttachment() {
    Window window = new Window(1024);
    add(window, 5);
    window.remove(2);
    window.remove(4);
    window.settle();
    assertThat(window.newlyReceived()).containsExactly(range(2, 2), range(4, 4));

    window.reattached();

    assertThat(window.newlyReceived()).containsExactly(range(2, 2), range(4, 4));
  }

  /** Random calls and replies against a model of two sorted sets; the seed names the failure. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void shouldAgreeWithModel(long seed) {
    Random random = new Random(seed);
    Window window = new Window(1024);
    TreeMap<Long, PendingCall<?>> open = new TreeMap<>();
    TreeSet<Long> confirmed = new TreeSet<>();
    long next = 1;
    for (int step = 0; step < 5_000; step++) {
      int dice = random.nextInt(100);
      if (dice < 48 && open.size() < 3000) {
        open.put(next, add(window));
        next++;
      } else if (dice < 96 && !open.isEmpty()) {
        // Mostly the oldest but for a few that wait long.
        Long from = open.ceilingKey(open.firstKey() + random.nextInt(50));
        long sequence = from == null ? open.lastKey() : from;
        assertThat(window.remove(sequence) == open.remove(sequence)).isTrue();
        assertThat(window.remove(sequence) == null).isTrue();
      } else if (dice < 97) {
        window.settle();
        assertThat(window.heldUp()).isZero();
      } else if (dice < 98) {
        window.reattached();
        confirmed.clear();
      } else {
        confirm(window, confirmed, open);
      }
      assertThat(window.size()).isEqualTo(open.size());
    }
    window.settle();
    window.reattached();
    confirmed.clear();
    confirm(window, confirmed, open);
    assertThat(confirmed.size() + open.size()).isEqualTo((int) next - 1);
    List<PendingCall<?>> left = new ArrayList<>();
    window.forEach(left::add);
    assertThat(left).containsExactlyElementsOf(open.values());
  }

  private static void confirm(
      Window window, TreeSet<Long> confirmed, TreeMap<Long, PendingCall<?>> open) {
    for (long below = window.receivedBelow() - 1; below > 0 && confirmed.add(below); below--) {}
    for (SequenceRange range : window.newlyReceived()) {
      for (long sequence = range.getFirst(); sequence <= range.getLast(); sequence++) {
        if (!confirmed.add(sequence)) {
          throw new AssertionError("Expected " + sequence + " to be confirmed once");
        }
      }
    }
    assertThat(open.keySet()).noneMatch(confirmed::contains);
  }

  private static void add(Window window, int count) {
    for (int i = 0; i < count; i++) {
      add(window);
    }
  }

  private static PendingCall<?> add(Window window) {
    PendingCall<Boolean> call = new DirectCall<>(CALLS, new byte[0], 1, response -> true);
    window.add(call);
    return call;
  }

  private static SequenceRange range(long first, long last) {
    return SequenceRange.newBuilder().setFirst(first).setLast(last).build();
  }
}
