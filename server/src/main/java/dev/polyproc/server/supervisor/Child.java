package dev.polyproc.server.supervisor;

import com.google.protobuf.ByteString;
import java.util.concurrent.TimeUnit;

/** A process that runs, or has ended and is not reaped yet. Belongs to the loop's thread. */
final class Child {
  /** No such descriptor, or no longer. */
  static final int NONE = -1;

  final Start start;

  /** The engine's number. */
  final long process;

  /** The process id; also the number of its group, which nobody else can get before the reaping. */
  final int pid;

  final Output output;

  /** Becomes readable at the end; NONE where the system has no such thing. */
  int pidfd;

  int stdin;
  int stdout;
  int stderr;

  /** What stdin has still to get. */
  ByteString input;

  /** Whether the end was seen. */
  boolean ended;

  /** Whether there is nothing to report any more. */
  boolean reported;

  /** Whether SIGKILL followed. */
  boolean killed;

  private long killAt;

  Child(Start start, int pid, int pidfd, int stdin, ByteString input, int stdout, int stderr) {
    this.start = start;
    this.process = start.process;
    this.output = start.output;
    this.pid = pid;
    this.pidfd = pidfd;
    this.stdin = stdin;
    this.input = input;
    this.stdout = stdout;
    this.stderr = stderr;
  }

  /** Whether somebody may still write to its stdout or stderr. */
  boolean mayWrite() {
    return stdout != NONE || stderr != NONE;
  }

  /** Sends a signal to the whole group. Not after the reaping. */
  void signal(int signal) {
    Libc.kill(-pid, signal);
  }

  /** Tells the group to end, and gives it so long. */
  void end(long graceMillis) {
    killAt = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(graceMillis);
    signal(Libc.SIGTERM);
    // One that is stopped does not see SIGTERM before it goes on.
    signal(Libc.SIGCONT);
  }

  /** Ends the group at once. */
  void kill() {
    killed = true;
    signal(Libc.SIGKILL);
  }

  /** How long the grace still lasts, in milliseconds, rounded up; zero when it is over. */
  long graceLeft() {
    long left = killAt - System.nanoTime();
    return left <= 0 ? 0 : TimeUnit.NANOSECONDS.toMillis(left) + 1;
  }
}
