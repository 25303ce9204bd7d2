package dev.polyproc.integration;

import static dev.polyproc.integration.Requests.put;
import static dev.polyproc.integration.Requests.size;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Programs that give a command up, with the session of each language in the examples. */
@Timeout(120)
final class GivenUpHelperIT {
  private static final Path EXAMPLES = Launch.root().resolve("examples/wordcount");
  private static final Path TOOLS = Launch.root().resolve(".tools");
  private static final Path PROGRAMS =
      Launch.root().resolve("integration-tests/src/test/resources/given-up");

  @RegisterExtension static final SharedDaemon daemon = SharedDaemon.with();

  @TempDir static Path folder;

  private final Client client = daemon.client();

  @AfterEach
  void end() {
    client.close();
  }

  /** Which language. */
  enum Language {
    PYTHON,
    NODE,
    GO,
    RUST,
    CPP
  }

  @ParameterizedTest
  @EnumSource(Language.class)
  void shouldLoseNoItemToACallThatWasGivenUpWhileItWaited(Language language) throws Exception {
    String queue = "waiting-" + language;
    try (Program program = start(language, daemon.get().socket(), queue)) {
      program.say("go");
      await().until(() -> client.queues().size(size(queue)).getWaitingGets() == 1);

      program.giveUp();
      client.queues().put(put(queue, 7));
      program.say("on");

      assertThat(program.hear()).isEqualTo("got 7");
    }
  }

  @ParameterizedTest
  @EnumSource(Language.class)
  void shouldLoseNoItemToACallThatWasGivenUpWhenItHadOne(Language language) throws Exception {
    String queue = "granted-" + language;
    try (CuttingProxy proxy = new CuttingProxy(daemon.get().socket());
        Program program = start(language, proxy.socket(), queue)) {
      proxy.loseReplies();
      program.say("go");
      await().until(() -> client.queues().size(size(queue)).getWaitingGets() == 1);
      client.queues().put(put(queue, 7));

      program.giveUp(); // Its Cancel is answered, and that is lost as well.
      proxy.cut();
      program.say("on");

      assertThat(program.hear()).isEqualTo("got 7");
    }
  }

