package dev.polyproc.server.supervisor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.files.Environment;
import dev.polyproc.v1.EnvironmentVariable;
import dev.polyproc.v1.Limits;
import dev.polyproc.v1.OutputSource;
import dev.polyproc.v1.ProcessOutputRequest;
import dev.polyproc.v1.ProcessStartRequest;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** A supervisor and what was reported, in the words of the tests. */
final class SupervisorFixture implements AutoCloseable {
  static final long GRACE_MILLIS = 2_000;

  final RecordedReports reports = new RecordedReports();
  final Supervisor supervisor;

  SupervisorFixture(Platform platform, long outputBytes) {
    Map<String, String> environment =
        Map.of("PATH", System.getenv("PATH"), "BASE", "base", "OVERRIDDEN", "no");
    supervisor =
        new Supervisor(
            Environment.of(environment),
            reports,
            limits(outputBytes),
            0,
            RecordedReports::notDead,
            () -> platform,
            GRACE_MILLIS);
  }

  /** So many bytes of each stream, and room for all that tests write. */
  static Limits limits(long outputBytes) {
    return Limits.newBuilder()
        .setOutputBytes(outputBytes)
        .setAllOutputBytes(1 << 30)
        .setProcesses(10_000)
        .build();
  }

  static ProcessStartRequest.Builder command(String command, String... arguments) {
    return ProcessStartRequest.newBuilder().setCommand(command).addAllArguments(List.of(arguments));
  }

  static ProcessStartRequest.Builder shell(String script) {
    return command("sh", "-c", script);
  }

  static EnvironmentVariable variable(String name, String value) {
    return EnvironmentVariable.newBuilder().setName(name).setValue(value).build();
  }

  void start(long process, ProcessStartRequest.Builder request) {
    supervisor.start(process, request.build(), Map.of());
  }

  OutputCursor cursor(long process, ProcessOutputRequest.Builder request) {
    return supervisor.output(process, request.build(), () -> {}).orElseThrow();
  }

  /** What is kept of stdout. */
  String stdout(long process) {
    return new String(
        read(process, ProcessOutputRequest.newBuilder(), OutputSource.OUTPUT_SOURCE_STDOUT),
        StandardCharsets.UTF_8);
  }

  /** What is kept of stderr. */
  String stderr(long process) {
    return new String(
        read(process, ProcessOutputRequest.newBuilder(), OutputSource.OUTPUT_SOURCE_STDERR),
        StandardCharsets.UTF_8);
  }

  byte[] read(long process, ProcessOutputRequest.Builder request, OutputSource source) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    OutputCursor cursor = cursor(process, request);
    for (var piece = cursor.next(10_000); piece != null; piece = cursor.next(10_000)) {
      if (piece.getSource() == source) {
        bytes.writeBytes(piece.getData().toByteArray());
      }
    }
    assertThat(cursor.hasEnded()).isTrue();
    return bytes.toByteArray();
  }

  /** All that the process writes until the end, pulled as a stream would pull it. */
  String followed(long process) {
    Follower follower = new Follower();
    follower.open(this, process);
    return RecordedReports.await(follower.end);
  }

  void awaitStdout(long process, String text) {
    Os.await(text, () -> stdout(process).startsWith(text));
  }

  @Override
  public void close() {
    supervisor.close();
  }

  private static final class Follower {
    final CompletableFuture<String> end = new CompletableFuture<>();
    private final StringBuilder seen = new StringBuilder();
    private OutputCursor cursor =
        new Output(new OutputMemory(1), 1)
            .open(ProcessOutputRequest.getDefaultInstance(), () -> {});

    synchronized void open(SupervisorFixture fixture, long process) {
      ProcessOutputRequest follow = ProcessOutputRequest.newBuilder().setFollow(true).build();
      cursor = fixture.supervisor.output(process, follow, this::pump).orElseThrow();
      pump();
    }

    synchronized void pump() {
      for (var piece = cursor.next(100); piece != null; piece = cursor.next(100)) {
        seen.append(piece.getData().toStringUtf8());
      }
      if (cursor.hasEnded()) {
        end.complete(seen.toString());
      }
    }
  }
}
