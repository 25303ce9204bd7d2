package dev.polyproc.server.grpc;

import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Recipient;
import java.util.NoSuchElementException;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The replies of one stream, on their way from whoever applies to the event loop.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>Order is kept, and one drain runs at a time, on the loop.
 *   <li>What is not taken stays: a stream that its reader does not drain is not written to.
 *   <li>What was cleared takes nothing more.
 * </ul>
 */
final class Outbox implements Recipient {
  private final Queue<Outgoing> queue = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean scheduled = new AtomicBoolean();
  private final AtomicLong bytes = new AtomicLong();
  private final Executor loop;
  private volatile Runnable drain;
  private volatile boolean cleared;

  /** A reply and its size in bytes, the number of its call, and whether it is the last to it. */
  record Outgoing(long sequence, Answer reply, long size, boolean last) {}

  /**
   * An empty outbox.
   *
   * @param drain runs on the loop; takes what it can send
   */
  Outbox(Executor loop, Runnable drain) {
    this.loop = loop;
    this.drain = drain;
  }

  @Override
  public void reply(Invocation call, Answer reply, boolean last) {
    add(call.sequence(), reply, last);
  }

  void add(long sequence, Answer reply, boolean last) {
    if (!cleared) {
      Outgoing outgoing = new Outgoing(sequence, reply, reply.bytes(), last);
      bytes.addAndGet(outgoing.size());
      queue.add(outgoing);
      if (cleared) { // Meanwhile, by its loop.
        letGo();
      }
    }
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

  /** Takes the oldest reply; there must be one. */
  Outgoing take() {
    Outgoing next = queue.poll();
    if (next == null) {
      throw new NoSuchElementException("Expected a reply in the outbox");
    }
    bytes.addAndGet(-next.size());
    return next;
  }

  /** The size of the oldest reply, in bytes; 0 when there is none. */
  long nextSize() {
    Outgoing next = queue.peek();
    return next == null ? 0 : next.size();
  }

  /** The size of all replies, in bytes. */
  long bytes() {
    return bytes.get();
  }

  boolean isEmpty() {
    return queue.isEmpty();
  }

  /** Whether there are more than so many replies; it looks at no more of them. */
  boolean hasMoreThan(int replies) {
    return queue.stream().skip(replies).findFirst().isPresent();
  }

  /** The stream is gone: its replies go, and those that still come. */
  void clear() {
    cleared = true;
    drain = () -> {}; // A call that waits on without its stream keeps no more than this.
    letGo();
  }

  private void letGo() {
    queue.clear();
    bytes.set(0);
  }
}
