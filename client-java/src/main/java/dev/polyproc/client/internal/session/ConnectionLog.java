package dev.polyproc.client.internal.session;

import dev.polyproc.client.SessionLostException;
import dev.polyproc.client.internal.call.CallbackThreads;
import java.lang.System.Logger.Level;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What the client logs of its connection, under the name of {@code Polyproc}: one line when it
 * breaks, one when it is there again, one when the session is lost. The event loop's own; what is
 * logged is the program's, and runs elsewhere, one line after the other.
 */
public final class ConnectionLog {
  private static final System.Logger LOG = System.getLogger("dev.polyproc.client.Polyproc");

  private final CallbackThreads threads;
  private CompletableFuture<@Nullable Void> lines = CompletableFuture.completedFuture(null);
  private boolean broken;
  private long since;

  ConnectionLog(CallbackThreads threads) {
    this.threads = threads;
  }

  /** The connection broke; nothing more is said until it is there again. */
  void broken(Session session) {
    if (!broken) {
      broken = true;
      since = System.nanoTime();
      log(Level.WARNING, "Client " + session + ": the connection broke; it is being made again");
    }
  }

  /** The daemon has taken an attachment. */
  void attached(Session session) {
    if (broken) {
      broken = false;
      long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - since);
      log(Level.INFO, "Client " + session + ": connected again, after " + millis + " ms");
    }
  }

  /**
   * The session is lost.
   *
   * @param session in words, as it was lost
   */
  void lost(String session, SessionLostException how) {
    log(Level.WARNING, "Client " + session + ": " + how.getMessage());
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
