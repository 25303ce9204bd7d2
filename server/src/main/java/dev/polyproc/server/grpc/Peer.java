package dev.polyproc.server.grpc;

import dev.polyproc.server.grpc.ProcessTable.Identity;
import io.grpc.Attributes;
import org.jspecify.annotations.Nullable;

/** The other end of a connection through the Unix socket. */
final class Peer {
  /** Set on transports of the Unix socket. */
  static final Attributes.Key<Peer> UNIX = Attributes.Key.create("polyproc-unix-peer");

  private final int uid;
  private final @Nullable Identity process;

  Peer(int pid, int uid) {
    this.uid = uid;
    this.process = ProcessTable.identify(pid);
  }

  int uid() {
    return uid;
  }

  /** The process, where it can be seen from here. */
  @Nullable Identity process() {
    return process;
  }
}
