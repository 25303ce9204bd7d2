package dev.polyproc.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** What docs/stubs.md shows, run as it stands there. */
final class StubsIT {
  private static final String HOME = "/tmp/polyproc/";
  private static final Certificates CERTIFICATES = Certificates.shared();

  @RegisterExtension
  static final SharedDaemon daemon =
      SharedDaemon.with(CERTIFICATES.flags(CERTIFICATES.identity("server")));

  @TempDir Path folder;

  private static Document page() throws IOException {
    return Document.at("docs/stubs.md");
  }

  /** For this test's daemon and folder rather than the user's own. */
  private String here(String code) {
    DaemonProcess own = daemon.get();
    return code.replace(HOME + "polyproc.sock", own.socket().toString())
        .replace(HOME + "token", own.tokenFile().toString())
        .replace("localhost:7461", "localhost:" + own.port())
        .replace("localhost:7462", "localhost:" + own.listenPort())
        .replace("\"ca.pem\"", "\"" + CERTIFICATES.ca() + "\"")
        .replaceAll("\\bstubs\\b(?!\\.)", folder.resolve("stubs").toString());
  }

  private String run(String... command) throws IOException, InterruptedException {
    Path output = folder.resolve("output");
    ProcessBuilder builder = new ProcessBuilder(command).directory(Launch.root().toFile());
    builder
        .environment()
        .merge(
            "PATH",
            Launch.root().resolve(".tools/python/bin") + ":" + Launch.root().resolve(".tools/bin"),
            (path, ours) -> ours + ":" + path);
    builder.environment().put("PYTHONPATH", folder.resolve("stubs").toString());
    Process process = builder.redirectErrorStream(true).redirectOutput(output.toFile()).start();
    try {
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("%s ends", (Object) command).isTrue();
      String printed = Files.readString(output);
      assertThat(process.exitValue()).as(printed).isZero();
      return printed;
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void shouldRunTheProgram() throws Exception {
    assumeTrue(
        Files.isExecutable(Launch.root().resolve(".tools/python/bin/python")),
        "Python is not set up");
    String generate = page().section("Generate").blocks("sh").get(0);
    Path program =
        Files.writeString(
            folder.resolve("program.py"), here(String.join("\n\n", page().blocks("python"))));

    run("bash", "-ec", here(generate));
    String printed = run("bash", "-ec", "python " + program);

    assertThat(printed.lines())
        .containsExactly(
            "contract 1",
            "contract 1",
            "OBJECT_NOT_FOUND - Expected an object named 'no-such-queue', but there is none; create it"
                + " before, or see AdminService/List for those there are",
            "entries 1 and more",
            "no item",
            "size 1",
            "no answer in time",
            "waiting 0",
            "hello attempt 1",
            "RESERVATION_ENDED",
            "GUARD_FAILED",
            "fruits 1",
            "OBJECT_DELETED");
  }

  @Test
  void shouldRunTheCommandsOfTheShell() throws Exception {
    assumeTrue(Grpcurl.find().isPresent(), "grpcurl is not installed");

    String printed = run("bash", "-ec", here(page().section("From a shell").blocks("sh").get(0)));

    assertThat(printed).contains("\"accepted\": true", "\"size\": 1");
  }
}
