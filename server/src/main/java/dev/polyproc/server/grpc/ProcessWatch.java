package dev.polyproc.server.grpc;

import dev.polyproc.internal.v1.Envelope;
import dev.polyproc.server.engine.call.Recipient;
import dev.polyproc.server.log.Later;
import dev.polyproc.server.log.SessionKeeper;
import dev.polyproc.server.supervisor.ProcessTable.Identity;
import dev.polyproc.server.supervisor.Supervisor;
import dev.polyproc.v1.SessionOpenRequest;
import io.grpc.Attributes;
import io.grpc.ServerTransportFilter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Ends sessions when their process has died.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>A session lives in one process at most: the one that attached last, else the one that its
 *       client named when it was opened. One that a shell opened for its next commands lives in
 *       none, unless it named one.
 *   <li>A process that is known through the Unix socket is watched, once, however many sessions
 *       live in it: its connection may outlive it in the hands of a child.
 *   <li>One that is known by its client's word through TCP is looked at when a connection of its
 *       sessions breaks, at once and for half a second: a killed process closes its sockets a
 *       moment before it is gone. So are the others, for where watching is slow.
 *   <li>A session ends only when its process is known to be dead; the time to live goes on.
 *   <li>What the process has sent by then is taken first, as far as the daemon reads at once.
 * </ul>
 */
final class ProcessWatch extends ServerTransportFilter {
  private static final long FIRST_MILLIS = 1;
  private static final long LAST_MILLIS = 500;

  /**
   * For so long at most what a process has sent before its death is still read: its connections
   * break after that, unless somebody has inherited them.
   */
  private static final long READING_MILLIS = 50;

  /** By when a session that was opened is known here. */
  private static final long KNOWN_SECONDS = 1;

  private final Later later;
  private final SessionKeeper keeper;
  private final Supplier<Connection> inProcess;
  private @Nullable Supervisor supervisor;

  // Guarded by this.
  private final Map<Key, Life> lives = new HashMap<>();
  private final Map<String, Life> bySession = new HashMap<>();
  private final Map<Connection, Set<Life>> byConnection = new HashMap<>();

  /** A process, and whether it is watched. */
  private record Key(Identity process, boolean watched) {}

  /** The sessions that live in a process, and the connections that they came through. */
  private static final class Life {
    final Key key;
    final Set<String> sessions = new LinkedHashSet<>();
    final Set<Connection> connections = new LinkedHashSet<>();

    /** Who looks whether it is dead: a later one takes over from those before. */
    int looks;

    /** Whether the next look is as near as it can be. */
    boolean lookIsNear;

    /** Whether it is known to be dead, and what it has sent is read. */
    boolean isRead;

    Life(Key key) {
      this.key = key;
    }
  }

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

  /** Has a supervisor watch the processes; before anybody connects. */
  void through(Supervisor watching) {
    supervisor = watching;
  }

  @Override
  public Attributes transportReady(Attributes attributes) {
    return attributes.get(Connection.KEY) != null
        ? attributes
        : attributes.toBuilder().set(Connection.KEY, inProcess.get()).build();
  }

  /**
   * A session is about to be opened, by a client that may name the process that it lives in.
   *
   * @return who is to have the reply in place of whoever asked for it
   */
  Recipient opening(
      SessionOpenRequest open,
      Connection connection,
      Envelope.Builder envelope,
      Recipient recipient) {
    if (!open.hasProcess()) {
      return recipient;
    }
    Tie tie = Tie.of(open.getProcess(), connection);
    envelope.setUntied(tie.untied());
    return tie.process() == null ? recipient : new Opener(recipient, this, tie, connection);
  }

  /** A session was opened, and is tied to a process. */
  void opened(String session, Tie tie, Connection connection) {
    if (tie.process() != null) {
      tie(session, new Key(tie.process(), connection.isByUnixSocket()), connection);
    }
  }

  /** A session was attached over a connection: it lives in the process at the other end. */
  void attached(String session, Connection connection) {
    Peer peer = connection.peer();
    if (peer != null && peer.process() != null) {
      tie(session, new Key(peer.process(), true), connection);
    } else if (peer == null || peer.tellsProcess()) {
      attachedFromUnseen(session, connection);
    }
  }

  /** Who cannot be seen is another one than who was; a client's word through TCP goes on. */
  private void attachedFromUnseen(String session, Connection connection) {
    Key key = key(session);
    if (key != null && key.watched) {
      release(session);
    } else if (key != null) {
      tie(session, key, connection);
    }
  }

  private synchronized @Nullable Key key(String session) {
    Life life = bySession.get(session);
    return life == null ? null : life.key;
  }

