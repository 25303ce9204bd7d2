package dev.polyproc.server.grpc;

import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.v1.ErrorReason;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The replies of one connection that its client has not read, and what waits until it does.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>A reply is serialized only when those before it left little behind: until then it shares
 *       its values with the store, so that a client that does not read costs no memory.
 *   <li>While replies wait, further calls of the connection wait too, and have no effect yet.
 *   <li>What is given up leaves at once.
 * </ul>
 *
 * <p>Used on its connection's event loop only.
 */
final class Backlog {
  /** What a reply takes beside its bytes: gRPC serializes into buffers of 4 KiB at least. */
  static final long MESSAGE_BYTES = 4 << 10;

  /** Who reads so many bytes while others wait for him is slow, and not stalled. */
  private static final long LEAST_PROGRESS = 256 << 10;

  /** And is read at a pace that lets it have read all that it has after so many times. */
  private static final int MOST_LOOKS = 12;

  private final Connection connection;
  private final Unsent all;
  private final Set<Waiting> replies = new LinkedHashSet<>();
  private final Set<Waiting> calls = new LinkedHashSet<>();
  private final Set<Waiting> streams = new LinkedHashSet<>();
  private final Set<Outlet<?>> outlets = new LinkedHashSet<>();
  private boolean scheduled;
  private long bytes;
  private long queued;
  private long settled;
  private boolean reading;
  private long writtenThen;
  private long since;

  /** Something that waits for its turn. */
  interface Waiting {
    /** How many bytes it will send at once. */
    long size();

    /** It is its turn. */
    void go();
  }

  Backlog(Connection connection, Unsent all) {
    this.connection = connection;
    this.all = all;
  }

  /** What was sent and not read. */
  long bytes() {
    return bytes + queued;
  }

  /** Sends a reply, now or when there is room; {@link #giveBack} must follow once. */
  void send(Waiting reply) {
    if (replies.isEmpty() && mayTake(reply.size())) {
      take(reply.size());
      reply.go();
    } else {
      replies.add(reply);
      queued += reply.size();
      all.queue(reply.size());
      all.await(this);
    }
  }

  /** So much more waits in a stream, whose replies share their values with the store as well. */
  void waits(long more) {
    queued += more;
    if (more > 0) {
      all.queue(more);
    } else if (more < 0) {
      all.unqueue(-more);
    }
  }

  /** Begins a call, now or when what is unsent has been read. */
  void begin(Waiting call) {
    if (calls.isEmpty() && !isFull()) {
      call.go();
    } else {
      calls.add(call);
    }
  }

  /** Has a stream, which had no room, go on when there is some. */
  void whenRoom(Waiting stream) {
    streams.add(stream);
    all.await(this);
    if (outlets.stream().anyMatch(Outlet::isFresh)) {
      goOn(); // What was sent a moment ago may be gone a moment later, of which nobody tells.
    }
  }

  /** Something that waits is given up. */
  void forget(Waiting waiting) {
    calls.remove(waiting);
    streams.remove(waiting);
    if (replies.remove(waiting)) {
      unqueue(waiting);
    }
  }

  /** Whether so much more may be sent. */
  boolean mayTake(long size) {
    if (all.mayTake(bytes, size + MESSAGE_BYTES)) {
      return true;
    }
    settle();
    return all.mayTake(bytes, size + MESSAGE_BYTES);
  }

  /** A call whose reply of so many bytes has no room, as those of earlier calls or streams wait. */
  Refusal unread(String earlier, long size) {
    return new Refusal(
            ErrorReason.ERROR_REASON_LIMIT_REACHED,
            "Expected the replies of earlier "
                + earlier
                + " to be read, but too much of them is unsent; read them first")
        .with("limit", all.limit(bytes, size + MESSAGE_BYTES));
  }

  void take(long size) {
    bytes += size + MESSAGE_BYTES;
    all.take(size + MESSAGE_BYTES);
  }

  /** The client has read something, or its call is gone. */
  void giveBack(long size) {
    giveBackBytes(size + MESSAGE_BYTES);
  }

  void giveBackBytes(long less) {
    bytes -= less;
    all.giveBack(less);
    goOn();
  }

  /** Serves what waits when all that is going on is over, as the whole connection may be going. */
  void goOn() {
    if (!scheduled && !(replies.isEmpty() && calls.isEmpty() && streams.isEmpty())) {
      scheduled = true;
      connection.loop().afterwards(this::serve);
    }
  }

  private void serve() {
    scheduled = false;
    settle();
    for (Waiting next = first(replies);
        next != null && mayTake(next.size());
        next = first(replies)) {
      replies.remove(next);
      unqueue(next);
      take(next.size());
      next.go();
    }
    for (Waiting next : List.copyOf(streams)) {
      if (mayTake(next.size()) && streams.remove(next)) {
        next.go();
      }
    }
    for (Waiting next = first(calls); next != null && !isFull(); next = first(calls)) {
      calls.remove(next);
      next.go();
    }
    if (!replies.isEmpty() || !streams.isEmpty()) {
      all.await(this);
    }
  }

  private static @Nullable Waiting first(Set<Waiting> set) {
    return set.isEmpty() ? null : set.iterator().next();
  }

  private void unqueue(Waiting reply) {
    queued -= reply.size();
    all.unqueue(reply.size());
  }

  private boolean isFull() {
    if (replies.isEmpty() && all.isFull(bytes)) {
      settle();
    }
    return !replies.isEmpty() || all.isFull(bytes);
  }

  /** A stream that may send. */
  void add(Outlet<?> outlet) {
    outlets.add(outlet);
  }

  void remove(Outlet<?> outlet) {
    outlets.remove(outlet);
  }

  /** Finds out what has left, where something may have since it was last asked. */
  void settle() {
    if (settled != connection.changes()) {
      settled = connection.changes();
      new ArrayList<>(outlets).forEach(Outlet::settle);
    }
  }

  /**
   * Whether the client has read next to nothing for so long, or a small part of what there was to
   * read.
   */
  boolean isStalled(long now, long patienceNanos) {
    long written = connection.written();
    if (bytes == 0
        || !reading
        || written - writtenThen > Math.max(LEAST_PROGRESS, bytes / MOST_LOOKS)) {
      reading = bytes > 0;
      writtenThen = written;
      since = now;
      return false;
    }
    return now - since > patienceNanos;
  }

  /** Ends the connection, whose client does not read. */
  void close() {
    connection.close("it did not read its replies, for whose room others waited");
  }

  /** The connection is gone. */
  void closed() {
    replies.forEach(this::unqueue);
    replies.clear();
    calls.clear();
    streams.clear();
    all.forget(this);
  }
}
