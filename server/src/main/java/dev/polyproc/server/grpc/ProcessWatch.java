package dev.polyproc.server.grpc;

import dev.polyproc.server.grpc.ProcessTable.Identity;
import dev.polyproc.server.log.Later;
import dev.polyproc.server.log.SessionKeeper;
import dev.polyproc.v1.ClientProcess;
import io.grpc.Attributes;
import io.grpc.ServerTransportFilter;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
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
  private static final long FIRST_MILLIS = 1;
  private static final long LAST_MILLIS = 500;

  private final Later later;
  private final SessionKeeper keeper;

  private final Map<String, Set<Connection>> connections = new ConcurrentHashMap<>();
  private final Supplier<Connection> inProcess;

  /**
   * A watch.
   *
   * @param inProcess makes the connection of a transport that has no socket
   */
  ProcessWatch(Later later, SessionKeeper keeper, Supplier<Connection> inProcess) {
    this.later = later;
    this.keeper = keeper;
    this.inProcess = inProcess;
  }

  @Override
  public Attributes transportReady(Attributes attributes) {
    return attributes.get(Connection.KEY) != null
        ? attributes
        : attributes.toBuilder().set(Connection.KEY, inProcess.get()).build();
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
    if (process == null) {
      return;
    }
    connection.sessions().put(session, process);
    connections.computeIfAbsent(session, any -> ConcurrentHashMap.newKeySet()).add(connection);
    if (!keeper.isOpen(session)) {
      sessionEnded(session); // It did before it was noted here.
    } else if (connection.isBroken()) {
      look(session, process, FIRST_MILLIS);
    }
  }

  /** A session ended: nobody lives there any more. */
  void sessionEnded(String session) {
    Set<Connection> lived = connections.remove(session);
    if (lived != null) {
      lived.forEach(connection -> connection.sessions().remove(session));
    }
  }

  /** The attributes are null when the connection broke before it was ready. */
  @Override
  public void transportTerminated(@Nullable Attributes attributes) {
    Connection connection = attributes == null ? null : attributes.get(Connection.KEY);
    if (connection != null) {
      connection.broke();
      Map.copyOf(connection.sessions())
          .forEach(
              (session, process) -> {
                connections.computeIfPresent(session, (any, lived) -> without(lived, connection));
                look(session, process, FIRST_MILLIS);
              });
    }
  }

  private static @Nullable Set<Connection> without(Set<Connection> lived, Connection gone) {
    lived.remove(gone);
    return lived.isEmpty() ? null : lived;
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
