package dev.polyproc.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.polyproc.testing.DaemonProcess;
import dev.polyproc.v1.ElementType;
import dev.polyproc.v1.ValueCreateRequest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Sentences of the documentation of {@code AtomicLong}, {@code AtomicInteger}, {@code
 * AtomicBoolean} and {@code AtomicReference}; {@code AtomicMethodsTest} compares what they answer.
 */
@Timeout(60)
class AtomicSentencesTest {
  private static final AtomicInteger NAMES = new AtomicInteger();

  @RegisterExtension static final DaemonProcess DAEMON = new DaemonProcess();

  private final String name = "atomic" + NAMES.incrementAndGet();
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

  private PolyValue<String> character() {
    return polyproc.value(
        ValueCreateRequest.newBuilder()
            .setValue(name)
            .setType(ElementType.ELEMENT_TYPE_WCHAR)
            .setContent(Codec.STRING.encode("a"))
            .build(),
        String.class);
  }

  private static void assertDone(List<OtherThread> threads) throws Exception {
    for (OtherThread thread : threads) {
      assertThat(thread.outcome()).isEqualTo("done");
    }
  }

  // "AtomicLong(): Creates a new AtomicLong with initial value 0", "AtomicInteger()", and
  // "AtomicBoolean(): Creates a new AtomicBoolean with initial value false."
  @Test
  void shouldBeginWithZeroAndFalse() {
    assertThat(polyproc.atomicLong(name).get()).isZero();
    assertThat(polyproc.atomicInteger(name + "/int").get()).isZero();
    assertThat(polyproc.atomicDouble(name + "/double").get()).isZero();
    assertThat(polyproc.atomicBoolean(name + "/boolean").get()).isFalse();
  }

  // "AtomicLong(long initialValue): Creates a new AtomicLong with the given initial value": what is
  // there keeps its own.
  @Test
  void shouldBeginWithTheGivenInitialValueWhereItIsNew() {
    assertThat(polyproc.atomicLong(name, Long.MIN_VALUE).get()).isEqualTo(Long.MIN_VALUE);
    assertThat(other.atomicLong(name, 7).get()).isEqualTo(Long.MIN_VALUE);
    assertThat(polyproc.atomicBoolean(name + "/boolean", true).get()).isTrue();
    assertThat(other.atomicBoolean(name + "/boolean", false).get()).isTrue();
  }

  // "compareAndSet: true if successful. False return indicates that the actual value was not equal
  // to the expected value": and then nothing is set.
  @Test
  void shouldSetNothingWhereTheActualValueIsNotTheExpectedOne() {
    PolyLong number = polyproc.atomicLong(name, 1);
    assertThat(number.compareAndSet(2, 3)).isFalse();
    assertThat(number.get()).isEqualTo(1);
    assertThat(number.compareAndSet(1, 1)).isTrue();
    assertThat(number.compareAndSet(1, 2)).isTrue();

    PolyBoolean truth = polyproc.atomicBoolean(name + "/boolean");
    assertThat(truth.compareAndSet(true, false)).isFalse();
    assertThat(truth.compareAndSet(false, false)).isTrue();
    assertThat(truth.compareAndSet(false, true)).isTrue();
    assertThat(truth.get()).isTrue();
  }

  // "compareAndExchange: the witness value, which will be the same as the expected value if
  // successful".
  @Test
  void shouldReturnTheExpectedValueOnlyIfItWasSet() {
    PolyInteger number = polyproc.atomicInteger(name, 1);
    assertThat(number.compareAndExchange(2, 5)).isEqualTo(1);
    assertThat(number.get()).isEqualTo(1);
    assertThat(number.compareAndExchange(1, 5)).isEqualTo(1);
    assertThat(number.get()).isEqualTo(5);

    PolyBoolean truth = polyproc.atomicBoolean(name + "/boolean");
    assertThat(truth.compareAndExchange(true, true)).isFalse();
    assertThat(truth.compareAndExchange(false, true)).isFalse();
    assertThat(truth.compareAndExchange(false, true)).isTrue();
  }

