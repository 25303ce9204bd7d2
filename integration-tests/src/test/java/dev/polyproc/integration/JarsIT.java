package dev.polyproc.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** The jars that are published: nothing in them depends on when or where they were built. */
final class JarsIT {
  private static final List<String> MODULES = List.of("proto", "server", "client-java", "embedded");
  private static final LocalDateTime TIME = LocalDateTime.parse("2026-11-21T00:00:00");

  @TempDir static Path elsewhere;

  /** What is built of a module in a clone; there is one such jar, or none. */
  private static Optional<Path> built(Path clone, String module) throws Exception {
    Path target = clone.resolve(module + "/target");
    if (!Files.isDirectory(target)) {
      return Optional.empty();
    }
    try (Stream<Path> files = Files.list(target)) {
      List<Path> jars =
          files
              .filter(file -> file.getFileName().toString().matches("polyproc-[a-z]+-[\\d.]+.*jar"))
              .filter(file -> !file.toString().matches(".*-(tests|sources|javadoc)\\.jar"))
              .toList();
      assertThat(jars).hasSizeLessThan(2);
      return jars.stream().findFirst();
    }
  }

  private static Path jar(String module) throws Exception {
    Optional<Path> jar = built(Launch.root(), module);
    assumeTrue(jar.isPresent(), module + " was not built");
    return jar.get();
  }

  /** Packs what was compiled here once more: elsewhere, later, and in another zone of time. */
  @BeforeAll
  static void buildAgain() throws Exception {
    List<String> again = new ArrayList<>();
    for (String module : MODULES) {
      if (built(Launch.root(), module).isPresent()) {
        again.add(module);
        copy(module + "/target/classes");
      }
    }
    if (!Workplace.has("mvn") || again.isEmpty()) {
      return;
    }
    for (String pom : Poms.all()) {
      copy(pom);
    }
    ProcessBuilder builder =
        new ProcessBuilder("mvn", "-o", "-q", "-B", "jar:jar", "-pl", String.join(",", again));
    builder.environment().put("TZ", "Asia/Tokyo");
    Path said = elsewhere.resolve("said");
    Process maven =
        builder
            .directory(elsewhere.toFile())
            .redirectErrorStream(true)
            .redirectOutput(said.toFile())
            .start();
    assertThat(maven.waitFor(120, TimeUnit.SECONDS)).isTrue();
    assertThat(maven.exitValue()).as(Files.readString(said)).isZero();
  }

  private static void copy(String path) throws Exception {
    Path from = Launch.root().resolve(path);
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Path to = elsewhere.resolve(Launch.root().relativize(file));
        Files.createDirectories(to.getParent());
        if (!Files.isDirectory(file)) {
          Files.copy(file, to);
        }
      }
    }
  }

  @ParameterizedTest
  @FieldSource("MODULES")
  void shouldBeTheSameBytesWhenTheyAreBuiltAgain(String module) throws Exception {
    Path jar = jar(module);
    assumeTrue(Workplace.has("mvn"), "Maven is not installed");
    assertThat(built(elsewhere, module).orElseThrow()).hasSameBinaryContentAs(jar);
  }

  @ParameterizedTest
  @FieldSource("MODULES")
  void shouldSayNothingOfWhenAndByWhomTheyWereBuilt(String module) throws Exception {
    try (JarFile jar = new JarFile(jar(module).toFile())) {
      assertThat(jar.stream().map(ZipEntry::getTimeLocal).distinct())
          .as("the times of the entries, which are the project's")
          .containsExactly(TIME);
      // The descriptor of a module comes from a folder of its own.
      List<String> classes =
          jar.stream()
              .map(ZipEntry::getName)
              .filter(name -> name.endsWith(".class") && !name.endsWith("module-info.class"))
              .toList();
      assertThat(classes).isNotEmpty().isSorted();
      assertThat(
              new String(jar.getInputStream(jar.getEntry("META-INF/MANIFEST.MF")).readAllBytes()))
          .doesNotContain(System.getProperty("user.name") + "\n", "Built-By", "Build-Date");
    }
  }

  @ParameterizedTest
  @FieldSource("MODULES")
  void shouldCarryTheLicence(String module) throws Exception {
    try (JarFile jar = new JarFile(jar(module).toFile())) {
      assertThat(jar.getEntry("META-INF/LICENSE")).isNotNull();
      assertThat(jar.getEntry("META-INF/NOTICE")).isNotNull();
    }
  }
}
