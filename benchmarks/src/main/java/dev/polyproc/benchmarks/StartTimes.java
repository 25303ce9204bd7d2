package dev.polyproc.benchmarks;

import dev.polyproc.benchmarks.v1.Echo;
import dev.polyproc.benchmarks.v1.EchoServiceGrpc;
import dev.polyproc.v1.QueueCreateRequest;
import dev.polyproc.v1.QueueServiceGrpc;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * From the start of a process to its first answer: the daemon, which creates a queue, against a
 * bare server, which says what it hears. Both have the same flags and an archive of loaded classes
 * of their own.
 */
final class StartTimes {
  private final Path folder;
  private final Path target;
  private final List<String> daemon;
  private final List<String> bare;

  /**
   * What to start.
   *
   * @param folder for sockets and the bare server's archive
   */
  StartTimes(Path folder, Installation installation) {
    this.folder = folder;
    this.daemon = installation.daemon();
    this.target = installation.bareJar();
    this.bare =
        List.of(
            "-XX:SharedArchiveFile=" + folder.resolve("bare.jsa"),
            "-cp",
            target.toString(),
            BareServer.class.getName());
  }

  void run(Pace pace, Table table, double most) throws Exception {
    archive();
    List<Double> ours = new ArrayList<>();
    List<Double> others = new ArrayList<>();
    for (int i = 0; i < pace.starts(); i++) {
      Progress.say("starting servers, round " + (i + 1));
      others.add(bare(bare));
      ours.add(daemon(daemon));
    }
    Progress.clear();
    table.time("start to first answer", Sample.of(ours), Sample.of(others), most);
  }

  /** The bare server's archive, made as the build makes the daemon's. */
  private void archive() throws Exception {
    bare(
        List.of(
            "-XX:ArchiveClassesAtExit=" + folder.resolve("bare.jsa"),
            "-cp",
            target.toString(),
            BareServer.class.getName()));
  }

  private double bare(List<String> java) throws Exception {
    Path socket = folder.resolve("bare.sock");
    List<String> arguments = new ArrayList<>(java);
    arguments.add(socket.toString());
    long start = System.nanoTime();
    try (ServerProcess server = new ServerProcess(socket, Java.command(arguments))) {
      return millisToAnswer(
          start,
          server,
          connection ->
              EchoServiceGrpc.newBlockingStub(connection.channel()).say(Echo.getDefaultInstance()));
    }
  }

  /** Milliseconds until a daemon with these arguments of its JVM answers. */
  double daemon(List<String> java) throws Exception {
    Path socket = folder.resolve("start.sock");
    QueueCreateRequest request = QueueCreateRequest.newBuilder().setQueue("first").build();
    long start = System.nanoTime();
    try (ServerProcess server = ServerProcess.daemon(socket, java)) {
      return millisToAnswer(
          start,
          server,
          connection -> QueueServiceGrpc.newBlockingStub(connection.channel()).create(request));
    }
  }

  private static double millisToAnswer(long start, ServerProcess server, Consumer<Connection> call)
      throws InterruptedException {
    server.awaitSocket();
    while (true) {
      try (Connection connection = new Connection(server.socket())) {
        call.accept(connection);
        return (System.nanoTime() - start) / 1e6;
      } catch (StatusRuntimeException e) {
        // The socket's file is there a moment before anybody listens.
        if (e.getStatus().getCode() != Status.Code.UNAVAILABLE) {
          throw e;
        }
      }
    }
  }
}
