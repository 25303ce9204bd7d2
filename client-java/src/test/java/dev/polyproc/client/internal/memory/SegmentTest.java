package dev.polyproc.client.internal.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.polyproc.client.PolyprocException;
import dev.polyproc.v1.ElementType;
import dev.polyproc.v1.SharedMemoryLocateResponse;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** A segment that is mapped, without a daemon. */
@Timeout(60)
class SegmentTest {
  @TempDir Path folder;

  private Segment create(ElementType type, int length) throws Exception {
    return SegmentFiles.create(folder, type, length);
  }

  private Segment create(String type, int length) throws Exception {
    return create(ElementType.valueOf("ELEMENT_TYPE_" + type), length);
  }

  @ParameterizedTest
  @CsvSource({
    "BOOL, 0, 1",
    "INT8, -128, 127",
    "UINT8, 0, 255",
    "INT16, -32768, 32767",
    "UINT16, 0, 65535",
    "INT32, -2147483648, 2147483647",
    "UINT32, 0, 4294967295",
    "CHAR, 0, 255",
    "WCHAR, 0, 1114111",
  })
  void shouldTakeWhatItsTypeHasAndNothingElse(String type, long least, long most) throws Exception {
    Elements elements = create(type, 3).elements();
    elements.setLong(0, least);
    elements.setLong(2, most);

    for (long beyond : new long[] {least - 1, most + 1, Long.MIN_VALUE, Long.MAX_VALUE}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> elements.setLong(1, beyond))
          .withMessageStartingWith("Expected a number from " + least + " to " + most);
    }

