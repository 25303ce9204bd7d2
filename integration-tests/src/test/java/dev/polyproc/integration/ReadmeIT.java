package dev.polyproc.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the README shows, run as it stands there. */
final class ReadmeIT {
  /** What a reader types into a terminal of its own: it goes on until the reader ends it. */
  private static final String DAEMON = "scripts/polyprocd ";

  @RegisterExtension final OwnDaemons daemons = new OwnDaemons();
  @RegisterExtension final Workplace workplace = new Workplace();

  private static List<String> blocks(String language) throws IOException {
    return Document.at("README.md").blocks(language);
  }

  /** All commands in their order, the daemons in the background; those of a session once more. */
  private static String script() throws IOException {
    StringBuilder script =
        new StringBuilder(
            """
            set -m # each daemon with what it starts is a process group
            daemons=()
            finish() { kill -- "${daemons[@]/#/-}"; wait; }
            trap finish EXIT
            """);
    // The demo has a test of its own, and the two others run all tests.
    for (String block : Document.at("README.md").blocksWithout("sh", "scripts/demo ")) {
      if (block.contains(DAEMON)) {
        script
            .append("(\n" + block + ") >daemon 2>&1 &\ndaemons+=($!)\n")
            .append(
                "until grep -q '^polyprocd ready' daemon; do kill -0 $! || { cat daemon; exit 1; };"
                    + " ")
            .append("sleep 0.1; done; mv daemon daemon-$!\n");
      } else {
        script.append(block);
      }
    }
    blocks("sh").stream().filter(block -> block.startsWith("session=")).forEach(script::append);
    return script.toString();
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @Test
  void shouldRunOrNameEveryBlock() throws Exception {
    assertThat(Document.at("README.md").languages())
        .containsExactlyInAnyOrder("sh", "xml", "kotlin", "java", "python");
    assertThat(blocks("xml"))
        .as("the coordinates of the libraries, which are no command")
        .hasSize(1);
    assertThat(blocks("kotlin")).as("the same for Gradle, which is not run").hasSize(1);
    assertThat(blocks("java")).as("a program, a test, and what follows a restart").hasSize(3);
    assertThat(blocks("python")).as("with the package, and with stubs").hasSize(2);
  }

  /** With the first daemon still running when the second one starts. */
  @ParameterizedTest
  @ValueSource(strings = {"", "runtime"})
  void shouldRunTheCommandsOfTheShell(String runtimeFolder) throws Exception {
    assumeTrue(Grpcurl.find().isPresent(), "grpcurl is not installed");
    int first = freePort();
    int second = freePort();
    Path home = workplace.folder().resolve("home");
    workplace
        .replace(
            DAEMON + "--socket /tmp/polyproc-$(id -u)/polyproc.sock",
            DAEMON + "--port " + first + " --socket /tmp/polyproc-$(id -u)/polyproc.sock")
        .replace("/tmp/polyproc-$(id -u)/", home + "/")
        .replace("localhost:7461", "localhost:" + first)
        .replace("7462", second)
        .environment("POLYPROCD_JAVA_OPTIONS", "-Xmx128m")
        .environment(
            "XDG_RUNTIME_DIR",
            runtimeFolder.isEmpty() ? "" : workplace.folder().resolve(runtimeFolder).toString());

    String printed = workplace.shell(script());

    assertThat(printed)
        .contains("polyproc.v1.QueueService", "rpc Put", "// Puts an item at the tail, or where")
        .contains("\"text\": \"hello\"")
        .contains("\"client\": \"my shell\"", "\"previous_owner_died\": true");
    assertThat(printed.lines().filter("{}"::equals).count())
        .as("twice: the acquire that gave up, the end of the session, the release")
        .isEqualTo(6);
    assertThat(printed.lines().filter("polyproc.v1.QueueService"::equals).count())
        .as("the lists through the socket, TCP and TLS")
        .isEqualTo(3);
  }

  /** For the programs, which know no more than POLYPROC_ADDRESS. */
  private DaemonProcess startDaemon(Launch launch) {
    DaemonProcess daemon = daemons.start(launch);
    workplace.environment("POLYPROC_ADDRESS", "unix:" + daemon.socket());
    return daemon;
  }

  /** Compiles a program of what is shown; answers the command that runs it. */
  private String[] program(String shown) throws IOException {
    Path folder = workplace.folder();
    Path source = folder.resolve("Hello.java");
    Files.writeString(
        source,
        "import dev.polyproc.client.*;\n"
            + "import java.time.Duration;\n"
            + "class Hello {\n"
            + "  public static void main(String[] arguments) throws Exception {\n"
            + shown
            + "  }\n}\n");
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    int errors =
        ToolProvider.getSystemJavaCompiler()
            .run(null, null, null, "-cp", classPath, "-d", folder.toString(), source.toString());
    assertThat(errors).isZero();
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    return new String[] {java, "-cp", classPath + ":" + folder, "Hello"};
  }

  @Test
  void shouldRunTheJavaProgram() throws Exception {
    String[] hello = program(blocks("java").get(0) + blocks("java").get(2));
    startDaemon(Launch.inPrivateFolder());

    String printed = workplace.run(hello);

    assertThat(printed).matches("(?s).*1, under token \\d+\\s+done\\s*");
  }

  @Test
  void shouldGoOnWithADaemonThatWasKilledAndStartedAgain() throws Exception {
    String recipe = blocks("java").get(2);
    String put = "work.put(";
    assertThat(recipe).containsOnlyOnce(put);
    String[] hello =
        program(recipe.replace(put, "System.out.println(\"here\"); System.in.read(); " + put));
    Launch launch = Launch.inPrivateFolder().flags("--session-ttl", "2s");
    DaemonProcess daemon = startDaemon(launch);
    Path output = workplace.folder().resolve("output");
    Process process = workplace.start(output, hello);
    try {
      awaitOutput(process, output, "here\n");
      daemon.kill();
      goOn(process);
      awaitOutput(process, output, "; connect again for a new session");

      daemons.start(launch);
      awaitOutput(process, output, "(?s).*here\n.*here\n");
      goOn(process);

      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(Files.readString(output)).endsWith("here\ndone\n");
      assertThat(process.exitValue()).isZero();
    } finally {
      process.destroyForcibly();
    }
  }

  private static void goOn(Process process) throws IOException {
    process.getOutputStream().write('\n');
    process.getOutputStream().flush();
  }

  private static void awaitOutput(Process process, Path output, String pattern) throws IOException {
    Pattern expected = Pattern.compile(pattern);
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> !process.isAlive() || expected.matcher(Files.readString(output)).find());
    assertThat(Files.readString(output)).containsPattern(expected);
  }

