package dev.polyproc.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.testing.DaemonProcess;
import dev.polyproc.v1.ElementType;
import dev.polyproc.v1.ErrorReason;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Sentences of the documentation of {@code AtomicLongArray} and {@code AtomicIntegerArray}; {@code
 * AtomicMethodsTest} compares what they answer.
 */
@Timeout(60)
class AtomicArraySentencesTest {
  private static final AtomicInteger NAMES = new AtomicInteger();

  @RegisterExtension static final DaemonProcess DAEMON = new DaemonProcess();

  private final String name = "atomics" + NAMES.incrementAndGet();
  private Polyproc polyproc;
  private Polyproc other;

  @BeforeEach
  void connect() {
    polyproc = DAEMON.connect();
    other = DAEMON.connect();
  }

  @AfterEach
  void close() {
    polyproc.close();
    other.close();
  }

  private PolyArray<Long> longs(int length) {
    return polyproc.array(name, ElementType.ELEMENT_TYPE_INT64, length, Long.class);
  }

  private PolyArray<Long> theirs() {
    return other.array(name, Long.class);
  }

  // "AtomicLongArray(int length): Creates a new AtomicLongArray of the given length, with all
  // elements initially zero."
  @Test
  void shouldHaveTheGivenLengthWithAllElementsInitiallyZero() {
    PolyArray<Long> row = longs(20);
    assertThat(row.length()).isEqualTo(20);
    assertThat(row.longs()).hasSize(20).containsOnly(0);
    assertThat(polyproc.array(name + "/0", ElementType.ELEMENT_TYPE_INT32, 0, Integer.class))
        .satisfies(none -> assertThat(none.longs()).isEmpty());
  }

  // "AtomicLongArray(long[] array): with the same length as, and all elements copied from, the
  // given array": what becomes of that array later is another matter.
  @Test
  void shouldHaveElementsCopiedFromAGivenArray() {
    PolyArray<Long> row = longs(3);
    long[] given = {5, -6, Long.MAX_VALUE};
    row.set(0, given);
    given[0] = 9;
    assertThat(row.longs()).containsExactly(5, -6, Long.MAX_VALUE);
    long[] read = row.longs();
    read[1] = 9;
    assertThat(row.longs()).containsExactly(5, -6, Long.MAX_VALUE);
  }

  // "Constructor, get, set ... out of bound indices throw": and change nothing. An index before 0
  // counts from the end, as in Python.
  @Test
  void shouldRefuseOutOfBoundIndices() {
    PolyArray<Long> row = longs(3);
    for (long index : new long[] {3, -4, Long.MAX_VALUE, Long.MIN_VALUE}) {
      List<ThrowingCallable> ways =
          List.of(
              () -> row.get(index),
              () -> row.set(index, 1L),
              () -> row.getAndSet(index, 1L),
              () -> row.compareAndSet(index, 0L, 1L),
              () -> row.compareAndExchange(index, 0L, 1L),
              () -> row.addAndGet(index, 1L),
              () -> row.incrementAndGet(index),
              () -> row.updateAndGet(index, n -> 1L),
              () -> row.getLong(index),
              () -> row.setLong(index, 1),
              () -> row.addAndGetLong(index, 1));
      for (ThrowingCallable way : ways) {
        assertThat(Failure.reasonOf(way)).isEqualTo(ErrorReason.ERROR_REASON_INDEX_OUT_OF_RANGE);
      }
    }
    assertThat(row.longs()).containsOnly(0);
  }

  // "compareAndSet: Atomically sets the element at index i to newValue if the element's current
  // value == expectedValue": that element, and no other.
  @Test
  void shouldChangeTheElementAtTheIndexAndNoOther() {
    PolyArray<Long> row = longs(3);
    assertThat(row.compareAndSet(1, 1L, 2L)).isFalse();
    assertThat(row.compareAndSet(1, 0L, 2L)).isTrue();
    assertThat(row.compareAndExchange(1, 3L, 4L)).isEqualTo(2);
    assertThat(row.compareAndExchange(1, 2L, 4L)).isEqualTo(2);
    assertThat(row.getAndUpdate(1, n -> n + 1)).isEqualTo(4);
    assertThat(row.updateAndGet(1, n -> n * 2)).isEqualTo(10);
    assertThat(row.accumulateAndGet(1, 3L, (current, given) -> current - given)).isEqualTo(7);
    assertThat(row.getAndAccumulate(1, 3L, (current, given) -> current - given)).isEqualTo(7);
    assertThat(row.longs()).containsExactly(0, 4, 0);
  }

  // "updateAndGet: ... it may be re-applied when attempted updates fail due to contention".
  @Test
  void shouldReapplyTheFunctionToWhatAnotherHasSetMeanwhile() {
    PolyArray<Long> row = longs(2);
    PolyArray<Long> theirs = theirs();
    List<Long> given = new ArrayList<>();
    long after =
        row.updateAndGet(
            -1,
            n -> {
              given.add(n);
              theirs.set(0, 5L);
              if (given.size() == 1) {
                theirs.set(1, 30L);
              }
              return n + 1;
            });

    assertThat(given).containsExactly(0L, 30L);
    assertThat(after).isEqualTo(31);
    assertThat(row.longs()).containsExactly(5, 31);
  }

  // "Multiple threads using same array of counters successfully update a number of times equal to
  // total count".
  @Test
  void shouldCountDownEachCounterAsOftenAsItSays() throws Exception {
    int each = 30;
    PolyArray<Long> counters = longs(5);
    counters.set(0, new long[] {each, each, each, each, each});
    List<OtherThread> threads = new ArrayList<>();
    for (PolyArray<Long> mine : List.of(counters, theirs(), counters, theirs())) {
      threads.add(OtherThread.answering(() -> takenFrom(mine)));
    }
    long taken = 0;
    for (OtherThread thread : threads) {
      taken += (Long) thread.outcome();
    }

    assertThat(taken).isEqualTo(5L * each);
    assertThat(counters.longs()).containsOnly(0);
  }

  /** Takes one after the other from counters until there is nothing left; answers how many. */
  private static long takenFrom(PolyArray<Long> counters) {
    long taken = 0;
    boolean isMore = true;
    while (isMore) {
      isMore = false;
      for (int i = 0; i < 5; i++) {
        long left = counters.getLong(i);
        isMore |= left > 0;
        if (left > 0 && counters.compareAndSetLong(i, left, left - 1)) {
          taken++;
        }
      }
    }
    return taken;
  }
}
