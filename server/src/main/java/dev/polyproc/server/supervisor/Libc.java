package dev.polyproc.server.supervisor;

import com.google.protobuf.ByteString;
import com.sun.jna.Library;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * The C library, bound when it is first needed: the functions that Linux and macOS share, under
 * their own names, and a few phrases of them.
 *
 * <p>What fails answers -1 and leaves the reason in {@link #error}; the posix_spawn family answers
 * the reason itself.
 */
final class Libc {
  static final int EPERM = 1;
  static final int ENOENT = 2;
  static final int ESRCH = 3;
  static final int EINTR = 4;
  static final int E2BIG = 7;
  static final int ECHILD = 10;
  static final int ENOMEM = 12;
  static final int EACCES = 13;
  static final int EAGAIN = Platform.MAC ? 35 : 11;
  static final int ENOSYS = Platform.MAC ? 78 : 38;

  static final int SIGKILL = 9;
  static final int SIGTERM = 15;
  static final int SIGSTOP = Platform.MAC ? 17 : 19;
  static final int SIGCONT = Platform.MAC ? 19 : 18;
  static final int SIGCHLD = Platform.MAC ? 20 : 17;

  static final int F_OK = 0;
  static final int X_OK = 1;
  static final int P_ALL = 0;
  static final int P_PID = 1;
  static final int WNOHANG = 1;
  static final int WSTOPPED = Platform.MAC ? 8 : 2;
  static final int WEXITED = 4;
  static final int WNOWAIT = Platform.MAC ? 0x20 : 0x0100_0000;
  static final int O_RDONLY = 0;
  static final int O_WRONLY = 1;

  private static final int LONGEST_PATH = 4096;
  private static final int F_SETFD = 2;
  private static final int F_SETFL = 4;
  private static final int FD_CLOEXEC = 1;
  private static final int O_NONBLOCK = Platform.MAC ? 0x4 : 0x800;
  private static final int O_CLOEXEC = 0x8_0000;

  static {
    Native.register(Libc.class, NativeLibrary.getProcess());
  }

  private Libc() {}

  static native int access(byte[] path, int mode);

  static native int close(int descriptor);

  private static native @Nullable Pointer getcwd(byte[] folder, long size);

  static native int kill(int process, int signal);

  static native int poll(Pointer descriptors, long count, int timeout);

  static native long read(int descriptor, Pointer buffer, long size);

  static native long write(int descriptor, Pointer buffer, long size);

  static native long read(int descriptor, byte[] buffer, long size);

  static native long write(int descriptor, byte[] buffer, long size);

  static native long pwrite(int descriptor, byte[] buffer, long size, long offset);

  static native @Nullable Pointer signal(int signal, @Nullable Pointer handler);

  static native int waitid(int kind, int id, Pointer info, int options);

  static native int posix_spawn(
      Pointer pid, byte[] path, Pointer actions, Pointer attributes, Pointer argv, Pointer envp);

  static native int posix_spawn_file_actions_init(Pointer actions);

  static native int posix_spawn_file_actions_destroy(Pointer actions);

  static native int posix_spawn_file_actions_adddup2(Pointer actions, int from, int to);

  static native int posix_spawn_file_actions_addclose(Pointer actions, int descriptor);

  static native int posix_spawn_file_actions_addopen(
      Pointer actions, int descriptor, byte[] path, int flags, int mode);

  static native int posix_spawnattr_init(Pointer attributes);

  static native int posix_spawnattr_destroy(Pointer attributes);

  static native int posix_spawnattr_setflags(Pointer attributes, short flags);

  static native int posix_spawnattr_setsigdefault(Pointer attributes, Pointer signals);

  static native int posix_spawnattr_setsigmask(Pointer attributes, Pointer signals);

  static native int sigemptyset(Pointer signals);

  static native int sigdelset(Pointer signals, int signal);

  private static native int pipe(int[] ends);

  private static native Pointer strerror(int error);

  /** Why this thread's last call failed. */
  static int error() {
    return Native.getLastError();
  }

  /** The system's words for an error number, such as "No such file or directory". */
  static String describe(int error) {
    return strerror(error).getString(0);
  }

  /** The last call must not have failed for another reason than that a signal came. */
  static void requireInterrupted(String what) {
    if (error() != EINTR) {
      throw new IllegalStateException("Expected " + what + ", but " + describe(error()));
    }
  }

  /** A text as C wants it. */
  static byte[] text(ByteString text) {
    byte[] bytes = new byte[text.size() + 1];
    text.copyTo(bytes, 0);
    return bytes;
  }

  /** The folder that this process works in. */
  static ByteString workingFolder() throws StartFailure {
    byte[] folder = new byte[LONGEST_PATH];
    if (getcwd(folder, folder.length) == null) {
      throw StartFailure.ofTheSystem(
          "Expected the daemon to work in a folder, but " + describe(error()));
    }
    int end = 0;
    while (folder[end] != 0) {
      end++;
    }
    return ByteString.copyFrom(folder, 0, end);
  }

  /** Whether there is such a thing, and this process may do that with it. */
  static boolean canAccess(ByteString path, int mode) {
    return access(text(path), mode) == 0;
  }

  /** Zeroed memory of C's, to be closed. */
  static Memory memory(long size) {
    Memory memory = new Memory(size);
    memory.clear();
    return memory;
  }

  /** A pipe {reading end, writing end} that no child inherits. */
  static int[] pipe(Platform platform) throws StartFailure {
    int[] ends = new int[2];
    int result = platform == Platform.LINUX ? Linux.pipe2(ends, O_CLOEXEC) : pipe(ends);
    if (result != 0) {
      throw StartFailure.ofTheSystem("Expected a pipe for the process, but " + describe(error()));
    }
    if (platform != Platform.LINUX) {
      Variadic.C.fcntl(ends[0], F_SETFD, FD_CLOEXEC);
      Variadic.C.fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    }
    return ends;
  }

  /** Makes reading or writing this end of a pipe never wait. */
  static void neverWait(int descriptor, Platform platform) {
    if (platform == Platform.LINUX) {
      Linux.fcntl(descriptor, F_SETFL, O_NONBLOCK);
    } else {
      Variadic.C.fcntl(descriptor, F_SETFL, O_NONBLOCK);
    }
  }

  /** For fcntl, whose last argument travels elsewhere than a fixed one on some processors. */
  private interface Variadic extends Library {
    Variadic C = Native.load("c", Variadic.class);

    int fcntl(int descriptor, int command, Object... arguments);
  }
}
