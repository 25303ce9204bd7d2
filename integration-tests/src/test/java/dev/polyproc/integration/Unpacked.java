package dev.polyproc.integration;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** A release, unpacked in a folder that knows nothing of the clone. */
record Unpacked(Path root) {
  /** Makes a release in {@code folder}. */
  static Path release(Path folder, Consumer<Map<String, String>> environment) throws Exception {
    String printed =
        run(environment, Launch.root().resolve("scripts/release").toString(), folder.toString());
    return Path.of(printed.strip());
  }

  static Unpacked of(Path archive, Path folder) throws Exception {
    String unused =
        run(variables -> {}, "tar", "-xzf", archive.toString(), "-C", folder.toString());
    try (Stream<Path> roots = Files.list(folder)) {
      return new Unpacked(roots.findFirst().orElseThrow());
    }
  }

  Path jar() {
    return root.resolve("lib/polyprocd.jar");
  }

  Document document(String path) throws IOException {
    return new Document(Files.readString(root.resolve(path)));
  }

  /** The words that run a command with a PATH and a home, and nothing else of the environment. */
  static List<String> bare(Path home) {
    return List.of(
        "env",
        "-i",
        "HOME=" + home,
        "PATH=" + System.getProperty("java.home") + "/bin:/usr/bin:/bin");
  }

  /** Runs a command that must succeed; what it printed. */
  static String run(Consumer<Map<String, String>> environment, String... command)
      throws IOException, InterruptedException {
    Path errors = Files.createTempFile("polyproc-it-", ".err");
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors.toFile());
    environment.accept(builder.environment());
    Process process = builder.start();
    try {
      process.getOutputStream().close();
      String printed = new String(process.getInputStream().readAllBytes());
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).as(printed + Files.readString(errors)).isZero();
      return printed;
    } finally {
      process.destroyForcibly();
      Files.delete(errors);
    }
  }
}