  private Program start(Language language, Path socket, String queue) throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(command(language, queue)).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().put("POLYPROC_ADDRESS", "unix:" + socket);
    String path =
        EXAMPLES.resolve("python/stubs") + File.pathSeparator + EXAMPLES.resolve("python");
    builder.environment().put("PYTHONPATH", path);
    Program program = new Program(language, builder.start());
    assertThat(program.hear()).isEqualTo("ready");
    return program;
  }

  private List<String> command(Language language, String queue) throws Exception {
    return switch (language) {
      case PYTHON -> {
        Path python = Launch.root().resolve(".tools/python/bin/python");
        assumeTrue(
            Files.isExecutable(python) && Files.isDirectory(EXAMPLES.resolve("python/stubs")),
            "Python is not set up");
        yield List.of(python.toString(), PROGRAMS.resolve("given_up.py").toString(), queue);
      }
      case NODE -> {
        assumeTrue(
            Workplace.has("node") && Files.isDirectory(EXAMPLES.resolve("node/node_modules")),
            "Node.js is not set up");
        yield List.of(
            "node",
            PROGRAMS.resolve("given_up.js").toString(),
            EXAMPLES.resolve("node/session.js").toString(),
            queue);
      }
      case GO -> {
        assumeTrue(
            Workplace.has("go") && Files.isDirectory(EXAMPLES.resolve("go/polyproc")),
            "Go is not set up");
        yield List.of(buildGo().toString(), queue);
      }
      case RUST -> {
        assumeTrue(isSetUp("rust-worker"), "Rust is not set up");
        yield List.of(buildRust().toString(), queue);
      }
      case CPP -> {
        assumeTrue(isSetUp("cpp-worker"), "C++ is not set up");
        yield List.of(buildCpp().toString(), queue);
      }
    };
  }

  private static boolean isSetUp(String name) {
    return Files.exists(TOOLS.resolve(name + ".done"));
  }

  /**
   * With the session of the Rust worker, which the contract lies beside. Always at the same place,
   * so that it is compiled when something changed.
   */
  private static Path buildRust() throws Exception {
    Path root = TOOLS.resolve("given-up");
    Path own = Files.createDirectories(root.resolve("examples/wordcount/rust"));
    Files.createDirectories(own.resolve("src"));
    if (!Files.exists(root.resolve("proto"))) {
      Files.createSymbolicLink(root.resolve("proto"), Launch.root().resolve("proto"));
    }
    Path worker = EXAMPLES.resolve("rust");
    for (String file : List.of("Cargo.toml", "Cargo.lock", "build.rs", "src/session.rs")) {
      write(own.resolve(file), Files.readString(worker.resolve(file)));
    }
    write(own.resolve("src/main.rs"), Files.readString(PROGRAMS.resolve("given_up.rs")));
    run(
        own,
        "env",
        "PROTOC=" + TOOLS.resolve("bin/protoc"),
        "CARGO_TARGET_DIR=" + TOOLS.resolve("rust"),
        "cargo",
        "build",
        "-q",
        "--locked",
        "--offline");
    return TOOLS.resolve("rust/debug/given-up");
  }

  private static void write(Path file, String worker) throws IOException {
    String text = worker.replace("\"wordcount\"", "\"given-up\"");
    if (!Files.exists(file) || !Files.readString(file).equals(text)) {
      Files.writeString(file, text);
    }
  }

  /** With the session of the C++ worker, and what was compiled for that one; made once. */
  private static Path buildCpp() throws Exception {
    Path made = folder.resolve("given-up-cpp");
    if (Files.exists(made)) {
      return made;
    }
    run(
        EXAMPLES.resolve("cpp/stubs"),
        "bash",
        "-c",
        "g++ -std=c++17 -I. -I.. -o \"$1\" \"$2\" messages.o $(pkg-config --libs grpc++ protobuf)",
        "bash",
        made.toString(),
        PROGRAMS.resolve("given_up.cc").toString());
    return made;
  }

  private static void run(Path in, String... command) throws Exception {
    Process build = new ProcessBuilder(command).directory(in.toFile()).inheritIO().start();
    assertThat(build.waitFor(100, TimeUnit.SECONDS)).as("it is built in time").isTrue();
    assertThat(build.exitValue()).isZero();
  }

  /** The program, with the session of the Go worker beside it; made once. */
  private static Path buildGo() throws Exception {
    Path program = folder.resolve("given-up");
    if (Files.exists(program)) {
      return program;
    }
    Path go = EXAMPLES.resolve("go");
    try (Stream<Path> files = Files.walk(go)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path copy = folder.resolve(go.relativize(file));
        Files.createDirectories(copy.getParent());
        Files.copy(file, copy);
      }
    }
    Files.delete(folder.resolve("worker.go"));
    Files.copy(PROGRAMS.resolve("given_up.go"), folder.resolve("given_up.go"));
    run(folder, "go", "build", "-buildvcs=false", "-o", "given-up");
    return program;
  }

  /** A program that is told what to do line by line. */
  private record Program(Language language, Process process, BufferedReader output)
      implements AutoCloseable {
    Program(Language language, Process process) {
      this(language, process, process.inputReader());
    }

    void say(String line) throws IOException {
      process.outputWriter().write(line + "\n");
      process.outputWriter().flush();
    }

    String hear() throws IOException {
      return String.valueOf(output.readLine());
    }

    void giveUp() throws IOException {
      if (language == Language.PYTHON) {
        Signals.send("INT", process.pid());
      } else {
        say("give up");
      }
      assertThat(hear()).isEqualTo("given up");
    }

    @Override
    public void close() {
      process.destroyForcibly();
    }
  }
}
