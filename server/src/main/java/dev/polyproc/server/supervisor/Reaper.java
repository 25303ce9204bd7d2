package dev.polyproc.server.supervisor;

import com.sun.jna.Memory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How processes ended. Seeing an end and reaping are two steps: between them the process is a
 * zombie, and its number cannot become anybody else's.
 */
final class Reaper {
  private static final Logger LOG = LoggerFactory.getLogger(Reaper.class);
  private static final int CLD_EXITED = 1;

  // siginfo_t: three ints, then on Linux aligned to eight bytes: pid, uid, status; on macOS without
  // the gap.
  static final int SIZE = 256;
  private static final int CODE = 8;
  private static final int PID = Platform.MAC ? 12 : 16;
  private static final int STATUS = PID + 8;

  private Reaper() {}

  /** A code, or a signal. */
  record End(boolean bySignal, int number) {}

  /** How it ended; null when it still runs. Leaves it a zombie. */
  static @Nullable End see(int pid) {
    return wait(pid, Libc.WNOWAIT);
  }

  /** How it ended; null when it still runs. After this its number is free. */
  static @Nullable End reap(int pid) {
    return wait(pid, 0);
  }

  /** Whether a child is stopped, by this memory of {@link #SIZE}. */
  static boolean isStopped(int pid, Memory info) {
    info.setInt(PID, 0);
    int flags = Libc.WSTOPPED | Libc.WNOHANG | Libc.WNOWAIT;
    return Libc.waitid(Libc.P_PID, pid, info, flags) == 0 && info.getInt(PID) != 0;
  }

  /** Whether any child of this process has ended and is not reaped. */
  static boolean isAny() {
    try (Memory info = Libc.memory(SIZE)) {
      int flags = Libc.WEXITED | Libc.WNOHANG | Libc.WNOWAIT;
      return Libc.waitid(Libc.P_ALL, 0, info, flags) == 0 && info.getInt(PID) != 0;
    }
  }

  /** Reaps a process that was left to this one, if it is still there. */
  static void reapOrphan(int pid) {
    try (Memory info = Libc.memory(SIZE)) {
      Libc.waitid(Libc.P_PID, pid, info, Libc.WEXITED | Libc.WNOHANG);
    }
  }

  private static @Nullable End wait(int pid, int options) {
    try (Memory info = Libc.memory(SIZE)) {
      int flags = Libc.WEXITED | Libc.WNOHANG | options;
      while (Libc.waitid(Libc.P_PID, pid, info, flags) != 0) {
        if (Libc.error() != Libc.EINTR) {
          // Other code in this JVM has reaped it.
          LOG.error("Expected process {} to be left to its supervisor, but it is gone", pid);
          return new End(false, 255);
        }
      }
      if (info.getInt(PID) == 0) {
        return null;
      }
      return new End(info.getInt(CODE) != CLD_EXITED, info.getInt(STATUS));
    }
  }
}
