package dev.polyproc.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Paths in a JVM of another locale than the tests'. */
class SystemPathTest {
  @TempDir Path folder;

  /** Makes the folder that its argument names, and one that is relative; prints their texts. */
  static final class Maker {
    public static void main(String[] arguments) throws IOException {
      String given = Setting.named(Environment.ofThisProcess()::get, "MADE");
      for (String text : new String[] {String.valueOf(given), "rel é", ""}) {
        Path path = SystemPath.of(text);
        Files.createDirectories(path);
        System.out.write(SystemPath.text(path).getBytes(java.nio.charset.StandardCharsets.UTF_8));
        System.out.write('\n');
      }
      System.out.println(SystemPath.encoding());
    }
  }

  @Test
  void shouldBeTheBytesOfTheirTextsWithoutALocale() throws Exception {
    Path work = Files.createDirectory(folder.resolve("w é"));
    Path made = folder.resolve("a %é日//b");
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            Maker.class.getName());
    builder.environment().put("LC_ALL", "C");
    builder.environment().put("MADE", made + " \n");
    Path output = folder.resolve("out");

    Process process =
        builder
            .directory(work.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();

    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(Files.readString(output).lines())
        .startsWith(made.toString(), work.resolve("rel é").toString(), work.toString())
        .doesNotContain("UTF-8");
    assertThat(made).isDirectory();
    assertThat(work.resolve("rel é")).isDirectory();
  }
}
