package dev.polyproc.server.supervisor;

import static dev.polyproc.v1.OutputSource.OUTPUT_SOURCE_STDERR;
import static dev.polyproc.v1.OutputSource.OUTPUT_SOURCE_STDOUT;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.v1.OutputSource;
import dev.polyproc.v1.ProcessOutputRequest;
import dev.polyproc.v1.ProcessOutputResponse;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Who keeps what when there is not enough for all. */
final class OutputMemoryTest {
  private static final int KIB = 1024;

  private final OutputMemory memory = new OutputMemory(64 * KIB);

  @Test
  void shouldDropFirstWhatEndedFirst() {
    // given
    Output running = written(16 * KIB);
    Output second = written(16 * KIB);
    Output first = written(16 * KIB);
    first.processEnded();
    second.processEnded();

    // when
    Output more = written(32 * KIB);

    // then
    assertThat(kept(first)).isZero();
    assertThat(kept(second)).isEqualTo(16 * KIB);
    assertThat(kept(running)).isEqualTo(16 * KIB);
    assertThat(kept(more)).isEqualTo(32 * KIB);
    assertThat(memory.held()).isEqualTo(64 * KIB);
  }

  @Test
  void shouldTellEveryReaderHowMuchIsGone() {
    // given
    Output output = written(16 * KIB);
    output.append(OUTPUT_SOURCE_STDERR, ByteBuffer.allocate(8 * KIB));
    AtomicInteger told = new AtomicInteger();
    OutputCursor before = output.open(follow(), told::incrementAndGet);
    assertThat(requireNonNull(before.next(4 * KIB)).getMissedBytes()).isZero();
    output.processEnded();
    output.end();

    // when
    written(64 * KIB);
    OutputCursor later = output.open(ProcessOutputRequest.getDefaultInstance(), () -> {});
    OutputCursor tail =
        output.open(ProcessOutputRequest.newBuilder().setTailBytes(10).build(), () -> {});

    // then
    assertMissed(before, OUTPUT_SOURCE_STDERR, 8 * KIB);
    assertMissed(before, OUTPUT_SOURCE_STDOUT, 12 * KIB);
    assertMissed(later, OUTPUT_SOURCE_STDOUT, 16 * KIB);
    assertMissed(later, OUTPUT_SOURCE_STDERR, 8 * KIB);
    assertMissed(tail, OUTPUT_SOURCE_STDOUT, 10);
    assertMissed(tail, OUTPUT_SOURCE_STDERR, 10);
    for (OutputCursor cursor : List.of(before, later, tail)) {
      assertThat(cursor.next(1)).isNull();
      assertThat(cursor.hasEnded()).isTrue();
    }
  }

  @Test
  void shouldTellAReaderOfWhatIsForgottenHowMuchItMissed() {
    // given
    Output output = written(10 * KIB);
    OutputCursor cursor = output.open(follow(), () -> {});
    assertThat(requireNonNull(cursor.next(4 * KIB)).getData().size()).isEqualTo(4 * KIB);

    // when
    output.drop();
    output.append(OUTPUT_SOURCE_STDOUT, ByteBuffer.allocate(KIB));

    // then
    assertMissed(cursor, OUTPUT_SOURCE_STDOUT, 6 * KIB);
    assertThat(cursor.next(1)).isNull();
    assertThat(cursor.hasEnded()).isTrue();
    assertThat(memory.held()).isZero();
  }

  @Test
  void shouldTakeTheOldestBytesOfTheLargestWhereAllRun() {
    // given
    Output largest = written(32 * KIB);
    Output large = written(16 * KIB);
    Output small = written(16 * KIB);

    // when
    Output more = written(16 * KIB);

    // then
    assertThat(kept(largest)).isEqualTo(16 * KIB);
    assertThat(kept(large)).isEqualTo(16 * KIB);
    assertThat(kept(small)).isEqualTo(16 * KIB);
    assertThat(kept(more)).isEqualTo(16 * KIB);
    OutputCursor cursor = largest.open(ProcessOutputRequest.getDefaultInstance(), () -> {});
    assertThat(requireNonNull(cursor.next(1)).getMissedBytes()).isEqualTo(16 * KIB);
  }

