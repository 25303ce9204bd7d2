package dev.polyproc.modular;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A program on the module path, in a JVM of its own. */
@Timeout(120)
class ModulePathTest {
  private static final Path JAVA = Path.of(System.getProperty("java.home"), "bin", "java");

  /** What comes with the embedded daemon, and not with the client. */
  private static final Pattern INSIDE =
      Pattern.compile(
          "/(polyproc-embedded|polyproc-server|grpc-services|grpc-inprocess|protobuf-java-util|gson"
              + "|jna|slf4j-api)-[^/]*$");

  @TempDir Path folder;
  private Process daemon;

  @BeforeEach
  void startDaemon() throws Exception {
    Path port = folder.resolve("port");
    daemon =
        new ProcessBuilder(
                JAVA.toString(),
                "-XX:TieredStopAtLevel=1",
                "-jar",
                "../server/target/polyprocd.jar",
                "--socket",
                folder.resolve("polyproc.sock").toString(),
                "--port",
                "0",
                "--port-file",
                port.toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("log").toFile())
            .start();
    while (!Files.exists(port)) {
      assertFalse(
          daemon.waitFor(50, TimeUnit.MILLISECONDS),
          () -> "Expected a daemon, but it ended: " + read(folder.resolve("log")));
    }
  }

  @AfterEach
  void endDaemon() throws InterruptedException {
    daemon.destroy();
    daemon.waitFor();
  }

  @Test
  void shouldUseTheDaemonAndNotTheInside() throws Exception {
    List<String> said =
        run(
            List.of(
                JAVA.toString(),
                "-XX:TieredStopAtLevel=1",
                "--module-path",
                modulePath(),
                "--module",
                "dev.polyproc.modular/dev.polyproc.modular.Main",
                "unix:" + folder.resolve("polyproc.sock")));
    assertEquals(
        List.of(
            "client in module dev.polyproc.client",
            "totals {a=2}",
            "refused true",
            "Expected a record that can be constructed, but dev.polyproc.modular.closed.Kept is in"
                + " a module that does not open dev.polyproc.modular.closed to dev.polyproc.client",
            "inaccessible dev.polyproc.client.internal.wire.Libraries"),
        said.stream().map(line -> line.replaceFirst("@\\S+$", "")).toList());
  }

  @Test
  void shouldNotCompileWithTheInside() throws Exception {
    Path module = folder.resolve("module-info.java");
    Files.writeString(module, "module curious { requires dev.polyproc.client; }");
    Path source = folder.resolve("Curious.java");
    Files.writeString(
        source,
        "package curious; class Curious { dev.polyproc.client.internal.session.Session session; }");
    String said = compile(1, modulePath(), folder, module, source);
    assertTrue(said.contains("package dev.polyproc.client.internal.session is not visible"), said);
  }

  @Test
  void shouldHaveTheDaemonInside() throws Exception {
    Path module = folder.resolve("module-info.java");
    Files.writeString(
        module, "module inside { requires dev.polyproc.client; requires dev.polyproc.embedded; }");
    Path source = folder.resolve("Inside.java");
    Files.writeString(
        source,
        "package inside;"
            + "import dev.polyproc.client.*;"
            + "import dev.polyproc.embedded.EmbeddedDaemon;"
            + "class Inside {"
            + "  public static void main(String[] arguments) throws Exception {"
            + "    try (EmbeddedDaemon daemon = EmbeddedDaemon.start();"
            + "        Polyproc polyproc = daemon.connect()) {"
            + "      PolyQueue<String> jobs = polyproc.queue(\"jobs\", String.class);"
            + "      jobs.put(\"a\");"
            + "      System.out.println(jobs.take() + \" \" + daemon.getClass().getModule());"
            + "    }"
            + "  }"
            + "}");
    Path classes = folder.resolve("inside");
    String path = modulePath(entry -> !entry.endsWith("classes"));
    compile(0, path, classes, module, source);

    List<String> said =
        run(
            List.of(
                JAVA.toString(),
                "-XX:TieredStopAtLevel=1",
                "--module-path",
                classes + File.pathSeparator + path,
                "--module",
                "inside/inside.Inside"));

    assertEquals(List.of("a module dev.polyproc.embedded"), said);
  }

  /** What a program has that uses the client. */
  private static String modulePath() {
    return modulePath(entry -> !INSIDE.matcher(entry).find());
  }

  /** What this test has on its class path, but for itself. */
  private static String modulePath(Predicate<String> filter) {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(entry -> !entry.contains("test-classes"))
        .filter(filter)
        .collect(Collectors.joining(File.pathSeparator));
  }

  /** Compiles with {@code result}, and answers what the compiler said. */
  private static String compile(int result, String modulePath, Path classes, Path... sources) {
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    List<String> arguments =
        new ArrayList<>(List.of("--module-path", modulePath, "-d", classes.toString()));
    Arrays.stream(sources).map(Path::toString).forEach(arguments::add);
    int actual =
        ToolProvider.getSystemJavaCompiler()
            .run(null, OutputStream.nullOutputStream(), said, arguments.toArray(new String[0]));
    String text = said.toString(StandardCharsets.UTF_8);
    assertEquals(result, actual, text);
    return text;
  }

  private static List<String> run(List<String> command) throws Exception {
    Process process =
        new ProcessBuilder(new ArrayList<>(command))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), said);
    return said.lines().toList();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }
}
