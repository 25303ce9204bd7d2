package dev.polyproc.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.polyproc.testing.DaemonProcess;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.ListCreateRequest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.ConcurrentModificationException;
import java.util.Iterator;
import java.util.List;
import java.util.ListIterator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What ListSuiteTest does not see: many pages, many threads, other types. */
@Timeout(30)
class PolyListTest {
  @RegisterExtension static final DaemonProcess DAEMON = new DaemonProcess();

  private Polyproc polyproc;
  private PolyList<Long> list;

  @BeforeEach
  void connect() {
    polyproc = Polyproc.connect(DAEMON.address());
    list = polyproc.list(ListCreateRequest.getDefaultInstance(), Codec.LONG);
  }

  @AfterEach
  void close() {
    polyproc.close();
  }

  private static List<Long> numbers(int count) {
    return new ArrayList<>(LongStream.range(0, count).boxed().toList());
  }

  @Test
  void shouldDoWithManyPagesAsAnArrayListDoes() {
    List<Long> expected = numbers(3000);
    list.addAll(numbers(3000));
    assertThat(list).isEqualTo(expected).hasSize(3000);

    list.addAll(5, numbers(2000));
    expected.addAll(5, numbers(2000));
    assertThat(list.removeIf(number -> number % 3 == 0)).isTrue();
    expected.removeIf(number -> number % 3 == 0);
    list.replaceAll(number -> -number);
    expected.replaceAll(number -> -number);
    assertThat(list).isEqualTo(expected);

    list.subList(100, 2500).sort(Comparator.comparing(number -> number % 10));
    expected.subList(100, 2500).sort(Comparator.comparing(number -> number % 10));
    assertThat(list).isEqualTo(expected);
    assertThat(list.slice(1000, 2200)).isEqualTo(expected.subList(1000, 2200));

    list.sort(null);
    expected.sort(null);
    assertThat(list).isEqualTo(expected);
    list.subList(10, 3000).clear();
    expected.subList(10, 3000).clear();
    assertThat(list).isEqualTo(expected);
  }

  @Test
  void shouldGoBackwardsThroughManyPages() {
    list.addAll(numbers(3000));
    ListIterator<Long> elements = list.listIterator(3000);
    List<Long> seen = new ArrayList<>();
    while (elements.hasPrevious()) {
      seen.add(0, elements.previous());
    }
    assertThat(seen).isEqualTo(numbers(3000));
  }

  @Test
  void shouldRemoveAndSetAtTheEdgesOfPages() {
    list.addAll(numbers(2100));
    ListIterator<Long> elements = list.listIterator();
    while (elements.hasNext()) {
      long number = elements.next();
      boolean more = elements.hasNext(); // which may ask for the next page
      if (number % 1024 == 1023 || !more) {
        elements.remove();
      } else if (number % 1024 == 0) {
        elements.set(-number - 1);
      }
    }
    List<Long> expected = numbers(2100);
    expected.removeAll(List.of(1023L, 2047L, 2099L));
    expected.replaceAll(number -> number % 1024 == 0 ? -number - 1 : number);
    assertThat(list).isEqualTo(expected);
  }

