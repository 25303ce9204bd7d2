package dev.polyproc.server.supervisor;

import static dev.polyproc.v1.OutputSource.OUTPUT_SOURCE_STDERR;
import static dev.polyproc.v1.OutputSource.OUTPUT_SOURCE_STDOUT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.v1.OutputSource;
import dev.polyproc.v1.ProcessOutputRequest;
import dev.polyproc.v1.ProcessOutputResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class OutputTest {
  private final Output output = new Output(new OutputMemory(1000), 10);
  private final AtomicInteger told = new AtomicInteger();

  @Test
  void shouldReadWhatIsThereAndEnd() {
    // given
    write(OUTPUT_SOURCE_STDOUT, "hello");
    write(OUTPUT_SOURCE_STDERR, "problem");
    OutputCursor cursor = open(ProcessOutputRequest.newBuilder());
    write(OUTPUT_SOURCE_STDOUT, "later");

    // then
    assertThat(text(cursor.next(3))).isEqualTo("STDOUT hel");
    assertThat(text(cursor.next(3))).isEqualTo("STDERR pro");
    assertThat(text(cursor.next(3))).isEqualTo("STDOUT lo");
    assertThat(cursor.hasEnded()).isFalse();
    assertThat(text(cursor.next(9))).isEqualTo("STDERR blem");
    assertThat(cursor.hasEnded()).isTrue();
    assertThat(cursor.next(9)).isNull();
    write(OUTPUT_SOURCE_STDOUT, "never seen");
    assertThat(cursor.next(9)).isNull();
    assertThat(told).hasValue(0);
  }

  @Test
  void shouldTellOnceWhenThereIsMore() {
    // given
    OutputCursor cursor = open(ProcessOutputRequest.newBuilder().setFollow(true));
    write(OUTPUT_SOURCE_STDOUT, "a");
    assertThat(told).hasValue(0);

    // when
    assertThat(text(cursor.next(9))).isEqualTo("STDOUT a");
    assertThat(cursor.next(9)).isNull();
    assertThat(cursor.next(9)).isNull();
    write(OUTPUT_SOURCE_STDOUT, "b");
    write(OUTPUT_SOURCE_STDERR, "c");

    // then
    assertThat(told).hasValue(1);
    assertThat(text(cursor.next(9))).isEqualTo("STDERR c");
    assertThat(text(cursor.next(9))).isEqualTo("STDOUT b");
    output.end();
    assertThat(told).hasValue(1);
    assertThat(cursor.hasEnded()).isTrue();
    assertThat(cursor.next(9)).isNull();
  }

  @Test
  void shouldTellTheEnd() {
    // given
    OutputCursor cursor = open(ProcessOutputRequest.newBuilder().setFollow(true));
    assertThat(cursor.next(9)).isNull();
    assertThat(cursor.hasEnded()).isFalse();

    // when
    output.end();

    // then
    assertThat(told).hasValue(1);
    assertThat(cursor.hasEnded()).isTrue();
  }

  @Test
  void shouldTellNothingAfterItIsClosed() {
    // given
    OutputCursor cursor = open(ProcessOutputRequest.newBuilder().setFollow(true));
    assertThat(cursor.next(9)).isNull();

    // when
    cursor.close();
    write(OUTPUT_SOURCE_STDOUT, "a");

    // then
    assertThat(told).hasValue(0);
    assertThat(cursor.next(9)).isNull();
    assertThat(cursor.hasEnded()).isTrue();
  }

  @Test
  void shouldBeginWithTheTail() {
    // given
    write(OUTPUT_SOURCE_STDOUT, "0123456789abc");

    // then
    assertThat(text(open(tail(0)).next(99))).isEmpty();
    assertThat(text(open(tail(2)).next(99))).isEqualTo("STDOUT bc");
    assertThat(text(open(tail(10)).next(99))).isEqualTo("STDOUT 3456789abc");
    assertThat(text(open(tail(12)).next(99))).isEqualTo("STDOUT 3456789abc, missed 2");
    assertThat(text(open(tail(-1)).next(99))).isEqualTo("STDOUT 3456789abc, missed 3");
    assertThat(text(open(ProcessOutputRequest.newBuilder()).next(99)))
        .isEqualTo("STDOUT 3456789abc, missed 3");
  }

  @Test
  void shouldCountWhatASlowReaderMissed() {
    // given
    OutputCursor follower = open(ProcessOutputRequest.newBuilder().setFollow(true));
    write(OUTPUT_SOURCE_STDOUT, "0123456789");
    OutputCursor reader = open(ProcessOutputRequest.newBuilder());
    assertThat(text(follower.next(4))).isEqualTo("STDOUT 0123");

    // when
    write(OUTPUT_SOURCE_STDOUT, "abcdefg");

    // then
    assertThat(text(follower.next(99))).isEqualTo("STDOUT 789abcdefg, missed 3");
    assertThat(text(reader.next(99))).isEqualTo("STDOUT 789, missed 7");

    // when
    OutputCursor late = open(ProcessOutputRequest.newBuilder().setTailBytes(5));
    write(OUTPUT_SOURCE_STDOUT, "overwritten completely");

    // then
    assertThat(text(late.next(99))).isEqualTo("STDOUT , missed 5");
    assertThat(late.hasEnded()).isTrue();
  }

  @Test
  void shouldEndReadersWhenItIsDropped() {
    // given
    OutputCursor cursor = open(ProcessOutputRequest.newBuilder().setFollow(true));
    assertThat(cursor.next(9)).isNull();

    // when
    output.drop();
    write(OUTPUT_SOURCE_STDOUT, "nobody reads this");

    // then
    assertThat(told).hasValue(1);
    assertThat(cursor.next(9)).isNull();
    assertThat(cursor.hasEnded()).isTrue();
  }

  private static ProcessOutputRequest.Builder tail(long bytes) {
    return ProcessOutputRequest.newBuilder().setTailBytes(bytes);
  }

  private OutputCursor open(ProcessOutputRequest.Builder request) {
    return output.open(request.build(), told::incrementAndGet);
  }

  private void write(OutputSource source, String text) {
    output.append(source, ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
  }

  private static String text(@Nullable ProcessOutputResponse piece) {
    if (piece == null) {
      return "";
    }
    return piece.getSource().name().substring("OUTPUT_SOURCE_".length())
        + " "
        + piece.getData().toStringUtf8()
        + (piece.getMissedBytes() == 0 ? "" : ", missed " + piece.getMissedBytes());
  }
}
