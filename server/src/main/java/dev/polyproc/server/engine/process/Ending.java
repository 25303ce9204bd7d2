package dev.polyproc.server.engine.process;

import dev.polyproc.internal.v1.ProcessExited;
import dev.polyproc.internal.v1.ProcessObjectState;
import dev.polyproc.server.engine.Footprint;
import dev.polyproc.server.engine.Times;
import dev.polyproc.server.engine.World;
import dev.polyproc.v1.Process;

/**
 * How and when a process ended.
 *
 * @param order its place among all endings
 * @param number the exit code or the signal
 * @param failure why it could not be started
 */
record Ending(long time, long order, Kind kind, int number, String failure) {
  private static final long BYTES = 160;

  /** The ways to end. */
  enum Kind {
    EXITED,
    KILLED,
    NOT_STARTED
  }

  static Ending of(ProcessExited event, World world) {
    boolean killed = event.getEndCase() == ProcessExited.EndCase.SIGNAL;
    return new Ending(
        world.clock().now(),
        world.clock().nextOrder(),
        killed ? Kind.KILLED : Kind.EXITED,
        killed ? event.getSignal() : event.getExitCode(),
        "");
  }

  static Ending notStarted(String failure, World world) {
    return new Ending(world.clock().now(), world.clock().nextOrder(), Kind.NOT_STARTED, 0, failure);
  }

  static Ending restored(ProcessObjectState state) {
    return switch (state.getEndCase()) {
      case SIGNAL -> restored(state, Kind.KILLED, state.getSignal());
      case START_FAILURE -> restored(state, Kind.NOT_STARTED, 0);
      default -> restored(state, Kind.EXITED, state.getExitCode());
    };
  }

  private static Ending restored(ProcessObjectState state, Kind kind, int number) {
    return new Ending(state.getEnded(), state.getEndOrder(), kind, number, state.getStartFailure());
  }

  /** What it takes on the heap. */
  long footprint() {
    return BYTES + Footprint.of(failure);
  }

  /** In words: "exited with code 1". */
  String words() {
    return switch (kind) {
      case EXITED -> "exited with code " + number;
      case KILLED -> "was killed by signal " + number;
      case NOT_STARTED -> "could not be started";
    };
  }

  void show(Process.Builder process) {
    process.setEnded(Times.timestamp(time));
    switch (kind) {
      case EXITED -> process.setExitCode(number);
      case KILLED -> process.setSignal(number);
      case NOT_STARTED -> process.setStartFailure(failure);
    }
  }

  void save(ProcessObjectState.Builder state) {
    state.setEnded(time).setEndOrder(order);
    switch (kind) {
      case EXITED -> state.setExitCode(number);
      case KILLED -> state.setSignal(number);
      case NOT_STARTED -> state.setStartFailure(failure);
    }
  }
}