  // "A compareAndSet in one thread enables another that waits for the value": each waits for what
  // the other sets.
  @Test
  void shouldLetAnotherThreadGoOnThatWaitsForTheValue() throws Exception {
    PolyLong number = polyproc.atomicLong(name, 1);
    PolyLong theirs = other.atomicLong(name);
    OtherThread waiter =
        OtherThread.running(
            () -> {
              while (!theirs.compareAndSet(2, 3)) {
                Thread.onSpinWait();
              }
            });

    assertThat(number.compareAndSet(1, 2)).isTrue();

    assertThat(waiter.outcome()).isEqualTo("done");
    assertThat(number.get()).isEqualTo(3);
  }

  // "getAndSet: Atomically sets the value to newValue and returns the old value": of many that pass
  // something on each gets what exactly one other gave.
  @Test
  void shouldReturnEachOldValueToOneThread() throws Exception {
    PolyLong number = polyproc.atomicLong(name, -1);
    PolyLong theirs = other.atomicLong(name);
    List<OtherThread> threads = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      long given = i;
      PolyLong mine = i % 2 == 0 ? number : theirs;
      threads.add(OtherThread.answering(() -> mine.getAndSet(given)));
    }
    List<Object> seen = new ArrayList<>();
    for (OtherThread thread : threads) {
      seen.add(thread.outcome());
    }
    seen.add(number.get());

