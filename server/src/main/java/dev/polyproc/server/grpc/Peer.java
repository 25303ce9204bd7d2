package dev.polyproc.server.grpc;

import dev.polyproc.files.Users;
import dev.polyproc.server.supervisor.ProcessTable;
import dev.polyproc.server.supervisor.ProcessTable.Entry;
import dev.polyproc.server.supervisor.ProcessTable.Identity;
import jdk.net.UnixDomainPrincipal;
import org.jspecify.annotations.Nullable;

/** The other end of a connection through the Unix socket. */
final class Peer {
  private final String user;
  private final @Nullable Integer pid;
  private final @Nullable Entry entry;

  private Peer(String user, @Nullable Integer pid) {
    this.user = user;
    this.pid = pid;
    // Now, as its number may be another's when somebody asks, and no descriptor left to look.
    this.entry = pid == null ? null : ProcessTable.look(pid);
  }

  /** What epoll's sockets know: the user's and the process's numbers. */
  static Peer of(int uid, int pid) {
    return new Peer(Integer.toUnsignedString(uid), pid);
  }

  /** What the JDK's sockets know: the user's name, or number where it has none. */
  static Peer of(@Nullable UnixDomainPrincipal principal) {
    return new Peer(principal == null ? "unknown" : principal.user().getName(), null);
  }

  /** Whether it belongs to the user that this daemon runs as, or to root. */
  boolean isOurs(long uid) {
    return is(uid) || is(Users.ROOT);
  }

  /** Whether it belongs to a user, by number. */
  boolean is(long uid) {
    return user.equals(Long.toString(uid))
        || (uid == Users.ROOT && user.equals("root"))
        || (uid == Users.own() && user.equals(System.getProperty("user.name")));
  }

  /** The user, by number or name. */
  String user() {
    return user;
  }

  /** What callers without a session are shown as. */
  dev.polyproc.v1.Peer shown() {
    return dev.polyproc.v1.Peer.newBuilder().setPid(pid == null ? 0 : pid).setUser(user).build();
  }

  /** The process that made the connection, where it can be seen from here. */
  @Nullable Identity process() {
    return entry == null ? null : entry.process();
  }

  /** The same, as it was then. */
  @Nullable Entry entry() {
    return entry;
  }

  /** Whether sockets of this kind tell which process made the connection. */
  boolean tellsProcess() {
    return pid != null;
  }
}
