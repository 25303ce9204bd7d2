package dev.polyproc.client.internal.call;

import dev.polyproc.v1.Limits;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;

/**
 * The grants that have come for futures and that nobody has seen yet. They are not confirmed, so
 * that the daemon can take them back from a future that is cancelled. They are few, since the
 * daemon keeps their replies: what is beyond counts as seen when it comes.
 *
 * <p>The event loop's own, but for {@link #seen}.
 */
public final class Unseen {
  private final int mostCalls;
  private final long mostBytes;
  private final Queue<AsyncCall<?>> seen = new ConcurrentLinkedQueue<>();
  private int calls;
  private long bytes;

  Unseen(Limits limits) {
    this.mostCalls = Math.max(1, limits.getWindowCalls() / 16);
    this.mostBytes = limits.getWindowBytes() / 8;
  }

  /** Whether there is room for a reply of so many bytes. */
  boolean hasRoomFor(int replyBytes) {
    return calls < mostCalls && bytes + replyBytes <= mostBytes;
  }

  void add(AsyncCall<?> call, int replyBytes) {
    call.heldBytes = replyBytes;
    calls++;
    bytes += replyBytes;
  }

  /** The call is not held any more: it was seen, or goes back. */
  void remove(AsyncCall<?> call) {
    calls--;
    bytes -= call.heldBytes;
    call.heldBytes = -1;
  }

  boolean isEmpty() {
    return calls == 0;
  }

  /** Somebody has seen the grant of a call. Any thread. */
  void seen(AsyncCall<?> call) {
    seen.add(call);
  }

  /** Shows, and forgets, those that were seen since this was last asked. */
  void takeSeen(Consumer<AsyncCall<?>> visitor) {
    for (AsyncCall<?> call = seen.poll(); call != null; call = seen.poll()) {
      remove(call);
      visitor.accept(call);
    }
  }
}
