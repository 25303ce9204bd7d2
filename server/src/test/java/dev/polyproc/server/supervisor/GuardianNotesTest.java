package dev.polyproc.server.supervisor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What stands in the file that the guardian reads when the daemon is gone. */
final class GuardianNotesTest {
  private final GuardianNotes notes = Objects.requireNonNull(GuardianNotes.open(Platform.LINUX));

  @AfterEach
  void close() {
    notes.close();
  }

  @Test
  void shouldSayOfEachProcessWhatIsKnown() throws IOException {
    // when
    int first = notes.starting(Long.MAX_VALUE);
    notes.started(first, 4_194_303);
    notes.starting(Long.MAX_VALUE);

    // then
    assertThat(lines()).containsExactly("4194303", "starting=9223372036854775807");
  }

  @Test
  void shouldUseALineAgainWhenItsGroupHasEnded() throws IOException {
    // given
    int first = notes.starting(1);
    notes.started(first, 11);
    notes.started(notes.starting(2), 12);

    // when
    notes.erase(first);

    // then
    assertThat(lines()).containsExactly("", "12");
    for (int process = 3; process < 1_000; process++) {
      int line = notes.starting(process);
      notes.started(line, 13);
      assertThat(lines()).containsExactly("13", "12");
      notes.erase(line);
    }
  }

  @Test
  void shouldHaveNoNameAndBeNobodyElses() throws IOException {
    // then
    assertThat(Files.readSymbolicLink(file()).toString()).endsWith("(deleted)");
    assertThat(GuardianNotes.open(Platform.PORTABLE)).isNull();
  }

  private List<String> lines() throws IOException {
    List<String> lines = Files.readAllLines(file());
    assertThat(lines).allMatch(line -> line.length() == 31);
    return lines.stream().map(String::strip).toList();
  }

  private Path file() {
    return Path.of("/proc/self/fd", Integer.toString(notes.file()));
  }
}
