package dev.polyproc.server.grpc;

import dev.polyproc.server.grpc.ProcessTable.Identity;
import java.util.List;
import jdk.net.UnixDomainPrincipal;
import org.jspecify.annotations.Nullable;

/** The other end of a connection through the Unix socket. */
final class Peer {
  private static final int UNKNOWN = 0;

  private final String user;
  private final int pid;
  private @Nullable Identity process;
  private boolean identified;

  private Peer(String user, int pid) {
    this.user = user;
    this.pid = pid;
  }

  /** What epoll's sockets know: the user's and the process's numbers. */
  static Peer of(int uid, int pid) {
    return new Peer(Integer.toString(uid), pid);
  }

  /** What the JDK's sockets know: the user's name, or number where it has none. */
  static Peer of(@Nullable UnixDomainPrincipal principal) {
    return new Peer(principal == null ? "unknown" : principal.user().getName(), UNKNOWN);
  }

  /** Whether it belongs to the user that this daemon runs as, or to root. */
  boolean isOurs(long uid) {
    return List.of(Long.toString(uid), System.getProperty("user.name"), "0", "root").contains(user);
  }

  /** The user, by number or name. */
  String user() {
    return user;
  }

  /** What callers without a session are shown as. */
  dev.polyproc.v1.Peer shown() {
    return dev.polyproc.v1.Peer.newBuilder().setPid(pid).setUser(user).build();
  }

  /** The process, where it can be seen from here; looked up when it is first asked for. */
  synchronized @Nullable Identity process() {
    if (!identified) {
      identified = true;
      process = ProcessTable.identify(pid);
    }
    return process;
  }
}
