package dev.polyproc.server.grpc;

import dev.polyproc.server.grpc.ProcessTable.Identity;
import dev.polyproc.server.log.Later;
import dev.polyproc.server.log.SessionKeeper;
import dev.polyproc.v1.ClientProcess;
import io.grpc.Attributes;
import io.grpc.ServerTransportFilter;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Ends sessions whose process is dead, as soon as their connection breaks.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>Only a session that has a stream, or whose client named its process, lives in a process;
 *       one that a shell opened for its next commands does not.
 *   <li>A session ends only when its process is known to be dead; a broken connection alone is no
 *       death, and the time to live goes on.
 *   <li>After a break it looks at once, and again every few milliseconds for a while: a killed
 *       process closes its sockets a moment before it is gone.
 * </ul>
 */
final class ProcessWatch extends ServerTransportFilter {
  private static final Attributes.Key<Connection> CONNECTION =
      Attributes.Key.create("polyproc-connection");
  private static final long FIRST_MILLIS = 1;
  private static final long LAST_MILLIS = 500;

  private final Later later;
  private final SessionKeeper keeper;

  /** One connection: who is at its other end, and the sessions that live there. */
  static final class Connection {
    private final @Nullable Peer peer;
    private final Backlog backlog = new Backlog();
    private final Map<String, Identity> sessions = new ConcurrentHashMap<>();
    private volatile boolean broken;

    Connection(@Nullable Peer peer) {
      this.peer = peer;
    }

    @Nullable Peer peer() {
      return peer;
    }

    Backlog backlog() {
      return backlog;
    }
  }

  ProcessWatch(Later later, SessionKeeper keeper) {
    this.later = later;
    this.keeper = keeper;
  }

  @Override
  public Attributes transportReady(Attributes attributes) {
    return attributes.toBuilder()
        .set(CONNECTION, new Connection(attributes.get(Peer.UNIX)))
        .build();
  }

  /** The connection of a call's transport. */
  static Connection connection(Attributes attributes) {
    return Objects.requireNonNull(attributes.get(CONNECTION), "a transport that became ready");
  }

  /** A session was opened over a connection, by a client that named the process it lives in. */
  void opened(String session, Connection connection, ClientProcess claim) {
    Identity peer = peer(connection);
    lives(
        session,
        connection,
        peer != null && peer.pid() == claim.getPid() ? peer : ProcessTable.identify(claim));
  }

  /** A session was attached over a connection: it lives in the process at the other end. */
  void attached(String session, Connection connection) {
    lives(session, connection, peer(connection));
  }

  private static @Nullable Identity peer(Connection connection) {
    return connection.peer() == null ? null : connection.peer().process();
  }

  private void lives(String session, Connection connection, @Nullable Identity process) {
    if (process != null) {
      connection.sessions.put(session, process);
      if (connection.broken) {
        look(session, process, FIRST_MILLIS);
      }
    }
  }

  /** The attributes are null when the connection broke before it was ready. */
  @Override
  public void transportTerminated(@Nullable Attributes attributes) {
    Connection connection = attributes == null ? null : attributes.get(CONNECTION);
    if (connection != null) {
      connection.broken = true;
      Set.copyOf(connection.sessions.entrySet())
          .forEach(entry -> look(entry.getKey(), entry.getValue(), FIRST_MILLIS));
    }
  }

  private void look(String session, Identity process, long nextMillis) {
    if (!keeper.isOpen(session)) {
      return;
    }
    if (process.isDead()) {
      keeper.end(session, "its process " + process.pid() + " died");
    } else if (nextMillis <= LAST_MILLIS) {
      later.run(
          TimeUnit.MILLISECONDS.toNanos(nextMillis), () -> look(session, process, nextMillis * 2));
    }
  }
}