  private void tie(String session, Key key, Connection connection) {
    synchronized (this) {
      Life life = lives.get(key);
      if (life == null) {
        life = new Life(key);
        lives.put(key, life);
        watch(life);
      }
      life.sessions.add(session);
      Life before = bySession.put(session, life);
      if (before != null && before != life) {
        leave(before, session);
      }
      // A shell's connection for one command tells nothing of the shell.
      Peer peer = connection.peer();
      if (peer == null || key.process.equals(peer.process())) {
        life.connections.add(connection);
        byConnection.computeIfAbsent(connection, any -> new LinkedHashSet<>()).add(life);
      }
    }
    if (!keeper.isOpen(session)) {
      // It ended before it was noted here, or is opened on another thread that is a little slower.
      later.run(TimeUnit.SECONDS.toNanos(KNOWN_SECONDS), () -> forgetUnlessOpen(session));
    }
    if (connection.isBroken()) {
      transportGone(connection);
    }
  }

  private void watch(Life life) {
    if (supervisor != null && life.key.watched) {
      supervisor.watch(life.key.process, () -> died(life));
    }
  }

  private void forgetUnlessOpen(String session) {
    if (!keeper.isOpen(session)) {
      release(session);
    }
  }

  /** A session ended: it lives nowhere any more. */
  void sessionEnded(String session) {
    release(session);
  }

  private synchronized void release(String session) {
    Life life = bySession.remove(session);
    if (life != null) {
      leave(life, session);
    }
  }

  private void leave(Life life, String session) {
    life.sessions.remove(session);
    if (!life.sessions.isEmpty()) {
      return;
    }
    lives.remove(life.key);
    for (Connection connection : life.connections) {
      byConnection.computeIfPresent(connection, (any, all) -> without(all, life));
    }
    if (supervisor != null && life.key.watched) {
      supervisor.unwatch(life.key.process);
    }
  }

  private static @Nullable Set<Life> without(Set<Life> all, Life gone) {
    all.remove(gone);
    return all.isEmpty() ? null : all;
  }

  /** The attributes are null when the connection broke before it was ready. */
  @Override
  public void transportTerminated(@Nullable Attributes attributes) {
    Connection connection = attributes == null ? null : attributes.get(Connection.KEY);
    if (connection != null) {
      connection.broke();
      transportGone(connection);
    }
  }

  private void transportGone(Connection connection) {
    Set<Life> gone;
    synchronized (this) {
      gone = byConnection.remove(connection);
      if (gone == null) {
        return;
      }
      gone.forEach(life -> life.connections.remove(connection));
    }
    gone.forEach(this::look);
  }

  /** Thousands of its connections may break at nearly the same time. */
  private void look(Life life) {
    int number;
    synchronized (this) {
      if (life.lookIsNear) {
        return;
      }
      number = ++life.looks;
    }
    look(life, number, FIRST_MILLIS);
  }

  private void look(Life life, int number, long nextMillis) {
    synchronized (this) {
      if (life.looks != number || life.sessions.isEmpty()) {
        return;
      }
      life.lookIsNear = nextMillis == FIRST_MILLIS;
    }
    if (life.key.process.isDead()) {
      synchronized (this) {
        life.lookIsNear = false;
      }
      died(life);
    } else if (nextMillis <= LAST_MILLIS) {
      later.run(
          TimeUnit.MILLISECONDS.toNanos(nextMillis), () -> look(life, number, nextMillis * 2));
    }
  }

  /** All that live in a process, whether it is watched for their sake or not. */
  private synchronized List<String> livingIn(Identity process) {
    List<String> living = new ArrayList<>();
    for (boolean watched : new boolean[] {true, false}) {
      Life life = lives.get(new Key(process, watched));
      if (life != null) {
        living.addAll(life.sessions);
      }
    }
    return living;
  }

  /** The sessions that live in the process which has a process id, until it is waited for. */
  synchronized List<String> livingIn(long pid) {
    List<String> living = new ArrayList<>();
    for (Life life : lives.values()) {
      if (life.key.process.pid() == pid) {
        living.addAll(life.sessions);
      }
    }
    return living;
  }

  private void died(Life life) {
    synchronized (this) {
      if (!life.connections.isEmpty()) {
        if (!life.isRead) {
          life.isRead = true;
          later.run(TimeUnit.MILLISECONDS.toNanos(READING_MILLIS), () -> ended(life));
        }
        return;
      }
    }
    ended(life);
  }

  private void ended(Life life) {
    Identity process = life.key.process;
    Runnable end = () -> later.run(0, () -> end(process));
    if (supervisor == null) {
      end.run();
    } else {
      supervisor.afterReport(process, end);
    }
  }

  /** Ends all that lived in it at once, so that none of them is handed what another gives back. */
  private void end(Identity process) {
    List<String> theirs = livingIn(process);
    List<String> open = theirs.stream().filter(keeper::isOpen).toList();
    try {
      keeper.end(open, "its process " + process.pid() + " died");
    } finally {
      if (open.size() < theirs.size()) {
        // One that is opened on another thread, which is a little slower.
        later.run(TimeUnit.MILLISECONDS.toNanos(FIRST_MILLIS), () -> end(process));
      }
    }
  }
}
