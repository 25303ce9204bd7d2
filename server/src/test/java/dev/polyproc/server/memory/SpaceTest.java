package dev.polyproc.server.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How it is told that there is no room, in the language that the system speaks. */
@Timeout(60)
final class SpaceTest {
  private static final Path FULL = Path.of("/dev/full");

  @TempDir Path locales;

  @Test
  void shouldTellAFullDeviceFromOtherFailures() throws Exception {
    assertThat(seen("C.UTF-8")).containsExactly("full", "other", "No space left on device");
  }

  @ParameterizedTest
  @ValueSource(strings = {"UTF-8", "ISO-8859-1"})
  void shouldTellItInAnotherLanguage(String charset) throws Exception {
    String german = "de_DE." + charset;
    assumeTrue(isMade(german, charset), "there is no German here");

    List<String> seen = seen(german);

    assumeTrue(!seen.get(2).contains("No space"), "the system's words are not translated here");
    assertThat(seen.subList(0, 2)).containsExactly("full", "other");
  }

  private boolean isMade(String locale, String charset) throws Exception {
    String file = locales.resolve(locale).toString();
    try {
      return new ProcessBuilder("localedef", "-i", "de_DE", "-f", charset, file)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return false;
    }
  }

  /** What a virtual machine sees in a locale. */
  private List<String> seen(String locale) throws Exception {
    assumeTrue(Files.isWritable(FULL), "there is no " + FULL);
    ProcessBuilder jvm =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Writer.class.getName(),
                locales.resolve("none").toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT);
    jvm.environment().keySet().removeIf(name -> name.startsWith("LANG"));
    jvm.environment().put("LC_ALL", locale);
    if (!locale.startsWith("C")) {
      jvm.environment().put("LOCPATH", locales.toString());
    }
    Process running = jvm.start();
    byte[] printed = running.getInputStream().readAllBytes();
    assertThat(running.waitFor()).isZero();
    return new ArrayList<>(new String(printed, StandardCharsets.UTF_8).lines().toList());
  }

  /** Writes where there is no room, and reads what is not there. */
  static final class Writer {
    private Writer() {}

    public static void main(String... arguments) throws IOException {
      IOException full = failure(() -> write(FULL));
      IOException missing = failure(() -> write(Path.of(arguments[0])));
      IOException otherwise = new FileSystemException("file", null, "not this");
      System.out.println(Space.isFull(full) ? "full" : "not full");
      System.out.println(Space.isFull(missing) || Space.isFull(otherwise) ? "full" : "other");
      System.out.write((full.getMessage() + "\n").getBytes(StandardCharsets.UTF_8));
      System.out.flush();
    }

    private static void write(Path file) throws IOException {
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        int unused = channel.write(ByteBuffer.allocate(1));
      }
    }

    /** What may fail. */
    private interface Attempt {
      void run() throws IOException;
    }

    private static IOException failure(Attempt attempt) {
      try {
        attempt.run();
      } catch (IOException e) {
        return e;
      }
      throw new AssertionError("Expected a failure, but there was none");
    }
  }
}