    assertThat(seen).hasSize(41).doesNotHaveDuplicates().contains(-1L);
  }

  // "incrementAndGet: Atomically increments the current value": each of many threads has a sum that
  // no other has.
  @Test
  void shouldGiveEachOfManyThreadsASumOfItsOwn() throws Exception {
    PolyInteger number = polyproc.atomicInteger(name);
    PolyInteger theirs = other.atomicInteger(name);
    List<Integer> sums = Collections.synchronizedList(new ArrayList<>());
    List<OtherThread> threads = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      PolyInteger mine = i % 2 == 0 ? number : theirs;
      threads.add(
          OtherThread.running(
              () -> {
                for (int round = 0; round < 25; round++) {
                  sums.add(round % 2 == 0 ? mine.incrementAndGet() : mine.getAndIncrement() + 1);
                }
              }));
    }
    assertDone(threads);

    assertThat(sums).doesNotHaveDuplicates().hasSize(500);
    assertThat(number.get()).isEqualTo(500);
  }

  // "updateAndGet: The function should be side-effect-free, since it may be re-applied when
  // attempted updates fail due to contention among threads": then it is given what is there.
  @Test
  void shouldReapplyTheFunctionToWhatAnotherHasSetMeanwhile() {
    PolyLong number = polyproc.atomicLong(name, 1);
    PolyLong theirs = other.atomicLong(name);
    List<Long> given = new ArrayList<>();
    long after =
        number.updateAndGet(
            n -> {
              given.add(n);
              if (given.size() < 3) {
                theirs.set(10 * given.size());
              }
              return n + 1;
            });

    assertThat(given).containsExactly(1L, 10L, 20L);
    assertThat(after).isEqualTo(21);
    assertThat(number.get()).isEqualTo(21);
  }

  // The same of "getAndUpdate: ... returning the previous value": the one that was replaced.
  @Test
  void shouldReturnTheValueThatWasReplacedAndNotOneReadBefore() {
    PolyInteger number = polyproc.atomicInteger(name, 1);
    PolyInteger theirs = other.atomicInteger(name);
    AtomicInteger applied = new AtomicInteger();
    int before =
        number.getAndUpdate(
            n -> {
              if (applied.incrementAndGet() == 1) {
                theirs.set(10);
              }
              return n + 1;
            });

    assertThat(before).isEqualTo(10);
    assertThat(number.get()).isEqualTo(11);
  }

  // A function that fails changes nothing, and its exception is the caller's.
  @Test
  void shouldSetNothingWhenTheFunctionThrows() {
    PolyDouble number = polyproc.atomicDouble(name, 0.5);
    assertThatIllegalStateException()
        .isThrownBy(
            () ->
                number.updateAndGet(
                    n -> {
                      throw new IllegalStateException("no");
                    }));
    assertThat(number.get()).isEqualTo(0.5);
  }

  // "accumulateAndGet: The function is applied with the current value as its first argument, and
  // the given update as the second argument."
  @Test
  void shouldApplyTheFunctionToTheCurrentValueAndTheGivenUpdate() {
    PolyLong number = polyproc.atomicLong(name, 10);
    assertThat(number.accumulateAndGet(3, (current, given) -> current - given)).isEqualTo(7);
    assertThat(number.getAndAccumulate(3, (current, given) -> current - given)).isEqualTo(7);
    PolyInteger small = polyproc.atomicInteger(name + "/int", 10);
    assertThat(small.accumulateAndGet(3, (current, given) -> current - given)).isEqualTo(7);
    assertThat(small.getAndAccumulate(3, (current, given) -> current - given)).isEqualTo(7);
    PolyDouble share = polyproc.atomicDouble(name + "/double", 1);
    assertThat(share.accumulateAndGet(4, (current, given) -> current / given)).isEqualTo(0.25);
    assertThat(share.getAndAccumulate(4, (current, given) -> current / given)).isEqualTo(0.25);
    assertThat(List.of(number.get(), (long) small.get())).containsExactly(4L, 4L);
  }

  // "updateAndGet: Atomically updates": of many that each add by a function none is lost.
  @Test
  void shouldLoseNoUpdateOfManyThreads() throws Exception {
    PolyLong number = polyproc.atomicLong(name);
    PolyLong theirs = other.atomicLong(name);
    List<OtherThread> threads = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      PolyLong mine = i % 2 == 0 ? number : theirs;
      threads.add(
          OtherThread.running(
              () -> {
                for (int round = 0; round < 10; round++) {
                  var unused = mine.updateAndGet(n -> n + 1);
                }
              }));
    }
    assertDone(threads);

    assertThat(number.get()).isEqualTo(80);
  }

  // "get: with memory effects as specified by VarHandle.getVolatile", "set: ... setVolatile": who
  // sees what was set sees what was done before.
  @Test
  void shouldShowWhatWasDoneBeforeItWasSet() throws Exception {
    PolyBoolean ready = polyproc.atomicBoolean(name);
    PolyBoolean theirs = other.atomicBoolean(name);
    int[] plain = new int[1];
    OtherThread reader =
        OtherThread.answering(
            () -> {
              while (!theirs.get()) {
                Thread.onSpinWait();
              }
              return plain[0];
            });
    plain[0] = 7;
    ready.set(true);

    assertThat(reader.outcome()).isEqualTo(7);
  }

  // "AtomicReference: An object reference that may be updated atomically": of objects that one
  // element holds.
  @Test
  void shouldUpdateOtherContentsAsAReferenceIsUpdated() {
    PolyValue<String> letter = character();
    assertThat(letter.content()).isEqualTo("a");
    assertThat(letter.exchange("b")).isEqualTo("a");
    assertThat(letter.replace("a", "c")).isFalse();
    assertThat(letter.replace("b", "c")).isTrue();
    assertThat(letter.witness("b", "d")).isEqualTo("c");
    assertThat(letter.witness("c", "d")).isEqualTo("c");
    assertThat(letter.update(before -> before.equals("d") ? "e" : "f")).isEqualTo("e");
    assertThat(letter.content()).isEqualTo("e");
  }

  // None of them waits, so that no interrupt is a matter of theirs.
  @Test
  void shouldTakeEffectWhateverTheInterruptedStatus() {
    PolyLong number = polyproc.atomicLong(name);
    Thread.currentThread().interrupt();
    number.set(4);
    long sum = number.addAndGet(3);
    boolean swapped = number.compareAndSet(7, 8);
    long updated = number.updateAndGet(n -> n * 2);

    assertThat(Thread.interrupted()).isTrue();
    assertThat(List.of(sum, updated)).containsExactly(7L, 16L);
    assertThat(swapped).isTrue();
  }
}
