package dev.polyproc.server.engine.process;

import dev.polyproc.internal.v1.ProcessExited;
import dev.polyproc.internal.v1.ProcessObjectState;
import dev.polyproc.server.engine.Times;
import dev.polyproc.server.engine.World;
import dev.polyproc.v1.Process;

/**
 * How and when a process ended.
 *
 * @param order its place among all endings
 * @param number the exit code or the signal
 */
record Ending(long time, long order, Kind kind, int number) {
  /** What it takes on the heap. */
  static final long BYTES = 160;

  /** The ways to end. */
  enum Kind {
    EXITED,
    KILLED
  }

  static Ending of(ProcessExited event, World world) {
    boolean killed = event.getEndCase() == ProcessExited.EndCase.SIGNAL;
    return new Ending(
        world.clock().now(),
        world.clock().nextOrder(),
        killed ? Kind.KILLED : Kind.EXITED,
        killed ? event.getSignal() : event.getExitCode());
  }

  static Ending restored(ProcessObjectState state) {
    boolean killed = state.getEndCase() == ProcessObjectState.EndCase.SIGNAL;
    return new Ending(
        state.getEnded(),
        state.getEndOrder(),
        killed ? Kind.KILLED : Kind.EXITED,
        killed ? state.getSignal() : state.getExitCode());
  }

  /** In words: "exited with code 1". */
  String words() {
    return switch (kind) {
      case EXITED -> "exited with code " + number;
      case KILLED -> "was killed by signal " + number;
    };
  }

  void show(Process.Builder process) {
    process.setEnded(Times.timestamp(time));
    switch (kind) {
      case EXITED -> process.setExitCode(number);
      case KILLED -> process.setSignal(number);
    }
  }

  void save(ProcessObjectState.Builder state) {
    state.setEnded(time).setEndOrder(order);
    switch (kind) {
      case EXITED -> state.setExitCode(number);
      case KILLED -> state.setSignal(number);
    }
  }
}
