package dev.polyproc.server.grpc;

import dev.polyproc.server.engine.refusal.Refusal;
import io.grpc.ServerCall;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Stream;
import org.jspecify.annotations.Nullable;

/**
 * What one stream of messages of type {@code R} sends, charged to its connection's {@link Backlog}
 * until it has left.
 *
 * <p>Used on its connection's event loop only.
 */
final class Outlet<R> {
  private final Connection connection;
  private final Backlog backlog;
  private final ServerCall<?, R> rpc;
  private final @Nullable Http2Stream stream;
  private long charged;
  private long mark;

  /** The outlet of a call that is being created. */
  Outlet(ServerCall<?, R> rpc) {
    this.connection = Connection.of(rpc.getAttributes());
    this.backlog = connection.backlog();
    this.rpc = rpc;
    this.stream = connection.entering();
    backlog.add(this);
  }

  /** Whether a message of so many bytes may be sent now. */
  boolean mayTake(long size) {
    return rpc.isReady() && hasRoom(size);
  }

  /**
   * Whether the connection has room for so many bytes. Where it has none, gRPC does not tell when
   * it has: {@link Backlog#whenRoom} does.
   */
  boolean hasRoom(long size) {
    if (charged > 0) {
      settle();
    }
    return backlog.mayTake(size);
  }

  /** Refuses a call for which there is none, as the replies of earlier ones were not read. */
  Refusal unread(String earlier, long size) {
    return backlog.unread(earlier, size);
  }

  void send(R message, long size) {
    backlog.take(size);
    charged += size + Backlog.MESSAGE_BYTES;
    mark = connection.flushes();
    rpc.sendMessage(message);
  }

  /** Whether something was sent that may leave without more ado. */
  boolean isFresh() {
    return charged > 0 && mark == connection.flushes();
  }

  /** Gives back what has left. */
  void settle() {
    if (charged > 0 && connection.hasSent(stream, mark)) {
      giveBack();
    }
  }

  /** The stream is gone. */
  void close() {
    backlog.remove(this);
    giveBack();
  }

  private void giveBack() {
    if (charged > 0) {
      long left = charged;
      charged = 0;
      backlog.giveBackBytes(left);
    }
  }
}
