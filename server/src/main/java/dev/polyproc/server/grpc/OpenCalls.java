package dev.polyproc.server.grpc;

import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.v1.ErrorReason;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The open calls of callers with a credential, of all connections, in number.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>A quarter of what there may be is for connections that have few: who keeps a session alive,
 *       or looks what goes on, is not kept out by those who wait.
 * </ul>
 *
 * <p>Thread-safe, but for what it asks of a connection: that is its loop's.
 */
final class OpenCalls {
  /** What a connection may have open while others have nearly all that there may be. */
  private static final int FEW = 4;

  /** Such a part is for connections that have few. */
  private static final int SPARE_PART = 4;

  private final int most;
  private final AtomicInteger calls = new AtomicInteger();

  /** So many at most. */
  OpenCalls(int most) {
    this.most = most;
  }

  void take(Connection connection) {
    count(connection, 1);
  }

  void giveBack(Connection connection) {
    count(connection, -1);
  }

  private void count(Connection connection, int more) {
    if (!connection.isGone()) {
      calls.addAndGet(more);
      connection.calls(more);
    }
  }

  /** A connection is gone: so are its calls, though gRPC may not tell of each. */
  void forget(Connection connection) {
    calls.addAndGet(-connection.calls());
  }

  /** Whether there is no room for the calls of a connection. */
  boolean isTooMany(Connection connection) {
    return calls.get() > (connection.calls() <= FEW ? most : most - most / SPARE_PART);
  }

  Refusal tooMany(Connection connection) {
    return tooMany(most, calls.get(), connection.calls());
  }

  /** Too many open calls, so many of them of the connection. */
  static Refusal tooMany(int most, int calls, int own) {
    return new Refusal(
            ErrorReason.ERROR_REASON_LIMIT_REACHED,
            String.format(
                Locale.ROOT,
                "Expected at most %d open calls, a quarter of them of connections that have at most"
                    + " %d, but there would be %d, of which this connection has %d; end some, send"
                    + " calls over SessionService/Attach, which is one, or start the daemon with a"
                    + " higher --limit open_calls",
                most,
                FEW,
                calls,
                own))
        .with("limit", "open_calls");
  }
}
