package dev.polyproc.client.internal.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.polyproc.client.PolyprocException;
import dev.polyproc.conformance.v1.MemoryVectors;
import dev.polyproc.conformance.v1.SegmentFault;
import dev.polyproc.conformance.v1.SegmentVector;
import dev.polyproc.conformance.v1.WrongSegmentVector;
import dev.polyproc.contract.Vectors;
import dev.polyproc.v1.ElementType;
import dev.polyproc.v1.ErrorReason;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** The files of segments, right and wrong, of the test vectors of all languages. */
class MemoryVectorsTest {
  @TempDir Path folder;

  private final MemoryVectors vectors = Vectors.memory();

  private Path file(byte[] bytes) throws Exception {
    return SegmentFiles.write(folder, bytes);
  }

  @Test
  void shouldHaveNamesOfTheirOwnAndEveryTypeAndFault() {
    List<String> names = new ArrayList<>();
    vectors.getSegmentsList().forEach(vector -> names.add(vector.getName()));
    vectors.getWrongsList().forEach(vector -> names.add(vector.getName()));

    assertThat(names).doesNotHaveDuplicates();
    assertThat(vectors.getSegmentsList())
        .extracting(vector -> vector.getLocated().getType())
        .containsAll(
            Stream.of(ElementType.values())
                .filter(
                    type ->
                        type != ElementType.UNRECOGNIZED
                            && type != ElementType.ELEMENT_TYPE_UNSPECIFIED)
                .toList());
    assertThat(vectors.getWrongsList())
        .extracting(WrongSegmentVector::getFault)
        .containsAll(
            Stream.of(SegmentFault.values())
                .filter(
                    fault ->
                        fault != SegmentFault.UNRECOGNIZED
                            && fault != SegmentFault.SEGMENT_FAULT_UNSPECIFIED)
                .toList());
  }

  @TestFactory
  Stream<DynamicTest> shouldFindWhatTheVectorsHave() {
    return vectors.getSegmentsList().stream()
        .map(vector -> DynamicTest.dynamicTest(vector.getName(), () -> assertReads(vector)));
  }

  private void assertReads(SegmentVector vector) throws Exception {
    Path file = file(vector.getFile().toByteArray());
    Segment segment = SegmentFiles.open(file, vector.getLocated());

    assertThat(segment.type()).isEqualTo(vector.getLocated().getType());
    assertThat(segment.length()).isEqualTo((int) vector.getLocated().getLength());
    assertThat(segment.lock()).isEqualTo("prices/lock");
    assertThat(segment.header().sequence()).isEqualTo(vector.getSequence());
    assertThat(segment.header().isUpdated()).isEqualTo(vector.getSequence() % 2 != 0);
    assertThat(segment.header().writersDied()).isEqualTo(vector.getWritersDied());
    assertThat(segment.header().isRemoved()).isFalse();
    boolean isFloat = vector.getElements().getFloatsCount() > 0;
    if (isFloat) {
      List<Double> floats = vector.getElements().getFloatsList();
      assertThat(numbers(segment, i -> segment.elements().getDouble(i))).isEqualTo(floats);
      assertThat(floatsInBulk(segment)).isEqualTo(floats);
    } else {
      assertThat(numbers(segment, i -> segment.elements().getLong(i))).isEqualTo(wholes(vector));
      if (vector.getWritten()) {
        assertThat(wholesInBulk(segment)).isEqualTo(wholes(vector));
      }
    }
    if (vector.getWritten()) {
      assertWrites(vector, segment, file);
    }
  }

  private static void assertWrites(SegmentVector vector, Segment segment, Path file)
      throws Exception {
    ByteBuffer bytes = segment.blocks().bytes();
    bytes.put(new byte[bytes.capacity()]);
    for (int i = 0; i < segment.length(); i++) {
      if (vector.getElements().getFloatsCount() > 0) {
        segment.elements().setDouble(i, vector.getElements().getFloats(i));
      } else {
        segment.elements().setLong(i, wholes(vector).get(i));
      }
    }
    assertThat(Files.readAllBytes(file)).isEqualTo(vector.getFile().toByteArray());
  }

  private interface Reading<N> {
    N at(int index);
  }

  private static <N> List<N> numbers(Segment segment, Reading<N> reading) {
    List<N> all = new ArrayList<>();
    for (int i = 0; i < segment.length(); i++) {
      all.add(reading.at(i));
    }
    return all;
  }

