package dev.polyproc.server.grpc;

import dev.polyproc.internal.v1.Abandon;
import dev.polyproc.internal.v1.NodeEvent;
import dev.polyproc.internal.v1.Origin;
import dev.polyproc.server.log.CommandLog;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Calls that nobody waits for any more, of the connections of one event loop. Those of one
 * connection go one by one, and nothing must be handed from one that is gone to one that is about
 * to go: they leave together, before any other call of the loop.
 *
 * <p>Used on that loop only.
 */
final class Departures {
  private final CommandLog log;
  private final Origin origin;
  private final Attachments attachments;
  private final EventLoop loop;
  private final Set<String> roomier = new LinkedHashSet<>();
  private Abandon.Builder leaving = Abandon.newBuilder();
  private boolean someAreLeaving;

  /**
   * Of which there are none yet.
   *
   * @param origin the daemon that they were made to
   */
  Departures(CommandLog log, Origin origin, Attachments attachments, EventLoop loop) {
    this.log = log;
    this.origin = origin;
    this.attachments = attachments;
    this.loop = loop;
  }

  /** The rpc of a call is gone. */
  void abandon(long ticket) {
    leaving().addTickets(ticket);
  }

  /**
   * The caller of a call gave it up. It leaves like those whose rpcs are gone, and its session, if
   * it has one, may have room for calls of its stream.
   */
  void giveUp(long ticket, String session) {
    leaving().addGivenUp(ticket);
    if (!session.isEmpty()) {
      roomier.add(session);
    }
  }

  private Abandon.Builder leaving() {
    if (!someAreLeaving) {
      someAreLeaving = true;
      loop.afterwards(this::settle);
    }
    return leaving;
  }

  /** Has them leave. */
  void settle() {
    if (someAreLeaving) {
      Abandon abandon = leaving.setOrigin(origin).build();
      someAreLeaving = false;
      leaving = Abandon.newBuilder();
      log.submit(NodeEvent.newBuilder().setAbandon(abandon).build());
      List<String> sessions = List.copyOf(roomier);
      roomier.clear();
      sessions.forEach(attachments::confirmed);
    }
  }
}
