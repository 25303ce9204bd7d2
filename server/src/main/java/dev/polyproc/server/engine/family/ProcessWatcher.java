package dev.polyproc.server.engine.family;

import dev.polyproc.internal.v1.ProcessExited;

/** Who hears what became of the processes that it had started; others it does not know. */
public interface ProcessWatcher {
  /** A process could not be started: a sentence says why. It is not listed any more. */
  void processFailed(long process, String reason);

  /**
   * A process has ended; the sessions that lived in it do next.
   *
   * @param how its code or its signal; neither where nobody saw it
   */
  void processEnded(long process, ProcessExited how);
}
