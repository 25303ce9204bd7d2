package dev.polyproc.server;

import dev.polyproc.server.engine.call.ProcessEffects;
import dev.polyproc.server.supervisor.Reports;
import dev.polyproc.server.supervisor.Supervisor;
import dev.polyproc.v1.ProcessStartRequest;
import java.util.Optional;

/** Runs the processes of an {@link Assembly}, or none. */
public interface Processes extends ProcessEffects {
  /** Who has what they write, and watches those of others; empty where none is run. */
  default Optional<Supervisor> supervisor() {
    return Optional.empty();
  }

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
