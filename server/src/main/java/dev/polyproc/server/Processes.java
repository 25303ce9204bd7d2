package dev.polyproc.server;

import dev.polyproc.server.grpc.Services;
import dev.polyproc.server.supervisor.Reports;
import dev.polyproc.v1.ProcessStartRequest;

/** Runs the processes of an {@link Assembly}, or none. */
public interface Processes {
  /** Starts one; what became of it is reported. */
  void start(long process, String name, ProcessStartRequest request, String credential);

  /** Signals one and its group. */
  void signal(long process, int signal);

  /** Ends one if it runs, and drops its output. */
  void forget(long process);

  /** Lets the services serve what they write. */
  default void join(Services services) {}

  /**
   * The assembly can be reached: from now on orphans are looked after, where they are left to it.
   */
  default void begin() {}

  /** Ends all, and returns when that is reported. */
  default void close() {}

  /** Makes what runs processes, and tells what becomes of them. */
  @FunctionalInterface
  interface Factory {
    /** What runs processes. */
    Processes make(Reports reports);
  }

  /** Runs none: every start fails, and is answered with the sentence. */
  static Factory none(String sentence) {
    return reports ->
        new Processes() {
          @Override
          public void start(
              long process, String name, ProcessStartRequest request, String credential) {
            reports.failed(process, sentence);
          }

          @Override
          public void signal(long process, int signal) {}

          @Override
          public void forget(long process) {}
        };
  }
}