    assertThat(elements.getLong(0)).isEqualTo(least);
    assertThat(elements.getLong(1)).isZero();
    assertThat(elements.getLong(2)).isEqualTo(most);
  }

  @Test
  void shouldTellFloatsFromWholeNumbers() throws Exception {
    Elements floats = create("FLOAT32", 1).elements();
    floats.setDouble(0, 0.1);
    assertThat(floats.getDouble(0)).isEqualTo(0.1f);
    floats.setDouble(0, 1e39);
    assertThat(floats.getDouble(0)).isEqualTo(Double.POSITIVE_INFINITY);
    Elements wholes = create("INT64", 1).elements();

    assertRefuses(() -> floats.getLong(0), "whole numbers", "FLOAT32");
    assertRefuses(() -> floats.setLong(0, 1), "whole numbers", "FLOAT32");
    assertRefuses(() -> floats.getAndAdd(0, 1), "one step", "FLOAT32");
    assertRefuses(() -> wholes.getDouble(0), "FLOAT64", "INT64");
    assertRefuses(() -> wholes.setDouble(0, 1), "FLOAT64", "INT64");
  }

  private static void assertRefuses(ThrowingCallable call, String expected, String found) {
    assertThatExceptionOfType(UnsupportedOperationException.class)
        .isThrownBy(call)
        .withMessageStartingWith("Expected elements ")
        .withMessageContaining(expected)
        .withMessageEndingWith(", but they are of " + found);
  }

  @ParameterizedTest
  @CsvSource({
    "INT32, -2147483648, 2147483647",
    "UINT32, 0, 4294967295",
    "INT64, -9223372036854775808, 9223372036854775807",
    "UINT64, 0, -1",
  })
  void shouldChangeNumbersInOneStep(String type, long least, long most) throws Exception {
    Elements elements = create(type, 2).elements();

    elements.setVolatile(1, most);
    assertThat(elements.getVolatile(1)).isEqualTo(most);
    assertThat(elements.getAndAdd(1, 1)).isEqualTo(most);
    assertThat(elements.getLong(1)).as("it wraps").isEqualTo(least);
    assertThat(elements.addAndGet(1, -1)).as("and back").isEqualTo(most);
    assertThat(elements.getAndSet(1, 5)).isEqualTo(most);
    assertThat(elements.compareAndSet(1, 4, 6)).isFalse();
    assertThat(elements.compareAndSet(1, 5, most)).isTrue();
    assertThat(elements.getVolatile(1)).isEqualTo(most);
    assertThat(elements.addAndGet(1, 6)).isEqualTo(least + 5);
    assertThat(elements.getLong(0)).as("the other one").isZero();
  }

  @Test
  void shouldRefuseSingleStepsOutOfRange() throws Exception {
    Elements elements = create("UINT32", 1).elements();
    elements.setLong(0, 7);

    assertThatIllegalArgumentException().isThrownBy(() -> elements.setVolatile(0, -1));
    assertThatIllegalArgumentException().isThrownBy(() -> elements.getAndSet(0, 1L << 32));
    assertThatIllegalArgumentException().isThrownBy(() -> elements.compareAndSet(0, 7, -1));
    assertThatIllegalArgumentException().isThrownBy(() -> elements.compareAndSet(0, -1, 7));

    assertThat(elements.getLong(0)).isEqualTo(7);
  }

  @ParameterizedTest
  @EnumSource(
      names = {
        "ELEMENT_TYPE_BOOL",
        "ELEMENT_TYPE_INT8",
        "ELEMENT_TYPE_UINT8",
        "ELEMENT_TYPE_INT16",
        "ELEMENT_TYPE_UINT16",
        "ELEMENT_TYPE_CHAR",
        "ELEMENT_TYPE_WCHAR"
      })
  void shouldRefuseSingleStepsOfOtherTypes(ElementType type) throws Exception {
    Elements elements = create(type, 1).elements();

    assertThatExceptionOfType(UnsupportedOperationException.class)
        .isThrownBy(() -> elements.getVolatile(0));
    assertThatExceptionOfType(UnsupportedOperationException.class)
        .isThrownBy(() -> elements.compareAndSet(0, 0, 1));
    assertThat(elements.getLong(0)).isZero();
  }

  @Test
  void shouldRefuseIndexesThatAreNotThere() throws Exception {
    Elements elements = create("INT64", 4).elements();
    Elements none = create("INT64", 0).elements();

    for (int index : new int[] {-1, 4, 1 << 29, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
      assertThatExceptionOfType(IndexOutOfBoundsException.class)
          .isThrownBy(() -> elements.getLong(index))
          .withMessage("Expected an index from 0 to below 4, but it is " + index);
      assertThatExceptionOfType(IndexOutOfBoundsException.class)
          .isThrownBy(() -> elements.getAndAdd(index, 1));
    }
    assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> none.getLong(0));
  }

  @Test
  void shouldRefuseBlocksThatAreNotThere() throws Exception {
    Blocks blocks = create("INT32", 4).blocks();

    assertThat(blocks.from(1, 3)).isEqualTo(1);
    assertThat(blocks.from(4, 0)).isEqualTo(4);
    int[][] wrong = {
      {-1, 1}, {2, 3}, {5, 0}, {0, -1}, {1, Integer.MAX_VALUE}, {Integer.MAX_VALUE, 1}
    };
    for (int[] range : wrong) {
      assertThatExceptionOfType(IndexOutOfBoundsException.class)
          .isThrownBy(() -> blocks.from(range[0], range[1]))
          .withMessageStartingWith("Expected elements of 0 to below 4, but ");
    }
  }

  @Test
  void shouldGiveBuffersOfItsOwnTypeOnly() throws Exception {
    Blocks longs = create("UINT64", 2).blocks();
    Blocks characters = create("WCHAR", 2).blocks();
    Blocks truths = create("BOOL", 2).blocks();

    assertThat(longs.longs().capacity()).isEqualTo(2);
    assertThat(characters.ints().capacity()).isEqualTo(2);
    assertThat(truths.singleBytes().capacity()).isEqualTo(2);
    assertThat(longs.bytes().capacity()).isEqualTo(16);
    assertThat(longs.bytes().order()).isEqualTo(ByteOrder.LITTLE_ENDIAN);
    assertRefuses(longs::doubles, "FLOAT64", "UINT64");
    assertRefuses(longs::ints, "INT32", "UINT64");
    assertRefuses(longs::singleBytes, "UINT8", "UINT64");
    assertRefuses(characters::floats, "FLOAT32", "WCHAR");
    assertRefuses(truths::shorts, "INT16", "BOOL");
    assertRefuses(truths::longs, "INT64", "BOOL");
  }

  @Test
  void shouldBeTheSameMemoryInEveryMapping() throws Exception {
    SharedMemoryLocateResponse located =
        SegmentFiles.located(ElementType.ELEMENT_TYPE_FLOAT64, 100);
    Path file = SegmentFiles.write(folder, SegmentFiles.file(located));
    Segment one = SegmentFiles.open(file, located);
    Segment other = SegmentFiles.open(file, located);

    one.elements().setDouble(99, 2.5);
    one.header().beginUpdate();

    assertThat(other.elements().getDouble(99)).isEqualTo(2.5);
    assertThat(other.header().isUpdated()).isTrue();
    assertThat(Files.size(file)).isEqualTo(864);
  }

  /** A block is copied by elements and not by bytes, however it is aligned in the array. */
  @Test
  void shouldNeverTearAnElementOfABlock() throws Exception {
    int length = 1_000;
    Segment segment = create("INT64", length);
    AtomicBoolean ended = new AtomicBoolean();
    AtomicReference<Throwable> failure = new AtomicReference<>();
    Thread writer =
        new Thread(
            () -> {
              long[] zeros = new long[length + 1];
              long[] ones = new long[length + 1];
              Arrays.fill(ones, -1);
              while (!ended.get()) {
                segment.blocks().longs().put(0, ones, 1, length);
                segment.blocks().longs().put(0, zeros, 0, length);
              }
            });
    writer.setUncaughtExceptionHandler((thread, thrown) -> failure.set(thrown));
    writer.start();
    try {
      long[] found = new long[length + 1];
      int both = 0;
      for (int i = 0; (i < 20_000 || both == 0) && writer.isAlive(); i++) {
        segment.blocks().longs().get(0, found, 1, length);
        assertThat(Arrays.stream(found).filter(number -> number != 0 && number != -1)).isEmpty();
        both += found[1] != found[length] ? 1 : 0;
      }
      assertThat(failure.get()).as("of the writer").isNull();
      assertThat(both).as("it is written while it is read").isPositive();
    } finally {
      ended.set(true);
      writer.join();
    }
    assertThat(failure.get()).isNull();
  }

  @ParameterizedTest
  @EnumSource(names = {"ELEMENT_TYPE_INT32", "ELEMENT_TYPE_INT64"})
  void shouldLoseNoAdditionOfTwoMappings(ElementType type) throws Exception {
    SharedMemoryLocateResponse located = SegmentFiles.located(type, 2);
    Path file = SegmentFiles.write(folder, SegmentFiles.file(located));
    Segment one = SegmentFiles.open(file, located);
    Segment other = SegmentFiles.open(file, located);
    int times = 2_000_000;

    CyclicBarrier both = new CyclicBarrier(2);
    Thread adding = new Thread(() -> add(other, times, both));
    adding.start();
    add(one, times, both);
    adding.join();

    assertThat(one.elements().getVolatile(1)).isEqualTo(2 * times);
    assertThat(one.elements().getLong(0)).isZero();
  }

  private static void add(Segment segment, int times, CyclicBarrier both) {
    try {
      both.await();
    } catch (InterruptedException | BrokenBarrierException e) {
      throw new IllegalStateException(e);
    }
    for (int i = 0; i < times; i++) {
      segment.elements().getAndAdd(1, 1);
    }
  }

  @Test
  void shouldSayWhetherWhatWasReadIsWhole() throws Exception {
    Header header = create("INT8", 1).header();

    long even = header.beginRead();
    assertThat(even).isZero();
    assertThat(header.endRead(even)).isTrue();
    long odd = header.beginUpdate();
    assertThat(odd).isEqualTo(1);
    long mending = header.beginUpdate();
    assertThat(mending).as("where it was left odd").isEqualTo(3);
    assertThat(header.endRead(even)).isFalse();
    assertThat(header.endUpdate(odd)).as("somebody else's by now").isFalse();
    assertThat(header.sequence()).isEqualTo(3);
    assertThat(header.endUpdate(mending)).isTrue();
    assertThat(header.sequence()).isEqualTo(4);
  }

  @Test
  void shouldRefuseWhatSomebodyElseMayHavePutThere() throws Exception {
    SharedMemoryLocateResponse located = SegmentFiles.located(ElementType.ELEMENT_TYPE_INT8, 1);
    Path file = SegmentFiles.write(folder, SegmentFiles.file(located));
    Path link = Files.createSymbolicLink(folder.resolve("link"), file);

    assertThatExceptionOfType(PolyprocException.class)
        .isThrownBy(() -> SegmentFiles.open(link, located))
        .withMessageContaining("it is a symbolic link");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));
    assertThatExceptionOfType(PolyprocException.class)
        .isThrownBy(() -> SegmentFiles.open(file, located))
        .withMessageContaining("has mode rw-rw-rw-");
  }

  @Test
  void shouldMakeNoFile() {
    SharedMemoryLocateResponse located = SegmentFiles.located(ElementType.ELEMENT_TYPE_INT8, 1);
    Path nowhere = folder.resolve("nowhere");

    assertThatExceptionOfType(PolyprocException.class)
        .isThrownBy(() -> SegmentFiles.open(nowhere, located))
        .withMessageContaining("give both the same folder");
    assertThat(nowhere).doesNotExist();
  }

  @Test
  void shouldRefuseWhatItCannotMap() {
    SharedMemoryLocateResponse later =
        SegmentFiles.located(ElementType.ELEMENT_TYPE_INT8, 1).toBuilder().setTypeValue(99).build();
    SharedMemoryLocateResponse larger =
        SegmentFiles.located(ElementType.ELEMENT_TYPE_INT8, 1).toBuilder()
            .setLength(1L << 31)
            .setBytes((1L << 31) + 64)
            .build();

    assertThatExceptionOfType(PolyprocException.class)
        .isThrownBy(() -> SegmentFiles.open(folder, later))
        .withMessageContaining("a type that this client knows, but it is type 99");
    assertThatExceptionOfType(PolyprocException.class)
        .isThrownBy(() -> SegmentFiles.open(folder, larger))
        .withMessageContaining("at most 2147483647 bytes");
  }
}