  /** Those of UINT64 as the bits of a long. */
  private static List<Long> wholes(SegmentVector vector) {
    List<Long> all = new ArrayList<>(vector.getElements().getIntsList());
    all.addAll(vector.getElements().getUintsList());
    for (byte character : vector.getElements().getChars()) {
      all.add(Byte.toUnsignedLong(character));
    }
    vector.getElements().getText().codePoints().forEach(point -> all.add((long) point));
    return all;
  }

  private static List<Double> floatsInBulk(Segment segment) {
    double[] all = new double[segment.length()];
    if (segment.type() == ElementType.ELEMENT_TYPE_FLOAT64) {
      segment.blocks().doubles().get(0, all, 0, all.length);
    } else {
      float[] some = new float[all.length];
      segment.blocks().floats().get(0, some, 0, some.length);
      Arrays.setAll(all, i -> some[i]);
    }
    return Arrays.stream(all).boxed().toList();
  }

  private static List<Long> wholesInBulk(Segment segment) {
    long[] all = new long[segment.length()];
    switch (segment.type()) {
      case ELEMENT_TYPE_INT64, ELEMENT_TYPE_UINT64 ->
          segment.blocks().longs().get(0, all, 0, all.length);
      case ELEMENT_TYPE_INT32, ELEMENT_TYPE_UINT32, ELEMENT_TYPE_WCHAR -> {
        int[] some = new int[all.length];
        segment.blocks().ints().get(0, some, 0, some.length);
        boolean hasSign = segment.type() == ElementType.ELEMENT_TYPE_INT32;
        Arrays.setAll(all, i -> hasSign ? some[i] : Integer.toUnsignedLong(some[i]));
      }
      case ELEMENT_TYPE_INT16, ELEMENT_TYPE_UINT16 -> {
        short[] some = new short[all.length];
        segment.blocks().shorts().get(0, some, 0, some.length);
        boolean hasSign = segment.type() == ElementType.ELEMENT_TYPE_INT16;
        Arrays.setAll(all, i -> hasSign ? some[i] : Short.toUnsignedLong(some[i]));
      }
      default -> {
        byte[] some = new byte[all.length];
        segment.blocks().singleBytes().get(0, some, 0, some.length);
        boolean hasSign = segment.type() == ElementType.ELEMENT_TYPE_INT8;
        Arrays.setAll(all, i -> hasSign ? some[i] : Byte.toUnsignedLong(some[i]));
      }
    }
    return Arrays.stream(all).boxed().toList();
  }

  @TestFactory
  Stream<DynamicTest> shouldRefuseWhatIsWrongAndLeaveItAsItIs() {
    return vectors.getWrongsList().stream()
        .map(vector -> DynamicTest.dynamicTest(vector.getName(), () -> assertRefuses(vector)));
  }

  private void assertRefuses(WrongSegmentVector vector) throws Exception {
    Path file = file(vector.getFile().toByteArray());
    boolean isRemoved = vector.getFault() == SegmentFault.SEGMENT_FAULT_REMOVED;

    assertThatExceptionOfType(PolyprocException.class)
        .isThrownBy(() -> SegmentFiles.open(file, vector.getLocated()))
        .withMessageStartingWith("Expected the segment of 'prices' to ")
        .withMessageContaining(word(vector.getFault()))
        .satisfies(
            refused ->
                assertThat(refused.reason())
                    .isEqualTo(
                        isRemoved
                            ? ErrorReason.ERROR_REASON_OBJECT_DELETED
                            : ErrorReason.ERROR_REASON_SEGMENT_LOST));
    assertThat(Files.readAllBytes(file)).isEqualTo(vector.getFile().toByteArray());
  }

  private static String word(SegmentFault fault) {
    return switch (fault) {
      case SEGMENT_FAULT_SIZE -> " bytes, but it has ";
      case SEGMENT_FAULT_MAGIC -> " POLYPROC, but ";
      case SEGMENT_FAULT_VERSION -> " layout 1, but ";
      case SEGMENT_FAULT_TYPE -> " elements of INT32, but ";
      case SEGMENT_FAULT_LENGTH -> " length 2, but ";
      case SEGMENT_FAULT_INCARNATION -> " incarnation ";
      case SEGMENT_FAULT_REMOVED -> " was removed";
      case SEGMENT_FAULT_UNSPECIFIED, UNRECOGNIZED ->
          throw new AssertionError("Expected a fault that is known, but it is " + fault);
    };
  }
}
