package dev.polyproc.server.grpc;

import dev.polyproc.internal.v1.Boot;
import dev.polyproc.server.engine.session.SessionOperations;
import dev.polyproc.server.engine.time.Times;
import dev.polyproc.v1.ServerInfo;
import java.util.function.LongSupplier;

/** What a daemon says of itself: it belongs to the node, and is in no state. */
final class ThisDaemon {
  private final ServerInfo constant;
  private final long started;
  private final LongSupplier clock;

  /**
   * A daemon.
   *
   * @param clock nanoseconds since 1970, never going back
   */
  ThisDaemon(Boot boot, LongSupplier clock) {
    this.constant =
        ServerInfo.newBuilder()
            .setVersion(boot.getVersion())
            .setPid(boot.getPid())
            .setBoot(boot.getOrigin().getBoot())
            .setContractRevision(SessionOperations.CONTRACT_REVISION)
            .build();
    this.started = boot.getTime();
    this.clock = clock;
  }

  /** Who it is, and for how long it has been running. */
  ServerInfo info() {
    return constant.toBuilder().setUptime(Times.duration(clock.getAsLong() - started)).build();
  }
}
