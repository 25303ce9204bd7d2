package dev.polyproc.server.grpc;

import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.v1.ErrorReason;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What has arrived of requests and was not applied yet, of all connections, in bytes: frames that
 * are not a whole request, requests without their end, metadata of calls that are open, calls of a
 * stream that wait for their turn.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>Every byte is charged as long as it takes memory.
 *   <li>A connection that holds little is never refused for what others hold.
 * </ul>
 *
 * <p>Thread-safe, but for what it asks of a connection: that is its loop's.
 */
final class Arrivals {
  /** What all connections together may hold, whatever the others do. */
  private static final int SMALL_PART = 4;

  /** While it is not far too much, each may hold such a part. */
  private static final int PARTS = 16;

  private final long most;
  private final long small;
  private final AtomicLong bytes = new AtomicLong();

  /** So many bytes at most, of so many connections. */
  Arrivals(long most, int connections) {
    this.most = most;
    this.small = most / SMALL_PART / Math.max(1, connections);
  }

  void take(Connection connection, long more) {
    if (!connection.isGone()) {
      bytes.addAndGet(more);
      connection.arriving(more);
    }
  }

  void giveBack(Connection connection, long less) {
    take(connection, -less);
  }

  /** A connection is gone, and with it all that arrived on it, whatever is still told of it. */
  void forget(Connection connection) {
    bytes.addAndGet(-connection.arriving());
    connection.gone();
  }

  /**
   * Whether there is too much, and this connection has more than its part in it. Where there is far
   * too much, that is nearly nothing.
   */
  boolean isTooMuch(Connection connection) {
    return bytes.get() > most && connection.arriving() > (isFarTooMuch() ? small : most / PARTS);
  }

  /** Whether there is more than what is refused in time. */
  boolean isFarTooMuch() {
    return bytes.get() > most + most / 4;
  }

  Refusal tooMuch() {
    return new Refusal(
            ErrorReason.ERROR_REASON_MEMORY_FULL,
            String.format(
                Locale.ROOT,
                "Expected requests of all callers that arrive at once to have at most %d bytes, but"
                    + " they have %d; try again later, or send less at once",
                most,
                bytes.get()))
        .with("limit", "arriving_bytes");
  }

  long bytes() {
    return bytes.get();
  }
}
