package dev.polyproc.client.internal.session;

import dev.polyproc.client.SessionLostException;
import dev.polyproc.client.internal.call.CallbackThreads;
import java.lang.System.Logger.Level;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the client logs of its connection, under the name of {@code Polyproc}: one line when it
 * breaks, one when it is there again, one when the session is lost. The event loop's own; what is
 * logged is the program's, and runs elsewhere, one line after the other.
 */
final class ConnectionLog {
  private static final System.Logger LOG = System.getLogger("dev.polyproc.client.Polyproc");

  private final CallbackThreads threads;
  private final String name;
  private final Supplier<String> session;
  private CompletableFuture<@Nullable Void> lines = CompletableFuture.completedFuture(null);
  private boolean broken;
  private long since;

  /**
   * @param name the client and its session, in words
   * @param session the same, with its state of now
   */
  ConnectionLog(CallbackThreads threads, String name, Supplier<String> session) {
    this.threads = threads;
    this.name = name;
    this.session = session;
  }

  /** The connection broke; nothing more is said until it is there again. */
  void broken() {
    if (!broken) {
      broken = true;
      since = System.nanoTime();
      log(
          Level.WARNING,
          "Client " + session.get() + ": the connection broke; it is being made again");
    }
  }

  /** The daemon has taken an attachment. */
  void attached() {
    if (broken) {
      broken = false;
      long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - since);
      log(Level.INFO, "Client " + session.get() + ": connected again, after " + millis + " ms");
    }
  }

  /** The session is lost, also where the program has closed it by now. */
  void lost(SessionLostException how) {
    log(Level.WARNING, "Client " + name + ", lost: " + how.getMessage());
  }

  private void log(Level level, String line) {
    lines =
        lines.handleAsync(
            (before, failed) -> {
              LOG.log(level, line);
              return null;
            },
            threads::executeSoon);
  }
}
