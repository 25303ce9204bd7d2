package dev.polyproc.server.supervisor;

import com.sun.jna.Native;
import java.util.List;
import java.util.Locale;

/**
 * Which means of the operating system are used.
 *
 * <p>PORTABLE keeps to what POSIX and macOS have. It works on Linux as well, which is how its tests
 * run; nobody has run it on macOS yet.
 */
enum Platform {
  /** epoll, pidfd and pipe2. */
  LINUX,
  /** poll, and a look at each process every few milliseconds. */
  PORTABLE;

  static final boolean MAC = osName().startsWith("mac");

  static final boolean X86 = List.of("amd64", "x86_64").contains(System.getProperty("os.arch", ""));

  /** Decides when it is asked, which may be never. */
  interface Choice {
    Platform get() throws StartFailure;
  }

  /** The means of this machine. */
  static Platform current() throws StartFailure {
    boolean linux = osName().startsWith("linux");
    if (!linux && !MAC) {
      throw new StartFailure(
          "Expected Linux or macOS to start processes on, but the daemon runs on "
              + System.getProperty("os.name"));
    }
    if (Native.POINTER_SIZE != 8) {
      throw new StartFailure(
          "Expected a 64-bit system to start processes on, but the daemon runs on "
              + System.getProperty("os.arch"));
    }
    return linux ? LINUX : PORTABLE;
  }

  private static String osName() {
    return System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
  }
}
