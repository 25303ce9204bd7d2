package dev.polyproc.server.supervisor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class MemoryKillsTest {
  @TempDir private Path folder;

  private Path events(int kills) throws IOException {
    return Files.writeString(
        folder.resolve("memory.events"), "low 0\noom 9\noom_kill " + kills + "\n");
  }

  @Test
  void shouldTakeEachKillOnce() throws IOException {
    MemoryKills kills = new MemoryKills(List.of(events(3)));
    assertThat(kills.takeOne()).isFalse();

    events(5);

    assertThat(kills.takeOne()).isTrue();
    assertThat(kills.takeOne()).isTrue();
    assertThat(kills.takeOne()).isFalse();
  }

  @Test
  void shouldFindTheCountOfNewerAndOlderControlGroups() throws IOException {
    Path newer = Files.writeString(folder.resolve("newer"), "0::/a/b\n");
    Path older = Files.writeString(folder.resolve("older"), "5:cpu:/x\n4:freezer,memory:/c\n");

    assertThat(MemoryKills.files(newer, folder))
        .containsExactly(folder.resolve("a/b/memory.events"));
    assertThat(MemoryKills.files(older, folder))
        .containsExactly(folder.resolve("memory/c/memory.oom_control"));
  }

  @Test
  void shouldFindNoneWhereTheSystemDoesNotSay() {
    assertThat(MemoryKills.files(folder.resolve("none"), folder)).isEmpty();
    assertThat(new MemoryKills(List.of(folder.resolve("none"))).takeOne()).isFalse();
  }
}
