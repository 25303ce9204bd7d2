package dev.polyproc.client;

import dev.polyproc.v1.Process;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * How a process ended: with an exit code, or by a signal. One of the two is there.
 *
 * @param code the exit code, 0 to 255
 * @param signal the signal that killed it
 */
public record ProcessExit(OptionalInt code, OptionalInt signal) {
  // By hand; see the package.
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ProcessExit exit
        && code.equals(exit.code)
        && signal.equals(exit.signal);
  }

  @Override
  public int hashCode() {
    return 31 * code.hashCode() + signal.hashCode();
  }

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
