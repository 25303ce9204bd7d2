package dev.polyproc.server;

import dev.polyproc.files.Environment;
import dev.polyproc.server.supervisor.NotifySocket;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Whoever looks after the daemon, such as systemd with a unit of {@code Type=notify}: is told when
 * the daemon serves, and when it begins to go down. What cannot be told is logged, and the daemon
 * goes on.
 */
final class ServiceManager {
  private final @Nullable NotifySocket socket;

  private ServiceManager(@Nullable NotifySocket socket) {
    this.socket = socket;
  }

  /** The one that the environment names, if any. */
  static ServiceManager of(Environment environment) {
    try {
      return new ServiceManager(NotifySocket.of(environment));
    } catch (IllegalArgumentException e) {
      warn(e);
      return new ServiceManager(null);
    }
  }

  /** The daemon answers calls. */
  void ready() {
    send("READY=1");
  }

  /** The daemon begins to go down. */
  void stopping() {
    send("STOPPING=1");
  }

  private void send(String word) {
    if (socket == null) {
      return;
    }
    try {
      socket.send(word);
    } catch (IOException e) {
      warn(e);
    }
  }

  private static void warn(Exception why) {
    LoggerFactory.getLogger(ServiceManager.class).warn("{}", why.getMessage());
  }
}
