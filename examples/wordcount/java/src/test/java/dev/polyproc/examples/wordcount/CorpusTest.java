package dev.polyproc.examples.wordcount;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CorpusTest {
  @TempDir Path folder;

  @Test
  void shouldCountRunsOfAsciiLettersInLowerCase() {
    // given
    byte[] text = "Don't stop: stop2stop, naïve\tSTOP".getBytes(UTF_8);

    // when
    Map<String, Long> counts = Words.count(text);

    // then
    assertThat(counts).isEqualTo(Map.of("don", 1L, "t", 1L, "stop", 4L, "na", 1L, "ve", 1L));
  }

  @Test
  void shouldReadPlainAndGzippedTextAndNothingElse() throws IOException {
    // given
    write("plain.txt", "plain");
    try (OutputStream file = Files.newOutputStream(folder.resolve("packed.gz"));
        OutputStream packed = new GZIPOutputStream(file)) {
      packed.write("packed".getBytes(UTF_8));
    }
    write("picture", "PNG\0\0");
    write("broken.gz", "not gzipped");
    Files.createSymbolicLink(folder.resolve("loop"), folder);

    // when
    Corpus corpus = Corpus.read(List.of(folder), 1000);

    // then
    assertThat(Words.count(corpus.text())).isEqualTo(Map.of("plain", 1L, "packed", 1L));
    assertThat(corpus.files()).isEqualTo(2);
    assertThat(corpus.binary()).isEqualTo(1);
    assertThat(corpus.unreadable()).isEqualTo(1);
  }

  @Test
  void shouldLeaveOutWhatGoesOverTheLimit() throws IOException {
    // given
    write("a", "x".repeat(60));
    write("b", "y".repeat(60));

    // when
    Corpus corpus = Corpus.read(List.of(folder), 100);

    // then
    assertThat(corpus.files()).isEqualTo(1);
    assertThat(corpus.surplus()).isEqualTo(1);
  }

  @Test
  void shouldNeverCutWithinAWord() throws IOException {
    // given
    write("a", "one three fifteen, ".repeat(100));
    Corpus corpus = Corpus.read(List.of(folder), 10_000);

    for (int size = 1; size < 40; size++) {
      // when
      List<byte[]> chunks = corpus.chunks(size);

      // then
      Map<String, Long> sums = new HashMap<>();
      chunks.forEach(chunk -> Words.count(chunk).forEach((w, n) -> sums.merge(w, n, Long::sum)));
      assertThat(sums).isEqualTo(Words.count(corpus.text()));
    }
  }

  private void write(String name, String content) throws IOException {
    Files.writeString(folder.resolve(name), content);
  }
}