  @Test
  void shouldShowATestThatIsRun() throws Exception {
    String shown = blocks("java").get(1);
    String body = shown.substring(shown.indexOf("class JobsTest"));
    Path test = Path.of("embedded/src/test/java/dev/polyproc/embedded/JobsTest.java");
    assertThat(Files.readString(Launch.root().resolve(test))).contains(body);
  }

  @Test
  void shouldRunTheProgramOfThePythonPackage() throws Exception {
    Path python = PythonPackage.python();
    startDaemon(Launch.inPrivateFolder());
    Path program = workplace.write("hello.py", blocks("python").get(0));

    String printed = workplace.run(python.toString(), program.toString());

    assertThat(printed).matches("\\{'ada': 3\\} under token \\d+\n");
  }

  @Test
  void shouldRunThePythonProgramOverStubs() throws Exception {
    Path python = Launch.root().resolve(".tools/python/bin/python");
    Path stubs = Launch.root().resolve("examples/wordcount/python/stubs");
    assumeTrue(Files.isExecutable(python) && Files.isDirectory(stubs), "Python is not set up");
    startDaemon(Launch.inPrivateFolder());
    workplace.environment("PYTHONPATH", stubs.toString());
    Path program = workplace.write("hello.py", blocks("python").get(1));

    String printed = workplace.run(python.toString(), program.toString());

    assertThat(printed.strip()).isEqualTo("hello");
  }
}
