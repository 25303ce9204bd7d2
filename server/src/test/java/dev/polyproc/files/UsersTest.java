package dev.polyproc.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

final class UsersTest {
  private static final Path NOBODY = Path.of("/proc/sys/kernel/overflowuid");

  /** A file of /proc/sys ends after the first read, however little that asked for. */
  @Test
  void shouldReadTheWholeOfWhatTheKernelSays() throws IOException, InterruptedException {
    assumeTrue(Files.exists(NOBODY), "this is not Linux");
    Process cat = new ProcessBuilder("cat", NOBODY.toString()).start();
    String nobody = new String(cat.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    assertThat(cat.waitFor()).isZero();

    assertThat(Users.nobody()).isEqualTo(Long.parseLong(nobody.strip()));
  }
}
