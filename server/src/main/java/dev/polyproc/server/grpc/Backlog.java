package dev.polyproc.server.grpc;

import java.util.ArrayDeque;
import java.util.Queue;

/**
 * The unary replies of one connection that gRPC has, and that its client has not read. A reply is
 * serialized only when those before it left little behind: until then it shares its values with the
 * store, so that a client that does not read costs no memory.
 *
 * <p>Used on the event loop only.
 */
final class Backlog {
  private static final long MOST_BYTES = 4L << 20;

  private final Queue<Unsent> unsent = new ArrayDeque<>();
  private long bytes;

  private record Unsent(long size, Runnable send) {}

  /** Sends a reply, now or when there is room; {@link #sent} must follow once. */
  void send(long size, Runnable send) {
    if (unsent.isEmpty() && mayTake(size)) {
      bytes += size;
      send.run();
    } else {
      unsent.add(new Unsent(size, send));
    }
  }

  /**
   * The client has read a reply, or its call is gone. Whether other replies wait: they are for
   * {@link #sendOn}, when all that is going on is over, as the whole connection may be going.
   */
  boolean sent(long size) {
    bytes -= size;
    return !unsent.isEmpty();
  }

  /** Sends the replies that wait, while there is room. */
  void sendOn() {
    for (Unsent next = unsent.peek(); next != null && mayTake(next.size()); next = unsent.peek()) {
      unsent.remove();
      bytes += next.size();
      next.send().run();
    }
  }

  /** One reply may be larger than all that may be under way. */
  private boolean mayTake(long size) {
    return bytes == 0 || bytes + size <= MOST_BYTES;
  }
}