  @Test
  void shouldKeepTheLatestBytesOfEachOfManyWriters() {
    // given
    List<Output> writers = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      writers.add(new Output(memory, KIB * KIB));
    }

    // when
    for (int round = 0; round < 200; round++) {
      for (Output writer : writers) {
        writer.append(OUTPUT_SOURCE_STDOUT, ByteBuffer.allocate(KIB));
        assertThat(memory.held()).isLessThanOrEqualTo(64 * KIB);
      }
    }

    // then
    assertThat(writers).allSatisfy(writer -> assertThat(kept(writer)).isBetween(2 * KIB, 8 * KIB));
  }

  @Test
  void shouldGoOnWhereTheOneThatEndedFirstWritesOn() {
    // given
    Output output = written(48 * KIB);
    output.processEnded();

    // when a descendant writes
    output.append(OUTPUT_SOURCE_STDERR, ByteBuffer.allocate(48 * KIB));

    // then
    assertThat(kept(output)).isEqualTo(48 * KIB);
    assertThat(memory.held()).isLessThanOrEqualTo(64 * KIB);
    written(64 * KIB);
    assertThat(kept(output)).isZero();
  }

  @Test
  void shouldKeepNoMoreMemoryThanBytesOfWhatIsComplete() {
    // given
    Output output = written(10);

    // when
    output.end();

    // then
    assertThat(memory.held()).isEqualTo(10);
    assertThat(kept(output)).isEqualTo(10);
  }

  @Test
  void shouldCountWhatIsHeldThroughAllChanges() {
    // given
    Random random = new Random(3);
    List<Output> outputs = new ArrayList<>();
    for (int i = 0; i < 5_000; i++) {
      // when
      if (outputs.size() < 30 && random.nextInt(5) == 0) {
        outputs.add(new Output(memory, 1 + random.nextInt(100_000)));
      }
      if (!outputs.isEmpty()) {
        Output output = outputs.get(random.nextInt(outputs.size()));
        OutputSource source = random.nextBoolean() ? OUTPUT_SOURCE_STDOUT : OUTPUT_SOURCE_STDERR;
        switch (random.nextInt(20)) {
          case 0 -> output.processEnded();
          case 1 -> {
            output.processEnded();
            output.end();
          }
          case 2 -> {
            output.drop();
            outputs.remove(output);
          }
          default ->
              output.append(
                  source, ByteBuffer.allocate(random.nextInt(1 + random.nextInt(70_000))));
        }
      }

      // then
      long held =
          outputs.stream().flatMap(output -> output.rings().stream()).mapToLong(Ring::size).sum();
      assertThat(memory.held()).isEqualTo(held).isLessThanOrEqualTo(64 * KIB);
    }
    outputs.forEach(Output::drop);
    assertThat(memory.held()).isZero();
  }

  private Output written(int bytes) {
    Output output = new Output(memory, KIB * KIB);
    output.append(OUTPUT_SOURCE_STDOUT, ByteBuffer.allocate(bytes));
    return output;
  }

  private static int kept(Output output) {
    return (int) output.rings().stream().mapToLong(ring -> ring.end() - ring.start()).sum();
  }

  private static ProcessOutputRequest follow() {
    return ProcessOutputRequest.newBuilder().setFollow(true).build();
  }

  private static void assertMissed(OutputCursor cursor, OutputSource source, long bytes) {
    ProcessOutputResponse piece = requireNonNull(cursor.next(KIB * KIB));
    assertThat(piece.getSource()).isEqualTo(source);
    assertThat(piece.getData()).isEmpty();
    assertThat(piece.getMissedBytes()).isEqualTo(bytes);
  }
}
