package dev.polyproc.server.supervisor;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;

/** What only Linux's C library has; see {@link Libc}. */
final class Linux {
  private static final long PIDFD_OPEN = 434;

  static {
    Native.register(Linux.class, NativeLibrary.getProcess());
  }

  private Linux() {}

  static native int epoll_create1(int flags);

  static native int epoll_ctl(int epoll, int operation, int descriptor, Pointer event);

  static native int epoll_wait(int epoll, Pointer events, int max, int timeout);

  static native int pipe2(int[] ends, int flags);

  // Variadic in C; Linux passes such arguments like fixed ones on its 64-bit processors.
  static native int fcntl(int descriptor, int command, int argument);

  static native int socket(int domain, int type, int protocol);

  static native int setsockopt(int socket, int level, int name, byte[] value, int size);

  static native long sendto(
      int socket, byte[] bytes, long size, int flags, byte[] address, int addressSize);

  private static native long syscall(long number, long first, long second);

  /** A descriptor that becomes readable when the process ends; -1 before Linux 5.3. */
  static int pidfd(int pid) {
    return (int) syscall(PIDFD_OPEN, pid, 0);
  }
}
