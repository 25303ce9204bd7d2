package dev.polyproc.server.engine.process;

import dev.polyproc.internal.v1.ProcessExited;
import dev.polyproc.internal.v1.ProcessObjectState;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.time.Times;
import dev.polyproc.v1.Process;

/**
 * How and when a process ended.
 *
 * @param number its place among all endings
 * @param code the exit code or the signal; 0 where it is unseen
 */
record ProcessEnd(long time, long number, Kind kind, int code) {
  /** What it takes on the heap. */
  static final long BYTES = 160;

  /** The ways to end. */
  enum Kind {
    EXITED,
    KILLED,
    /** Nobody saw how: the daemon that ran it went first. */
    UNSEEN
  }

  static ProcessEnd of(ProcessExited event, World world) {
    boolean killed = event.getEndCase() == ProcessExited.EndCase.SIGNAL;
    return new ProcessEnd(
        world.clock().now(),
        world.clock().nextNumber(),
        killed ? Kind.KILLED : Kind.EXITED,
        killed ? event.getSignal() : event.getExitCode());
  }

  /** It ended with the daemon that ran it. */
  static ProcessEnd unseen(World world) {
    return new ProcessEnd(world.clock().now(), world.clock().nextNumber(), Kind.UNSEEN, 0);
  }

  static ProcessEnd restored(ProcessObjectState state) {
    long time = state.getEnded();
    long number = state.getEndOrder();
    return switch (state.getEndCase()) {
      case EXIT_CODE -> new ProcessEnd(time, number, Kind.EXITED, state.getExitCode());
      case SIGNAL -> new ProcessEnd(time, number, Kind.KILLED, state.getSignal());
      case END_NOT_SET -> new ProcessEnd(time, number, Kind.UNSEEN, 0);
    };
  }

  /** In words: "exited with code 1". */
  String words() {
    return switch (kind) {
      case EXITED -> "exited with code " + code;
      case KILLED -> "was killed by signal " + code;
      case UNSEEN -> "ended with the daemon that ran it, which was restarted";
    };
  }

  void show(Process.Builder process) {
    process.setEnded(Times.timestamp(time));
    switch (kind) {
      case EXITED -> process.setExitCode(code);
      case KILLED -> process.setSignal(code);
      case UNSEEN -> {
        // Nobody knows more.
      }
    }
  }

  void save(ProcessObjectState.Builder state) {
    state.setEnded(time).setEndOrder(number);
    switch (kind) {
      case EXITED -> state.setExitCode(code);
      case KILLED -> state.setSignal(code);
      case UNSEEN -> {
        // Nobody knows more.
      }
    }
  }
}
