package dev.polyproc.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class LineWriterTest {
  private static final long MANY_MILLIS = 30_000;

  private final Pipe pipe = new Pipe();
  private long now;
  private final LineWriter lines = new LineWriter(pipe, () -> now);

  @AfterEach
  void read() {
    pipe.reader.countDown();
  }

  @Test
  void shouldWriteLinesInTheirOrder() {
    // given
    pipe.reader.countDown();

    // when
    IntStream.range(0, 50).forEach(i -> lines.write("line " + i + "\n"));
    lines.flush(MANY_MILLIS);

    // then
    assertThat(pipe.lines())
        .containsExactlyElementsOf(IntStream.range(0, 50).mapToObj(i -> "line " + i).toList());
  }

  @Test
  void shouldNotWaitForAReader() throws InterruptedException {
    // when
    lines.write("blocked\n");
    assertThat(pipe.writing.await(30, TimeUnit.SECONDS)).isTrue();
    for (int i = 0; i < 10_000; i++) {
      lines.write("line " + i + "\n");
      now += TimeUnit.MILLISECONDS.toNanos(100);
    }

    // then
    lines.flush(1);
    assertThat(pipe.lines()).isEmpty();
    pipe.reader.countDown();
    lines.flush(MANY_MILLIS);
    long characters = pipe.lines().stream().mapToLong(line -> line.length() + 1L).sum();
    assertThat(characters).isBetween(10_000L, (long) LineWriter.MOST_WAITING + 100);
    assertThat(pipe.lines().get(0)).isEqualTo("blocked");
  }

  @Test
  void shouldLeaveOutWhatIsMoreThanTenASecondAndSayHowMany() {
    // given
    pipe.reader.countDown();

    // when
    for (int i = 0; i < 380; i++) {
      lines.write("line " + i + "\n");
    }
    now += TimeUnit.SECONDS.toNanos(1);
    lines.write("later\n");
    lines.flush(MANY_MILLIS);

    // then
    assertThat(pipe.lines()).hasSize(102);
    assertThat(pipe.lines().subList(99, 102))
        .containsExactly("line 99", "… 280 lines were left out", "later");

    // when
    for (int i = 0; i < 10; i++) {
      lines.write("more\n");
    }
    lines.flush(MANY_MILLIS);

    // then
    assertThat(pipe.lines().subList(110, 112)).containsExactly("more", "… 1 line was left out");
  }

  @Test
  void shouldSayHowManyWereLeftOutAlsoWhenNothingFollows() {
    // given
    pipe.reader.countDown();
    for (int i = 0; i < 103; i++) {
      lines.write("line\n");
    }

    // then
    while (!pipe.lines().contains("… 3 lines were left out")) {
      Thread.onSpinWait();
    }
  }

  @Test
  void shouldCutALineThatIsTooLong() {
    // given
    pipe.reader.countDown();

    // when
    lines.write("x".repeat(1_000_000) + "\n");
    lines.write("after\n");
    lines.flush(MANY_MILLIS);

    // then
    assertThat(pipe.lines()).hasSize(2);
    assertThat(pipe.lines().get(0)).hasSize(LineWriter.LONGEST - 1).endsWith("x…");
  }

  @Test
  void shouldGoOnWhenNobodyCanEverRead() {
    // given
    pipe.broken = true;
    pipe.reader.countDown();
    lines.write("lost\n");
    lines.flush(MANY_MILLIS);

    // when
    pipe.broken = false;
    lines.write("written\n");
    lines.flush(MANY_MILLIS);

    // then
    assertThat(pipe.lines()).isEqualTo(List.of("written"));
  }

  @Test
  void shouldCutWhatIsPrintedIntoLines() throws IOException {
    // given
    pipe.reader.countDown();

    // when
    try (LineStream stream = new LineStream(lines::write)) {
      stream.write("one\ntwo ".getBytes(StandardCharsets.UTF_8));
      stream.write("words\n\nunfinished".getBytes(StandardCharsets.UTF_8));
    }
    lines.flush(MANY_MILLIS);

    // then
    assertThat(pipe.lines()).containsExactly("one", "two words", "");
  }

  /** Takes nothing until it has a reader. */
  private static final class Pipe extends OutputStream {
    private final CountDownLatch reader = new CountDownLatch(1);
    private final CountDownLatch writing = new CountDownLatch(1);
    private final ByteArrayOutputStream taken = new ByteArrayOutputStream();
    private volatile boolean broken;

    @Override
    public void write(int value) throws IOException {
      write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      writing.countDown();
      try {
        reader.await();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
      if (broken) {
        throw new IOException("Broken pipe");
      }
      taken.write(bytes, offset, length);
    }

    List<String> lines() {
      return taken.toString(StandardCharsets.UTF_8).lines().toList();
    }
  }
}
