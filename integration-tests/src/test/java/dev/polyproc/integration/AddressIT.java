package dev.polyproc.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.polyproc.integration.Launch.Outcome;
import dev.polyproc.v1.ProcessOutputRequest;
import dev.polyproc.v1.ProcessStartRequest;
import dev.polyproc.v1.ProcessWaitRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The address of a Unix socket is {@code unix:} and the path itself, to every language: to whoever
 * is told it, and to a process that the daemon started. What one of them would take for something
 * else is refused when the daemon starts.
 */
final class AddressIT {
  /** What none of them takes for anything else, although it looks so. */
  private static final String ODD = "a é日 +&=;:@!$'()*[]{}|^~\\\"<>`";

  @RegisterExtension
  static final SharedDaemon daemon = SharedDaemon.with(Launch.inPrivateFolder(ODD));

  @TempDir Path folder;

  private final Client client = daemon.client();

  @AfterEach
  void end() {
    client.close();
  }

  @Test
  void shouldBeTheSameToJava() throws Exception {
    requireCalls(Program.java());
  }

  @Test
  void shouldBeTheSameToPython() throws Exception {
    assumeTrue(
        Files.isExecutable(Launch.root().resolve(".tools/python/bin/python")),
        "Python is not set up");
    requireCalls(Program.python());
  }

  @Test
  void shouldBeTheSameToNode() throws Exception {
    assumeTrue(
        Files.isDirectory(Launch.root().resolve("examples/wordcount/node/node_modules")),
        "Node.js is not set up");
    requireCalls(Program.node());
  }

  @Test
  void shouldBeTheSameToGo() throws Exception {
    assumeTrue(
        Files.isExecutable(Launch.root().resolve(".tools/bin/wordcount-go")), "Go is not set up");
    requireCalls(Program.go(folder));
  }

  @Test
  void shouldBeTheSameToJavaWithoutALocale() throws Exception {
    Program program = Program.java();

    String printed =
        program.run(
            variables -> {
              variables.put("LC_ALL", "C");
              variables.put("POLYPROC_ADDRESS", "unix:" + daemon.get().socket());
            });

    assertThat(printed).contains(Program.DONE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a%b", "a%25b", "a?b", "a#b", "a,b", "a\nb", "a\tb", "a\u007fb"})
  void shouldBeRefusedAtTheStartWhereOneLanguageCannotBeToldIt(String name) {
    Path socket = folder.resolve(name).resolve("s");

    Outcome outcome = Launch.in(folder).flags("--socket", socket.toString()).run();

    assertThat(outcome.exit()).isEqualTo(1);
    assertThat(outcome.errors())
        .startsWith("polyprocd: Expected a --socket that every language can be told, but ")
        .endsWith("; choose another --socket\n");
    assertThat(socket.getParent()).doesNotExist();
  }

  @Test
  void shouldBeRefusedAtTheStartWhereItIsNotText() throws Exception {
    Outcome outcome =
        Launch.in(folder)
            .through("sh", "-c", "exec \"$@\" --socket \"$(printf '/tmp/\\377/s')\"", "sh")
            .run();

    assertThat(outcome.exit()).isEqualTo(2);
    assertThat(outcome.errors()).contains("Expected --socket to be a path in UTF-8, but ");
  }

  @Test
  void shouldNameTheVariableThatIsNotText() throws Exception {
    Outcome outcome =
        Launch.in(folder)
            .atDefaultSocket(folder.resolve("none"))
            .through("sh", "-c", "XDG_RUNTIME_DIR=$(printf '/tmp/\\377') exec \"$@\"", "sh")
            .run();

    assertThat(outcome.exit()).isEqualTo(2);
    assertThat(outcome.errors()).contains("Expected XDG_RUNTIME_DIR to be a path in UTF-8, but ");
  }

  /** By whoever is told the address, and by a process of the daemon. */
  private void requireCalls(Program program) throws IOException, InterruptedException {
    String address = "unix:" + daemon.get().socket();
    assertThat(program.run(variables -> {}, address)).contains(Program.DONE);

    List<String> command = program.command();
    String process =
        client
            .processes()
            .start(
                ProcessStartRequest.newBuilder()
                    .setCommand(command.get(0))
                    .addAllArguments(command.subList(1, command.size()))
                    .build())
            .getProcess()
            .getRef()
            .getName();
    assertThat(
            client
                .processes()
                .wait(ProcessWaitRequest.newBuilder().setProcess(process).build())
                .getProcess()
                .getExitCode())
        .as("what %s printed: %s", process, output(process))
        .isZero();
    assertThat(output(process)).contains(Program.DONE);
  }

  private String output(String process) {
    StringBuilder output = new StringBuilder();
    client
        .processes()
        .output(ProcessOutputRequest.newBuilder().setProcess(process).build())
        .forEachRemaining(piece -> output.append(piece.getData().toStringUtf8()));
    return output.toString();
  }
}
