package dev.polyproc.server.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import java.nio.file.Path;

/**
 * A lease of a file, as Linux gives: whoever opens the file waits in the operating system until the
 * lease is given back, or for 45 seconds.
 */
final class Lease implements AutoCloseable {
  private static final int O_RDWR = 2;
  private static final int F_RDLCK = 0;
  private static final int F_WRLCK = 1;
  private static final int F_SETSIG = 10;
  private static final int F_SETLEASE = 1024;
  private static final int F_GETLEASE = 1025;

  /** Passed over where nobody handles it. */
  private static final int SIGURG = 23;

  private final int descriptor;

  private Lease(int descriptor) {
    this.descriptor = descriptor;
  }

  /** One of a file that nobody has open. */
  static Lease of(Path file) {
    assumeTrue(Platform.isLinux(), "Linux has leases");
    int descriptor = Libc.open(file.toString(), O_RDWR);
    assertThat(descriptor).isNotNegative();
    assertThat(Libc.fcntl(descriptor, F_SETSIG, SIGURG)).isZero();
    if (Libc.fcntl(descriptor, F_SETLEASE, F_WRLCK) != 0) {
      Libc.close(descriptor);
      assumeTrue(false, "this file system has no leases");
    }
    return new Lease(descriptor);
  }

  /** Waits until somebody opens the file, to read it. */
  void awaitOpening() {
    await().until(() -> Libc.fcntl(descriptor, F_GETLEASE, 0) == F_RDLCK);
  }

  @Override
  public void close() {
    Libc.close(descriptor);
  }

  private static final class Libc {
    static {
      Native.register(Libc.class, NativeLibrary.getProcess());
    }

    private static native int open(String path, int flags);

    private static native int close(int descriptor);

    private static native int fcntl(int descriptor, int command, int argument);
  }
}