  @Test
  void shouldChangeInOneStep() throws Exception {
    list.add(5L);
    assertThat(list.compareAndSet(0, 4L, 6L)).isFalse();
    assertThat(list.compareAndSet(0, 5L, 6L)).isTrue();
    assertThat(list.addAndGet(0, 4L)).isEqualTo(10);
    assertThatExceptionOfType(IndexOutOfBoundsException.class)
        .isThrownBy(() -> list.addAndGet(1, 4L));

    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      List<Future<?>> changes = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        changes.add(
            threads.submit(
                () -> {
                  for (int round = 0; round < 25; round++) {
                    list.replaceAll(number -> number + 1);
                  }
                }));
      }
      for (Future<?> change : changes) {
        change.get();
      }
      assertThat(list).containsExactly(210L);
    } finally {
      threads.shutdown();
    }
  }

  @Test
  void shouldNotRemoveOrSetWhatTheIteratorHasNotReturned() {
    list.addAll(List.of(1L, 2L, 3L));
    ListIterator<Long> elements = list.listIterator();
    elements.next();
    polyproc.list(list.name(), Long.class).add(0, 0L);
    assertThatExceptionOfType(ConcurrentModificationException.class).isThrownBy(elements::remove);
    assertThatExceptionOfType(ConcurrentModificationException.class)
        .isThrownBy(() -> elements.set(9L));
    assertThat(list).containsExactly(0L, 1L, 2L, 3L);

    Iterator<Long> others = list.iterator();
    others.next();
    list.clear();
    assertThatExceptionOfType(ConcurrentModificationException.class).isThrownBy(others::remove);
  }

  @Test
  void shouldRefuseIndexesThatAreNone() {
    list.addAll(List.of(1L, 2L));
    assertThatExceptionOfType(IndexOutOfBoundsException.class)
        .isThrownBy(() -> list.get(2))
        .withMessageStartingWith("Expected an index of one of 2 values, but 2 is the index of none")
        .withCauseInstanceOf(PolyprocException.class);
    assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> list.get(-1));
    assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> list.add(3, 9L));
    assertThatExceptionOfType(IndexOutOfBoundsException.class)
        .isThrownBy(() -> list.addAll(3, List.of()));
    assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> list.slice(1, 3));
    assertThat(Failure.reasonOf(list.getAsync(2)))
        .isEqualTo(ErrorReason.ERROR_REASON_INDEX_OUT_OF_RANGE);
    assertThat(list).containsExactly(1L, 2L);
  }

  private enum Size {
    SMALL,
    MEDIUM,
    LARGE
  }

  private record Version(long major, long minor) implements Comparable<Version> {
    @Override
    public int compareTo(Version other) {
      return Comparator.comparingLong(Version::major)
          .thenComparingLong(Version::minor)
          .compare(this, other);
    }
  }

  @Test
  void shouldSortAsTheTypeIsComparable() {
    PolyList<Size> sizes = polyproc.newList(Codec.of(Size.class));
    sizes.addAll(List.of(Size.LARGE, Size.MEDIUM, Size.SMALL, Size.LARGE));
    sizes.subList(0, 3).sort(null);
    assertThat(sizes).containsExactly(Size.SMALL, Size.MEDIUM, Size.LARGE, Size.LARGE);
    Collections.reverse(sizes);
    sizes.sort(null);
    assertThat(sizes).containsExactly(Size.SMALL, Size.MEDIUM, Size.LARGE, Size.LARGE);

    PolyList<Version> versions = polyproc.newList(Codec.of(Version.class));
    versions.addAll(List.of(new Version(2, 0), new Version(1, 10), new Version(1, 9)));
    versions.sort(null);
    assertThat(versions).containsExactly(new Version(1, 9), new Version(1, 10), new Version(2, 0));
  }

  @Test
  void shouldSortTextsByCodePointsWhereverThatIsDone() {
    List<String> sorted = List.of("", "a", "ab", "\uff5e", "\ud83d\ude42", "\ud83d\ude43");
    List<String> shuffled = new ArrayList<>(sorted);
    Collections.reverse(shuffled);
    PolyList<String> whole = polyproc.newList(Codec.STRING);
    whole.addAll(shuffled);
    PolyList<String> part = polyproc.newList(Codec.STRING);
    part.addAll(shuffled);

    whole.sort(null);
    part.subList(0, 6).sort(null);

    assertThat(whole).containsExactlyElementsOf(sorted);
    assertThat(part).containsExactlyElementsOf(sorted);
  }

  @Test
  void shouldSortMoreThanTheDaemonDoes() {
    int most = polyproc.limits().getSortItems();
    PolyList<Long> numbers = polyproc.newList(Codec.LONG);
    numbers.addAll(LongStream.rangeClosed(0, most).mapToObj(i -> most - i).toList());

    numbers.sort(null);

    assertThat(numbers.slice(0, most + 1))
        .containsExactlyElementsOf(LongStream.rangeClosed(0, most).boxed().toList());
    numbers.clear();
  }

  @Test
  void shouldSortMoreBytesThanTheDaemonDoes() {
    int size = 1 << 20;
    int count = (int) (polyproc.limits().getSortBytes() / size) + 1;
    List<String> sorted =
        IntStream.range(0, count).mapToObj(i -> "x".repeat(size) + (char) ('0' + i)).toList();
    PolyList<String> texts = polyproc.newList(Codec.STRING);
    for (int i = count - 1; i >= 0; i--) {
      texts.add(sorted.get(i));
    }

    texts.sort(null);

    assertThat(texts.equals(sorted)).isTrue();
    texts.clear();
  }

  @Test
  void shouldSayThatItIsTooLargeWhereOnlyTheDaemonHasAnOrder() {
    int size = (int) polyproc.limits().getSortBytes() / 2;
    PolyList<byte[]> list = polyproc.newList(Codec.of(byte[].class));
    for (byte first = 3; first > 0; first--) {
      byte[] bytes = new byte[size];
      bytes[0] = first;
      list.add(bytes);
    }

    assertThatExceptionOfType(PolyprocException.class)
        .isThrownBy(() -> list.sort(null))
        .withMessageStartingWith("Expected at most")
        .matches(e -> e.reason() == ErrorReason.ERROR_REASON_LIMIT_REACHED);

    assertThat(list.get(0)[0]).isEqualTo((byte) 3);
    list.remove(0);
    list.remove(0);
    list.add(new byte[100]);
    list.sort(null);
    assertThat(list.get(0)).hasSize(100);
    list.clear();
  }

  @Test
  @SuppressWarnings("NullAway") // What a caller without such a checker can do.
  void shouldRefuseWhatIsNoElement() {
    PolyList<Object> any = polyproc.list("any");
    any.addAll(List.of(1L, "one", 2L));
    assertThat(any.contains(1.0)).as("Python's equality").isTrue();
    assertThat(any.indexOf(new Object())).isEqualTo(-1);
    assertThatExceptionOfType(ClassCastException.class)
        .isThrownBy(() -> any.sort(null))
        .withMessageStartingWith("Expected ");
    assertThatNullPointerException().isThrownBy(() -> any.add(null));
    any.reverse();
    assertThat(any).containsExactly(2L, "one", 1L);
    any.addAll(1, any.subList(0, 3));
    assertThat(any).containsExactly(2L, 2L, "one", 1L, "one", 1L);
  }

  @Test
  void shouldHaveTwins() throws Exception {
    CompletableFuture<Integer> added = list.addAsync(1L);
    CompletableFuture<Long> previous = list.setAsync(0, 2L);
    CompletableFuture<Boolean> swapped = list.compareAndSetAsync(0, 2L, 3L);
    CompletableFuture<Long> sum = list.addAndGetAsync(0, 4L);
    CompletableFuture<Long> got = list.getAsync(0);
    CompletableFuture<Integer> size = list.sizeAsync();
    CompletableFuture<Long> removed = list.removeAsync(0);
    CompletableFuture<Long> none = list.removeAsync(0);
    list.clearAsync().get(5, TimeUnit.SECONDS);
    assertThat(added).isCompletedWithValue(1);
    assertThat(previous).isCompletedWithValue(1L);
    assertThat(swapped).isCompletedWithValue(true);
    assertThat(sum).isCompletedWithValue(7L);
    assertThat(got).isCompletedWithValue(7L);
    assertThat(size).isCompletedWithValue(1);
    assertThat(removed).isCompletedWithValue(7L);
    assertThat(none).isCompletedWithValue(null);
  }

  @Test
  void shouldHaveTwinsOfWhatMovesElements() throws Exception {
    CompletableFuture<Integer> added = list.addAllAsync(List.of(3L, 1L));
    CompletableFuture<Void> inserted = list.addAsync(1, 2L);
    CompletableFuture<Integer> found = list.indexOfAsync(2L);
    CompletableFuture<Integer> notFound = list.indexOfAsync(9L);
    CompletableFuture<Void> reversed = list.reverseAsync();
    assertThat(list).containsExactly(1L, 2L, 3L);
    CompletableFuture<Boolean> removed = list.removeElementAsync(1L);
    CompletableFuture<Boolean> none = list.removeElementAsync(9L);
    CompletableFuture<Integer> last = list.addAsync(0L);
    list.sortAsync().get(5, TimeUnit.SECONDS);
    assertThat(list).containsExactly(0L, 2L, 3L);
    assertThat(added).isCompletedWithValue(2);
    assertThat(inserted).isCompleted();
    assertThat(found).isCompletedWithValue(1);
    assertThat(notFound).isCompletedWithValue(-1);
    assertThat(reversed).isCompleted();
    assertThat(removed).isCompletedWithValue(true);
    assertThat(none).isCompletedWithValue(false);
    assertThat(last).isCompletedWithValue(3);
    assertThat(Failure.reasonOf(list.addAsync(9, 1L)))
        .isEqualTo(ErrorReason.ERROR_REASON_INDEX_OUT_OF_RANGE);
  }
}
