package dev.polyproc.benchmarks;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;

/** A Redis of its own on this machine, which keeps nothing on disk. */
final class Redis implements AutoCloseable {
  /** Above its default of 10,000, which are the sessions of {@link TailLoad#SESSIONS} alone. */
  private static final int CONNECTIONS = 12_000;

  private final ServerProcess server;
  private final int port;

  private Redis(ServerProcess server, int port) {
    this.server = server;
    this.port = port;
  }

  /**
   * Starts one on a socket and a free port.
   *
   * @param program the {@code redis-server}
   * @param processor where it runs
   */
  static Redis start(Path program, Path folder, Processor processor)
      throws IOException, InterruptedException {
    Path socket = folder.resolve("redis.sock");
    int port = freePort();
    List<String> command =
        List.of(
            program.toString(),
            "--bind",
            "127.0.0.1",
            "--port",
            Integer.toString(port),
            "--unixsocket",
            socket.toString(),
            "--dir",
            folder.toString(),
            "--save",
            "",
            "--appendonly",
            "no",
            "--maxclients",
            Integer.toString(CONNECTIONS));
    return new Redis(new ServerProcess(socket, processor.alone(command)).awaitSocket(), port);
  }

  Path socket() {
    return server.socket();
  }

  int port() {
    return port;
  }

  private static int freePort() throws IOException {
    try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return probe.getLocalPort();
    }
  }

  @Override
  public void close() throws IOException, InterruptedException {
    server.close();
  }
}
