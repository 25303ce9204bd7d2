package dev.polyproc.server.engine.process;

import dev.polyproc.internal.v1.ProcessExited;
import dev.polyproc.internal.v1.ProcessObjectState;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.time.Times;
import dev.polyproc.v1.Process;

/**
 * How and when a process ended.
 *
 * @param order its place among all endings
 * @param number the exit code or the signal; 0 where it is unseen
 */
record Ending(long time, long order, Kind kind, int number) {
  /** What it takes on the heap. */
  static final long BYTES = 160;

  /** The ways to end. */
  enum Kind {
    EXITED,
    KILLED,
    /** Nobody saw how: the daemon that ran it went first. */
    UNSEEN
  }

  static Ending of(ProcessExited event, World world) {
    boolean killed = event.getEndCase() == ProcessExited.EndCase.SIGNAL;
    return new Ending(
        world.clock().now(),
        world.clock().nextOrder(),
        killed ? Kind.KILLED : Kind.EXITED,
        killed ? event.getSignal() : event.getExitCode());
  }

  /** It ended with the daemon that ran it. */
  static Ending unseen(World world) {
    return new Ending(world.clock().now(), world.clock().nextOrder(), Kind.UNSEEN, 0);
  }

  static Ending restored(ProcessObjectState state) {
    long time = state.getEnded();
    long order = state.getEndOrder();
    return switch (state.getEndCase()) {
      case EXIT_CODE -> new Ending(time, order, Kind.EXITED, state.getExitCode());
      case SIGNAL -> new Ending(time, order, Kind.KILLED, state.getSignal());
      case END_NOT_SET -> new Ending(time, order, Kind.UNSEEN, 0);
    };
  }

  /** In words: "exited with code 1". */
  String words() {
    return switch (kind) {
      case EXITED -> "exited with code " + number;
      case KILLED -> "was killed by signal " + number;
      case UNSEEN -> "ended with the daemon that ran it, which was restarted";
    };
  }

  void show(Process.Builder process) {
    process.setEnded(Times.timestamp(time));
    switch (kind) {
      case EXITED -> process.setExitCode(number);
      case KILLED -> process.setSignal(number);
      case UNSEEN -> {
        // Nobody knows more.
      }
    }
  }

  void save(ProcessObjectState.Builder state) {
    state.setEnded(time).setEndOrder(order);
    switch (kind) {
      case EXITED -> state.setExitCode(number);
      case KILLED -> state.setSignal(number);
      case UNSEEN -> {
        // Nobody knows more.
      }
    }
  }
}
