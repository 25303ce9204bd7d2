package dev.polyproc.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.polyproc.testing.DaemonProcess;
import dev.polyproc.v1.ElementType;
import dev.polyproc.v1.ErrorReason;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.DoubleStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Arrays that programs share, before a real daemon. */
@Timeout(60)
class PolyArrayTest {
  @RegisterExtension static final DaemonProcess DAEMON = new DaemonProcess();

  private Polyproc polyproc;

  @BeforeEach
  void connect() {
    polyproc = Polyproc.connect(DAEMON.address());
  }

  @AfterEach
  void close() {
    polyproc.close();
  }

  @Test
  void shouldChangeSingleElements() throws Exception {
    PolyArray<Integer> row =
        polyproc.array("row", ElementType.ELEMENT_TYPE_INT16, 4, Integer.class);

    assertThat(row.length()).isEqualTo(4);
    assertThat(row.type()).isEqualTo(ElementType.ELEMENT_TYPE_INT16);
    row.set(0, 7);
    assertThat(row.getAndSet(-1, 9)).isZero();
    assertThat(row.get(3)).isEqualTo(9);
    assertThat(row.addAndGet(3, 32_758)).isEqualTo(32_767);
    assertThat(row.getAndAdd(0, 1)).isEqualTo(7);
    assertThat(row.compareAndSet(0, 7, 1)).isFalse();
    assertThat(row.compareAndSetAsync(0, 8, 1).get(30, TimeUnit.SECONDS)).isTrue();
    assertThat(row.addAndGetAsync(0, 4).get(30, TimeUnit.SECONDS)).isEqualTo(5);
    assertThat(row.getAndSetAsync(0, 6).get(30, TimeUnit.SECONDS)).isEqualTo(5);
    row.setAsync(0, 6).get(30, TimeUnit.SECONDS);
    assertThat(row.compareAndExchangeAsync(0, 6, 6).get(30, TimeUnit.SECONDS)).isEqualTo(6);
    assertThat(row.getAsync(0).get(30, TimeUnit.SECONDS)).isEqualTo(6);
    assertThat(Failure.reasonOf(() -> row.get(4)))
        .isEqualTo(ErrorReason.ERROR_REASON_INDEX_OUT_OF_RANGE);
    assertThat(row.lock().name()).isEqualTo("row/lock");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> polyproc.array("r", ElementType.ELEMENT_TYPE_INT8, -1, Integer.class));
  }

  @Test
  void shouldRefuseWhatIsOutOfRange() {
    PolyArray<Long> made = polyproc.array("bytes-u", ElementType.ELEMENT_TYPE_UINT8, 2, Long.class);
    PolyList<PolyArray<Long>> kept = polyproc.list("kept", polyproc.arrays(Long.class));
    kept.add(made);
    made.set(0, 255L);

    for (PolyArray<Long> row : List.of(made, polyproc.array("bytes-u", Long.class), kept.get(0))) {
      List<ThrowingCallable> changes =
          List.of(
              () -> row.incrementAndGet(0),
              () -> row.getAndAdd(0, 1L),
              () -> row.set(0, 256L),
              () -> row.getAndSet(0, 256L),
              () -> row.compareAndSet(0, 511L, 0L),
              () -> row.updateAndGet(0, n -> n + 1),
              () -> row.setLong(0, -1),
              () -> row.addAndGetLong(0, 1),
              () -> row.compareAndSetLong(0, -1, 0),
              () -> row.set(0, new long[] {1, -1}),
              () -> row.set(0, new long[] {1, 256}));
      for (ThrowingCallable change : changes) {
        assertThat(Failure.reasonOf(change)).isEqualTo(ErrorReason.ERROR_REASON_VALUE_TOO_LARGE);
      }
      for (CompletableFuture<?> change : List.of(row.addAndGetAsync(0, 1L), row.setAsync(0, -1L))) {
        assertThat(Failure.reasonOf(change)).isEqualTo(ErrorReason.ERROR_REASON_VALUE_TOO_LARGE);
      }
      assertThat(row.longs()).containsExactly(255, 0);
    }
  }

  @Test
  void shouldWrapWhatJavaWraps() {
    polyproc.array("wraps-8", ElementType.ELEMENT_TYPE_INT64, 1, Long.class);
    PolyArray<Object> found = polyproc.array("wraps-8");
    found.set(0, Long.MAX_VALUE);
    assertThat(found.addAndGetLong(0, 1)).isEqualTo(Long.MIN_VALUE);
    assertThat(found.getAndDecrement(0)).isEqualTo(Long.MIN_VALUE);
    assertThat(found.get(0)).isEqualTo(Long.MAX_VALUE);

    PolyArray<Integer> ints =
        polyproc.array("wraps-4", ElementType.ELEMENT_TYPE_INT32, 1, Integer.class);
    ints.set(0, new long[] {(1L << 32) + 5});
    assertThat(ints.get(0)).isEqualTo(5);
    assertThat(ints.addAndGet(0, Integer.MAX_VALUE)).isEqualTo(Integer.MIN_VALUE + 4);
  }

  /** Also of one that comes as a value, of which this client does not know what it is. */
  @Test
  void shouldTakeTheBitsOfLongsForUint64() {
    PolyArray<Long> made = polyproc.array("bits", ElementType.ELEMENT_TYPE_UINT64, 2, Long.class);
    PolyList<PolyArray<Long>> kept = polyproc.list("kept-bits", polyproc.arrays(Long.class));
    kept.add(made);

    for (PolyArray<Long> row : List.of(made, kept.get(0))) {
      row.setLong(0, -1);
      assertThat(row.compareAndSetLong(0, -1, Long.MIN_VALUE)).isTrue();
      assertThat(row.addAndGetLong(0, 1)).isEqualTo(Long.MIN_VALUE + 1);
      row.set(0, new long[] {-1, -2});
      assertThat(row.longs()).containsExactly(-1, -2);
      assertThat(Failure.reasonOf(() -> row.addAndGetLong(0, 1)))
          .isEqualTo(ErrorReason.ERROR_REASON_VALUE_TOO_LARGE);
    }
  }

  @Test
  void shouldReadAndWriteManyInPieces() {
    int many = 2 * PolyArray.PIECE + 5;
    PolyArray<Double> all =
        polyproc.array("many", ElementType.ELEMENT_TYPE_FLOAT64, many, Double.class);
    double[] numbers = DoubleStream.iterate(0.5, n -> n + 1).limit(many).toArray();

    all.set(0, numbers);

    assertThat(all.doubles(0, many)).isEqualTo(numbers);
    assertThat(all.doubles(many - 2, many)).containsExactly(many - 1.5, many - 0.5);
    assertThat(all.doubles(3, 3)).isEmpty();
    assertThatExceptionOfType(UnsupportedOperationException.class)
        .isThrownBy(() -> all.longs(0, 2));
    assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> all.doubles(2, 1));
    assertThat(Failure.reasonOf(() -> all.doubles(0, many + 1)))
        .isEqualTo(ErrorReason.ERROR_REASON_INDEX_OUT_OF_RANGE);
  }

  @Test
  void shouldHoldWholeNumbersBytesAndText() {
    PolyArray<Long> large = polyproc.array("large", ElementType.ELEMENT_TYPE_UINT64, 3, Long.class);
    large.set(0, new long[] {1, -1, Long.MIN_VALUE});
    assertThat(large.longs(0, 3)).containsExactly(1, -1, Long.MIN_VALUE);

    PolyArray<byte[]> bytes =
        polyproc.array("bytes", ElementType.ELEMENT_TYPE_CHAR, 4, byte[].class);
    bytes.set(1, new byte[] {1, -2});
    assertThat(bytes.bytes(0, 4)).containsExactly(0, 1, -2, 0);
    assertThat(bytes.get(2)).containsExactly(-2);

    PolyArray<String> text =
        polyproc.array("text", ElementType.ELEMENT_TYPE_WCHAR, 3, String.class);
    text.set(0, "a\uD83D\uDE00c");
    assertThat(text.text(0, 3)).isEqualTo("a\uD83D\uDE00c");
    assertThat(text.get(1)).isEqualTo("\uD83D\uDE00");

    PolyList<PolyArray<Long>> rows = polyproc.list("rows", polyproc.arrays(Long.class));
    rows.add(large);
    assertThat(rows.get(0)).isEqualTo(large);
  }

  @Test
  void shouldCountFromTheEndWhereItWrites() {
    PolyArray<Long> row = polyproc.array("from-end", ElementType.ELEMENT_TYPE_INT64, 4, Long.class);
    row.set(-3, new long[] {1, 2});
    row.set(-1, new long[] {3});
    assertThat(row.longs(0, 4)).containsExactly(0, 1, 2, 3);
    row.set(-2, new long[] {8, 9});
    assertThat(row.longs(0, 4)).containsExactly(0, 1, 8, 9);
    assertThatExceptionOfType(IndexOutOfBoundsException.class)
        .isThrownBy(() -> row.set(-1, new long[] {5, 6}));
    assertThat(Failure.reasonOf(() -> row.set(-5, new long[] {5})))
        .isEqualTo(ErrorReason.ERROR_REASON_INDEX_OUT_OF_RANGE);
    assertThat(Failure.reasonOf(() -> row.set(Integer.MAX_VALUE, new long[] {5})))
        .isEqualTo(ErrorReason.ERROR_REASON_INDEX_OUT_OF_RANGE);
    assertThat(row.longs(0, 4)).containsExactly(0, 1, 8, 9);

    PolyArray<String> text =
        polyproc.array("text-end", ElementType.ELEMENT_TYPE_WCHAR, 2, String.class);
    text.set(0, "ab");
    text.set(-1, "x");
    assertThat(text.text(0, 2)).isEqualTo("ax");
    PolyArray<byte[]> bytes =
        polyproc.array("bytes-end", ElementType.ELEMENT_TYPE_CHAR, 2, byte[].class);
    bytes.set(-1, new byte[] {7});
    assertThat(bytes.bytes(0, 2)).containsExactly(0, 7);
  }

  @Test
  void shouldRefuseHalfASurrogatePair() {
    PolyArray<String> text =
        polyproc.array("halves", ElementType.ELEMENT_TYPE_WCHAR, 2, String.class);
    text.set(0, "ab");

    assertThatIllegalArgumentException().isThrownBy(() -> text.set(0, "c\uD83D"));
    assertThat(text.text(0, 2)).isEqualTo("ab");
  }

  @Test
  void shouldFindTheArrayOfAName() {
    polyproc.array("found", ElementType.ELEMENT_TYPE_INT8, 2, Long.class).set(1, 5L);

    assertThat(polyproc.array("found").get(1)).isEqualTo(5L);
    assertThat(polyproc.array("found", Integer.class).length()).isEqualTo(2);
    assertThat(Failure.reasonOf(() -> polyproc.array("none")))
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
  }

  @Test
  void shouldHaveNumbersAsJavasPrimitiveTypes() {
    PolyArray<Object> row = primitives("whole", ElementType.ELEMENT_TYPE_UINT64);
    row.setLong(0, -1);
    assertThat(row.getLong(0)).isEqualTo(-1);
    assertThat(row.addAndGetLong(0, -3)).as("it has no sign").isEqualTo(-4);
    row.setLong(0, 2);
    row.setLong(1, Long.MAX_VALUE);
    assertThat(row.addAndGetLong(1, Long.MAX_VALUE - 3)).isEqualTo(-5);
    assertThat(row.compareAndSetLong(-1, 1, 2)).isFalse();
    assertThat(row.compareAndSetLong(-1, -5, 7)).isTrue();
    assertThat(row.longs()).containsExactly(2, 7);
    assertThat(Failure.reasonOf(() -> row.setDouble(0, 1)))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_VALUE);
    assertThatExceptionOfType(UnexpectedValueException.class).isThrownBy(() -> row.getDouble(0));
    assertThat(Failure.reasonOf(() -> row.addAndGetDouble(0, 1)))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_VALUE);
    assertThat(row.longs()).containsExactly(2, 7);

    PolyArray<Object> truths = primitives("truths", ElementType.ELEMENT_TYPE_BOOL);
    truths.setLong(1, 1);
    assertThat(Failure.reasonOf(() -> truths.setLong(0, 5)))
        .isEqualTo(ErrorReason.ERROR_REASON_VALUE_TOO_LARGE);
    assertThat(truths.getLong(1)).isEqualTo(1);
    assertThat(truths.longs()).containsExactly(0, 1);

    PolyArray<Object> floats = primitives("floats", ElementType.ELEMENT_TYPE_FLOAT64);
    floats.setDouble(0, -0.0);
    assertThat(floats.getDouble(0)).isEqualTo(-0.0);
    assertThat(floats.addAndGetDouble(0, 0.25)).isEqualTo(0.25);
    assertThat(floats.compareAndSetDouble(0, 0.5, 1)).isFalse();
    assertThat(floats.compareAndSetDouble(0, 0.25, Double.NaN)).isTrue();
    assertThat(floats.compareAndSetDouble(0, Double.NaN, 3)).isTrue();
    assertThat(floats.doubles()).containsExactly(3, 0);
    assertThatExceptionOfType(UnexpectedValueException.class)
        .isThrownBy(() -> floats.addAndGetLong(0, 1))
        .withMessageContaining("taken effect all the same");
    assertThat(floats.getDouble(0)).isEqualTo(4);
  }

  private PolyArray<Object> primitives(String name, ElementType type) {
    return polyproc.array(name, type, 2, Object.class);
  }

  @Test
  void shouldReadAllOfIt() {
    PolyArray<byte[]> bytes =
        polyproc.array("all-bytes", ElementType.ELEMENT_TYPE_CHAR, 2, byte[].class);
    bytes.set(0, new byte[] {4, 5});
    assertThat(bytes.bytes()).containsExactly(4, 5);
    PolyArray<String> text =
        polyproc.array("all-text", ElementType.ELEMENT_TYPE_WCHAR, 2, String.class);
    text.set(0, "ab");
    assertThat(text.text()).isEqualTo("ab");
    assertThat(polyproc.array("none", ElementType.ELEMENT_TYPE_WCHAR, 0, String.class).text())
        .isEmpty();
  }

  @Test
  void shouldWriteAPartOfJavasArray() {
    PolyArray<Long> row = polyproc.array("part", ElementType.ELEMENT_TYPE_INT64, 4, Long.class);
    row.set(1, new long[] {1, 2, 3, 4}, 1, 2);
    assertThat(row.longs()).containsExactly(0, 2, 3, 0);
    row.set(3, new long[] {1}, 1, 0);
    assertThat(row.longs()).containsExactly(0, 2, 3, 0);
    assertThatExceptionOfType(IndexOutOfBoundsException.class)
        .isThrownBy(() -> row.set(0, new long[] {1, 2}, 1, 2));
    PolyArray<Double> shares =
        polyproc.array("part-float", ElementType.ELEMENT_TYPE_FLOAT32, 2, Double.class);
    shares.set(-1, new double[] {0.5, 0.25}, 1, 1);
    assertThat(shares.doubles()).containsExactly(0, 0.25);
    assertThatExceptionOfType(IndexOutOfBoundsException.class)
        .isThrownBy(() -> shares.set(0, new double[] {1}, -1, 1));
  }

  @Test
  void shouldRefuseAClassThatItsElementsAreNeverReadAs() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> polyproc.array("wrong", ElementType.ELEMENT_TYPE_FLOAT32, 1, Long.class))
        .withMessage(
            "Expected a class that elements of FLOAT32 are read as, such as Double, but it is"
                + " java.lang.Long");
    polyproc.array("right", ElementType.ELEMENT_TYPE_INT8, 1, Long.class);
    assertThatIllegalArgumentException().isThrownBy(() -> polyproc.array("right", String.class));
    assertThat(Failure.reasonOf(() -> polyproc.array("wrong")))
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
  }
}
