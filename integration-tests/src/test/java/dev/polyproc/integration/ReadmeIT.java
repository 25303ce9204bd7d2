package dev.polyproc.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** What the README shows, run as it stands there. */
final class ReadmeIT {
  private static final String TWO_MACHINES = "From one machine to two";
  private static final String HOME = "/tmp/polyproc-$(id -u)";

  @RegisterExtension final OwnDaemons daemons = new OwnDaemons();
  @TempDir Path folder;
  private DaemonProcess daemon;

  @BeforeEach
  void start() {
    daemon = daemons.start(Launch.inPrivateFolder());
  }

  private static List<String> blocks(String language) throws IOException {
    return Document.at("README.md").without(TWO_MACHINES).blocks(language);
  }

  /** The commands against this test's daemon rather than the default one. */
  private String script() throws IOException {
    List<String> commands = new ArrayList<>();
    for (String block : blocks("sh")) {
      if (!block.contains("scripts/")) { // those start daemons and tests of their own
        commands.add(block);
      }
    }
    return "set -e\n"
        + String.join("\n", commands)
            .replace(HOME + "/polyproc.sock", daemon.socket().toString())
            .replace(HOME + "/token", daemon.tokenFile().toString())
            .replace("localhost:7461", "localhost:" + daemon.port());
  }

  private String run(List<String> command) throws IOException, InterruptedException {
    Path output = folder.resolve("output");
    ProcessBuilder builder = new ProcessBuilder(command).directory(Launch.root().toFile());
    builder.environment().put("POLYPROC_ADDRESS", "unix:" + daemon.socket());
    Process process = builder.redirectErrorStream(true).redirectOutput(output.toFile()).start();
    try {
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("%s ends", command).isTrue();
      String printed = Files.readString(output);
      assertThat(process.exitValue()).as(printed).isZero();
      return printed;
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void shouldRunTheCommandsOfTheShell() throws Exception {
    assumeTrue(Grpcurl.find().isPresent(), "grpcurl is not installed");

    String printed = run(List.of("bash", "-c", script()));

    assertThat(printed)
        .contains("polyproc.v1.QueueService", "rpc Put", "\"text\": \"hello\"")
        .contains("\"client\": \"my shell\"", "\"previous_owner_died\": true");
    assertThat(printed.lines().filter("{}"::equals).count())
        .as("the acquire that gave up, and the close")
        .isEqualTo(2);
  }

  @Test
  void shouldGoFromOneMachineToTwo() throws Exception {
    assumeTrue(Grpcurl.find().isPresent(), "grpcurl is not installed");
    List<String> blocks = Document.at("README.md").section(TWO_MACHINES).blocks("sh");
    String[] start = blocks.get(0).split("scripts/polyprocd", 2);
    String enter = "set -e\ncd " + folder + "\n";
    run(List.of("bash", "-c", enter + start[0]));
    String flags = start[1].replace("7462", "0").replace("daemon.", folder + "/daemon.");
    DaemonProcess far = daemons.start(Launch.inPrivateFolder().flags(flags.strip().split("\\s+")));

    String commands =
        blocks
            .get(1)
            .replace("7462", "" + far.listenPort())
            .replace(HOME + "/token", far.tokenFile().toString());
    String printed = run(List.of("bash", "-c", enter + commands));

    assertThat(printed).contains("polyproc.v1.QueueService");
  }

  @Test
  void shouldRunTheJavaProgram() throws Exception {
    Path source = folder.resolve("Hello.java");
    Files.writeString(
        source,
        "import dev.polyproc.client.*;\n"
            + "class Hello {\n"
            + "  public static void main(String[] arguments) throws Exception {\n"
            + blocks("java").get(0)
            + "  }\n}\n",
        StandardCharsets.UTF_8);
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));

    int errors =
        ToolProvider.getSystemJavaCompiler()
            .run(null, null, null, "-cp", classPath, "-d", folder.toString(), source.toString());
    assertThat(errors).isZero();
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    String printed = run(List.of(java, "-cp", classPath + ":" + folder, "Hello"));

    assertThat(printed).matches("(?s).*1, under token \\d+\\s*");
  }

  @Test
  void shouldShowATestThatIsRun() throws Exception {
    String shown = blocks("java").get(1);
    String body = shown.substring(shown.indexOf("class JobsTest"));
    Path test = Path.of("embedded/src/test/java/dev/polyproc/embedded/JobsTest.java");
    assertThat(Files.readString(Launch.root().resolve(test))).contains(body);
  }

  @Test
  void shouldRunThePythonProgram() throws Exception {
    Path python = Launch.root().resolve(".tools/python/bin/python");
    Path stubs = Launch.root().resolve("examples/wordcount/python/stubs");
    assumeTrue(Files.isExecutable(python) && Files.isDirectory(stubs), "Python is not set up");
    Path program = folder.resolve("hello.py");
    Files.writeString(program, String.join("", blocks("python")), StandardCharsets.UTF_8);

    String printed =
        run(List.of("env", "PYTHONPATH=" + stubs, python.toString(), program.toString()));

    assertThat(printed.strip()).isEqualTo("hello");
  }
}
