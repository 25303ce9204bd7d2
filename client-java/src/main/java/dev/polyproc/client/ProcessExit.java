package dev.polyproc.client;

import dev.polyproc.v1.Process;
import java.util.OptionalInt;

/**
 * How a process ended: with an exit code, or by a signal. One of the two is there.
 *
 * @param code the exit code, 0 to 255
 * @param signal the signal that killed it
 */
public record ProcessExit(OptionalInt code, OptionalInt signal) {
  static ProcessExit of(Process process) {
    return new ProcessExit(
        process.hasExitCode() ? OptionalInt.of(process.getExitCode()) : OptionalInt.empty(),
        process.hasSignal() ? OptionalInt.of(process.getSignal()) : OptionalInt.empty());
  }

  /** Whether the process ended by itself, with exit code 0. */
  public boolean succeeded() {
    return code.isPresent() && code.getAsInt() == 0;
  }
}
