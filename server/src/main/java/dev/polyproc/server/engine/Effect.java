package dev.polyproc.server.engine;

import dev.polyproc.v1.ProcessStartRequest;

/**
 * Something the node should make happen, outside the engine's lock and idempotently. What comes of
 * it is reported as a new entry.
 */
public sealed interface Effect {
  /** A session began: from now on its silence is watched. */
  record SessionOpened(String session, long timeToLive) implements Effect {}

  /** A session ended: its streams end with {@code cause}. */
  record SessionEnded(String session, Refusal cause) implements Effect {}

  /** A process should run. */
  record StartProcess(long process, String name, ProcessStartRequest request, String credential)
      implements Effect {}

  /** A process, and its group, should get a signal; one that is still being started, then. */
  record SignalProcess(long process, int signal) implements Effect {}

  /** A process should be ended if it runs, and its output be dropped. */
  record ForgetProcess(long process) implements Effect {}
}
