package dev.polyproc.server.grpc;

import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.server.engine.time.Times;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Limits;
import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Connection;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The connections of all sockets.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>Those that have shown no credential are few, and never keep out one that is about to show
 *       one: where there are too many, the oldest goes.
 *   <li>None stays without showing a credential.
 * </ul>
 *
 * <p>Thread-safe, but for what it asks of a connection: that is its loop's.
 */
final class Connections {
  private final int most;
  private final int mostUnauthenticated;
  private final long nanos;
  private final Function<Channel, Shard> shards;
  private final long uid;
  private final AtomicInteger open = new AtomicInteger();

  /** The oldest first; guarded by itself. */
  private final Map<Connection, Future<?>> unauthenticated = new LinkedHashMap<>();

  private Consumer<Connection> gone = connection -> {};

  /**
   * Of which there are none yet.
   *
   * @param shards those of sockets, by their loops
   * @param uid the user who may call through the Unix socket
   */
  Connections(Limits limits, Function<Channel, Shard> shards, long uid) {
    this.most = limits.getConnections();
    this.mostUnauthenticated = limits.getUnauthenticatedConnections();
    this.nanos = Times.nanos(limits.getUnauthenticatedTime());
    this.shards = shards;
    this.uid = uid;
  }

  /** A connection was made; where there are too many, none of its calls is let in. */
  Connection opened(@Nullable Peer peer, Channel channel, Http2Connection http2) {
    Shard shard = shards.apply(channel);
    Connection connection = new Connection(peer, channel, http2, shard);
    shard.unsent().add(connection.backlog());
    if (open.incrementAndGet() > most) {
      connection.surplus(true);
      await(connection, channel);
    } else if (peer != null && peer.isOurs(uid)) {
      connection.authenticated();
    } else {
      await(connection, channel);
    }
    return connection;
  }

  private void await(Connection connection, Channel channel) {
    Future<?> end =
        channel
            .eventLoop()
            .schedule(
                () -> connection.close("it has shown no credential in time"),
                nanos,
                TimeUnit.NANOSECONDS);
    Connection oldest = null;
    synchronized (unauthenticated) {
      if (unauthenticated.size() >= mostUnauthenticated) {
        oldest = unauthenticated.keySet().iterator().next();
        forget(oldest);
      }
      unauthenticated.put(connection, end);
    }
    if (oldest != null) {
      Connection first = oldest;
      first.loop().execute(() -> makeRoom(first));
    }
  }

  private void makeRoom(Connection first) {
    if (!first.isAuthenticated()) { // It may have shown one on its own loop meanwhile.
      first.close("more than " + mostUnauthenticated + " have shown no credential");
    }
  }

  /** Whoever counts what is of a connection is told when it is gone. */
  void whenGone(Consumer<Connection> told) {
    gone = told;
  }

  /** A connection has shown a credential. */
  void authenticated(Connection connection) {
    if (!connection.isAuthenticated() && !connection.isSurplus()) {
      connection.authenticated();
      forget(connection);
    }
  }

  /** A connection is gone. */
  void closed(Connection connection) {
    open.decrementAndGet();
    forget(connection);
    connection.backlog().closed();
    gone.accept(connection);
  }

  /**
   * Why no call of a connection is let in; null when there is, or by now has become, room for it.
   */
  @Nullable Refusal whyNot(Connection connection) {
    if (connection.isSurplus() && open.get() <= most) {
      connection.surplus(false);
      authenticated(connection);
    }
    return connection.isSurplus() ? tooMany(most) : null;
  }

  static Refusal tooMany(int most) {
    return new Refusal(
            ErrorReason.ERROR_REASON_LIMIT_REACHED,
            String.format(
                Locale.ROOT,
                "Expected at most %d connections, but there are more; close some, or try again"
                    + " later",
                most))
        .with("limit", "connections");
  }

  private void forget(Connection connection) {
    synchronized (unauthenticated) {
      Future<?> end = unauthenticated.remove(connection);
      if (end != null) {
        end.cancel(false);
      }
    }
  }
}
