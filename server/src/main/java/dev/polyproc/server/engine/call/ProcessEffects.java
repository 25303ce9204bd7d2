package dev.polyproc.server.engine.call;

import dev.polyproc.v1.ProcessStartRequest;

/** Makes happen what an engine asks of whoever runs the processes of its node. */
public interface ProcessEffects {
  /**
   * A process should run; what became of it is reported.
   *
   * @param process its number, which no other one ever has
   * @param name of the object, which the process is told
   * @param credential by which the process opens a session of its own
   */
  void start(long process, String name, ProcessStartRequest request, String credential);

  /** A process, and its group, should get a signal; one that is still being started, then. */
  void signal(long process, int signal);

  /** A process should be ended if it runs, and its output be dropped. */
  void forget(long process);
}
