package dev.polyproc.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an editor shows the comments from: the sources, beside the jars that programs use. */
final class SourceJarsIT {
  private static List<Path> jars(String module, String name) throws Exception {
    Path target = Launch.root().resolve(module + "/target");
    assumeTrue(Files.isDirectory(target), module + " was not built");
    try (Stream<Path> files = Files.list(target)) {
      return files.filter(file -> file.getFileName().toString().matches(name)).toList();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "proto, dev/polyproc/v1/QueuePutRequest.java",
    "client-java, dev/polyproc/client/PolyQueue.java",
    "embedded, dev/polyproc/embedded/EmbeddedDaemon.java"
  })
  void shouldHaveTheSourcesBesideTheJar(String module, String source) throws Exception {
    String version = "polyproc-[a-z]+-[\\d.]+(-SNAPSHOT)?";
    assumeTrue(!jars(module, version + "\\.jar").isEmpty(), module + " was not built");

    List<Path> sources = jars(module, version + "-sources\\.jar");

    assertThat(sources).hasSize(1);
    try (JarFile jar = new JarFile(sources.get(0).toFile())) {
      assertThat(jar.getEntry(source)).isNotNull();
    }
  }
}
