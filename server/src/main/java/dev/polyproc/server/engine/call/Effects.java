package dev.polyproc.server.engine.call;

import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.v1.ProcessStartRequest;

/**
 * Makes happen what an engine asks of its node, a method for each kind of {@link Effect}. Each may
 * be asked for again, after a restart, and then has nothing more to do where it is done.
 */
public interface Effects {
  /** A session began: from now on its silence is watched, for so many nanoseconds. */
  void sessionOpened(String session, long timeToLive);

  /** A session ended: its streams end with {@code cause}. */
  void sessionEnded(String session, Refusal cause);

  /**
   * A process should run.
   *
   * @param process its number, which no other one ever has
   * @param name of the object, which the process is told
   * @param credential by which the process opens a session of its own
   */
  void startProcess(long process, String name, ProcessStartRequest request, String credential);

  /** A process, and its group, should get a signal; one that is still being started, then. */
  void signalProcess(long process, int signal);

  /** A process should be ended if it runs, and its output be dropped. */
  void forgetProcess(long process);
}
