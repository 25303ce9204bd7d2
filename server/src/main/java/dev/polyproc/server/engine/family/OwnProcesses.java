package dev.polyproc.server.engine.family;

import dev.polyproc.internal.v1.Origin;
import dev.polyproc.v1.ProcessStartRequest;
import dev.polyproc.v1.Ref;
import java.util.function.LongFunction;

/** The processes of the daemon, for a family that has some of its own. */
public interface OwnProcesses {
  /** Refuses what cannot be started, whoever asks for it. */
  void check(ProcessStartRequest request);

  /**
   * Starts a process, or refuses; what becomes of it is told to the {@link #watchedBy watcher}.
   *
   * @param credential by which the process of a number opens a session
   * @param origin the daemon that starts it
   */
  Ref start(ProcessStartRequest request, LongFunction<String> credential, Origin origin);

  /** Sends a signal to a process and its group, unless it has ended. */
  void signal(long process, int signal);

  /** Ends a process, if it runs, and lists it no more. */
  void delete(long process);

  /** Whether a process is listed. */
  boolean isListed(long process);

  /** Names who hears of the processes. */
  void watchedBy(ProcessWatcher watcher);
}
