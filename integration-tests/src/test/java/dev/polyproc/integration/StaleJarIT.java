package dev.polyproc.integration;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** When the scripts take a jar for older than what it is made of, in a clone without content. */
final class StaleJarIT {
  private static final String SERVER = "server/target/polyprocd.jar";
  private static final String BENCHMARKS = "benchmarks/target/benchmarks.jar";
  private static final List<String> SOURCES =
      List.of(
          "pom.xml",
          "LICENSE",
          "NOTICE",
          "licenses/jna",
          "proto/pom.xml",
          "proto/src/main/a.proto",
          "server/pom.xml",
          "server/src/main/A.java",
          "client-java/pom.xml",
          "client-java/src/main/B.java",
          "benchmarks/pom.xml",
          "benchmarks/src/main/C.java");

  @TempDir Path clone;

  @BeforeEach
  void makeClone() throws Exception {
    Path toolchain = Files.createDirectories(clone.resolve("scripts/lib")).resolve("toolchain");
    Files.copy(Launch.root().resolve("scripts/lib/toolchain"), toolchain);
    for (String source : SOURCES) {
      touch(source, 1);
    }
    touch(SERVER, 5);
    touch(BENCHMARKS, 5);
    try (var all = Files.walk(clone)) { // also the folders
      for (Path folder : all.filter(Files::isDirectory).toList()) {
        Files.setLastModifiedTime(folder, at(1));
      }
    }
  }

  private static FileTime at(int hour) {
    return FileTime.from(Instant.parse("2026-11-21T00:00:00Z").plusSeconds(3600L * hour));
  }

  private void touch(String file, int hour) throws Exception {
    Path path = clone.resolve(file);
    Files.createDirectories(path.getParent());
    if (!Files.exists(path)) {
      Files.createFile(path);
    }
    Files.setLastModifiedTime(path, at(hour));
  }

  private String stale(String jar) throws Exception {
    String said = run("stale \"$1/$2\"", jar);
    return said.isEmpty() ? "" : clone.toRealPath().relativize(Path.of(said)).toString();
  }

  private String run(String command, String jar) throws Exception {
    String script = "set -euo pipefail; . \"$1/scripts/lib/toolchain\"; " + command;
    String root = clone.toRealPath().toString();
    Process process = new ProcessBuilder("bash", "-c", script, "bash", root, jar).start();
    String said =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    String errors = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(errors).isZero();
    assertThat(errors).isEmpty();
    return said;
  }

  @ParameterizedTest
  @ValueSource(strings = {SERVER, BENCHMARKS})
  void shouldTakeAJarThatIsNewerThanAllForFresh(String jar) throws Exception {
    assertThat(stale(jar)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {SERVER, BENCHMARKS})
  void shouldNameAJarThatIsNotThere(String jar) throws Exception {
    Files.delete(clone.resolve(jar));
    assertThat(stale(jar)).isEqualTo(jar);
  }

  @ParameterizedTest
  @CsvSource({
    "pom.xml, true",
    "LICENSE, true",
    "NOTICE, true",
    "licenses/jna, true",
    "proto/src/main/a.proto, true",
    "server/pom.xml, true",
    "server/src/main/A.java, true",
    "client-java/src/main/B.java, false",
    "benchmarks/pom.xml, false"
  })
  void shouldNameWhatIsNewer(String source, boolean isInTheDaemon) throws Exception {
    touch(source, 6);
    assertThat(stale(SERVER)).isEqualTo(isInTheDaemon ? source : "");
    assertThat(stale(BENCHMARKS)).isEqualTo(source);
  }

  /** Maven leaves a jar as it is that would come out the same. */
  @Test
  void shouldTakeAJarForFreshThatWasBuiltSinceAndStayedAsItIs() throws Exception {
    touch("pom.xml", 6);
    touch(SERVER + ".checked", 7);
    assertThat(stale(SERVER)).isEmpty();
    touch("pom.xml", 8);
    assertThat(stale(SERVER)).isEqualTo("pom.xml");
    touch(SERVER, 9); // by Maven itself
    assertThat(stale(SERVER)).isEmpty();
  }

  @Test
  void shouldNoteWhenABuildBegan() throws Exception {
    touch("pom.xml", 6);
    assertThat(
            run(
                "mvn() { [[ \"$*\" = *'-pl server -am package' ]]; }; built \"$1/$2\" 2>&1",
                SERVER))
        .startsWith("Building");
    assertThat(stale(SERVER)).isEmpty();
    assertThat(run("mvn() { exit 1; }; built \"$1/$2\"", SERVER)).as("nothing to do").isEmpty();
  }
}
