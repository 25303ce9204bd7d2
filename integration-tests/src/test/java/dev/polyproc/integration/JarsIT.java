package dev.polyproc.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.List;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The jars that are published: nothing in them depends on when or where they were built. */
final class JarsIT {
  private static final LocalDateTime TIME = LocalDateTime.parse("2026-11-21T00:00:00");

  private static Path jar(String module) throws Exception {
    Path target = Launch.root().resolve(module + "/target");
    assumeTrue(Files.isDirectory(target), module + " was not built");
    try (Stream<Path> files = Files.list(target)) {
      List<Path> jars =
          files
              .filter(file -> file.getFileName().toString().matches("polyproc-[a-z]+-[\\d.]+.*jar"))
              .filter(file -> !file.toString().matches(".*-(tests|sources|javadoc)\\.jar"))
              .toList();
      assumeTrue(!jars.isEmpty(), module + " was not built");
      return jars.get(0);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"proto", "server", "client-java", "embedded"})
  void shouldBeTheSameWhenTheyAreBuiltAgain(String module) throws Exception {
    try (JarFile jar = new JarFile(jar(module).toFile())) {
      assertThat(jar.stream().map(ZipEntry::getTimeLocal).distinct())
          .as("the times of the entries, which are the project's")
          .containsExactly(TIME);
      List<String> classes =
          jar.stream().map(ZipEntry::getName).filter(name -> name.endsWith(".class")).toList();
      assertThat(classes).isNotEmpty().isSorted();
      assertThat(
              new String(jar.getInputStream(jar.getEntry("META-INF/MANIFEST.MF")).readAllBytes()))
          .doesNotContain(System.getProperty("user.name") + "\n", "Built-By", "Build-Date");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"proto", "server", "client-java", "embedded"})
  void shouldCarryTheLicence(String module) throws Exception {
    try (JarFile jar = new JarFile(jar(module).toFile())) {
      assertThat(jar.getEntry("META-INF/LICENSE")).isNotNull();
      assertThat(jar.getEntry("META-INF/NOTICE")).isNotNull();
    }
  }
}
