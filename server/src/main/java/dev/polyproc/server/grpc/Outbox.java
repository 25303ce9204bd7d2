package dev.polyproc.server.grpc;

import dev.polyproc.server.engine.Call;
import dev.polyproc.server.engine.Caller;
import dev.polyproc.server.engine.Reply;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The replies of one stream, on their way from whoever applies to the event loop.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>Order is kept, and one drain runs at a time, on the loop.
 *   <li>What is not polled stays: a stream that its reader does not drain is not written to.
 * </ul>
 */
final class Outbox implements Caller {
  private final Queue<Outgoing> queue = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean scheduled = new AtomicBoolean();
  private final Executor loop;
  private final Runnable drain;

  /** A reply, the number of its call, and whether it is the last to that call. */
  record Outgoing(long sequence, Reply reply, boolean last) {}

  /**
   * An empty outbox.
   *
   * @param drain runs on the loop; polls what it can send
   */
  Outbox(Executor loop, Runnable drain) {
    this.loop = loop;
    this.drain = drain;
  }

  @Override
  public void reply(Call call, Reply reply, boolean last) {
    add(call.sequence(), reply, last);
  }

  void add(long sequence, Reply reply, boolean last) {
    queue.add(new Outgoing(sequence, reply, last));
  }

  @Override
  public void flush() {
    if (scheduled.compareAndSet(false, true)) {
      loop.execute(
          () -> {
            scheduled.set(false);
            drain.run();
          });
    }
  }

  @Nullable Outgoing poll() {
    return queue.poll();
  }

  boolean isEmpty() {
    return queue.isEmpty();
  }
}
