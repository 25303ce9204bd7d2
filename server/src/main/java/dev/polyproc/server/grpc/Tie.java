package dev.polyproc.server.grpc;

import dev.polyproc.server.supervisor.ProcessTable;
import dev.polyproc.server.supervisor.ProcessTable.Entry;
import dev.polyproc.server.supervisor.ProcessTable.Identity;
import dev.polyproc.v1.ClientProcess;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What ties a session to the process that its client named, or why nothing does.
 *
 * @param process null where there is no tie
 * @param untied a sentence for the client; empty where there is a tie, or none is missed
 */
record Tie(@Nullable Identity process, String untied) {
  private static final Tie NONE = new Tie(null, "");

  /** What can be checked of a client's word, by the connection that it came through. */
  static Tie of(ClientProcess claim, Connection connection) {
    if (connection.isInProcess()) {
      return NONE; // The client dies with this process.
    }
    Peer peer = connection.peer();
    String elsewhere = whyElsewhere(claim, peer != null);
    if (elsewhere != null) {
      return none(claim, elsewhere);
    }
    Entry entry = look(claim, peer);
    if (entry == null) {
      return none(claim, "the daemon sees no such process");
    }
    if (claim.getStartTime() != 0 && claim.getStartTime() != entry.process().startTime()) {
      return none(claim, "another process has its number by now");
    }
    String whyNot = peer == null ? null : whyNot(claim, entry, peer);
    return whyNot == null ? new Tie(entry.process(), "") : none(claim, whyNot);
  }

  /** Whoever made the connection was looked at then. */
  private static @Nullable Entry look(ClientProcess claim, @Nullable Peer peer) {
    Entry caller = peer == null ? null : peer.entry();
    return caller != null && caller.process().pid() == claim.getPid()
        ? caller
        : ProcessTable.look(claim.getPid());
  }

  private static Tie none(ClientProcess claim, String why) {
    return new Tie(
        null,
        String.format(
            Locale.ROOT,
            "The session is not tied to process %d, as %s: it ends with its time to live, or with"
                + " the process that attaches to it.",
            claim.getPid(),
            why));
  }

  /**
   * Why the number is not, or not surely, one of the daemon's own pid namespace; null when it is.
   */
  private static @Nullable String whyElsewhere(ClientProcess claim, boolean unix) {
    boolean whole =
        claim.getStartTime() != 0
            && !claim.getBootId().isEmpty()
            && !claim.getPidNamespace().isEmpty();
    if (!unix && !whole) {
      return "through TCP it takes all fields of ClientProcess";
    }
    if (!isOrUnsaid(claim.getBootId(), ProcessTable.bootId())) {
      return "it runs on another machine than the daemon";
    }
    return isOrUnsaid(claim.getPidNamespace(), ProcessTable.namespace())
        ? null
        : "it is of another pid namespace than the daemon";
  }

  private static boolean isOrUnsaid(String said, String here) {
    return said.isEmpty() || said.equals(here);
  }

  private static @Nullable String whyNot(ClientProcess claim, Entry entry, Peer peer) {
    Entry caller = peer.entry();
    if (claim.getPidNamespace().isEmpty() && (caller == null || caller.inner())) {
      return "the daemon cannot tell of which pid namespace it is";
    }
    return entry.equals(caller) || peer.is(entry.user())
        ? null
        : "it belongs to another user than the caller";
  }
}
