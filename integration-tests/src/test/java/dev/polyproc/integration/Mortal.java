package dev.polyproc.integration;

import com.google.protobuf.util.Durations;
import dev.polyproc.v1.ClientProcess;
import dev.polyproc.v1.SessionOpenRequest;
import java.io.IOException;

/**
 * A session that lives in a process of its own, which does nothing but be killed: what the session
 * does, a test does for it.
 */
final class Mortal implements AutoCloseable {
  private static final int TIME_TO_LIVE_SECONDS = 600;

  private final Process process;
  private final Client client;

  private Mortal(Process process, Client client) {
    this.process = process;
    this.client = client;
  }

  /** A new process, and a session that ends with it. */
  static Mortal of(Client connection) {
    try {
      Process process = new ProcessBuilder("sleep", "600").start();
      String session =
          connection
              .sessions()
              .open(
                  SessionOpenRequest.newBuilder()
                      .setClient("mortal")
                      .setTimeToLive(Durations.fromSeconds(TIME_TO_LIVE_SECONDS))
                      .setProcess(ClientProcess.newBuilder().setPid(process.pid()))
                      .build())
              .getSession();
      return new Mortal(process, connection.with(Envelope.of(session)));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The calls of its session. */
  Client client() {
    return client;
  }

  /** {@code kill -9}. */
  void kill() {
    process.destroyForcibly();
  }

  @Override
  public void close() {
    kill();
  }
}
