package dev.polyproc.server.memory;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Takes the space of a file before anybody writes to it: in a full folder of shared memory a file
 * can be made as long as one likes, and a signal kills whoever writes to what has no room.
 */
final class Space {
  /** There is no room. */
  static final class FullException extends IOException {
    private static final long serialVersionUID = 1L;
  }

  private static final boolean LINUX =
      System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("linux");

  /** In so large steps, so that one who goes down need not wait for all. */
  private static final long STEP = 64L << 20;

  private static final int ZEROS = 1 << 20;

  private static final int EINTR = 4;
  private static final int ENOMEM = 12;
  private static final int EINVAL = 22;
  private static final int ENOSPC = 28;
  private static final int ENOSYS = 38;
  private static final int EOPNOTSUPP = 95;
  private static final int EDQUOT = LINUX ? 122 : 69; // as on macOS

  /** How the system says that there is no room. */
  private static final Set<Integer> FULL = Set.of(ENOSPC, ENOMEM, EDQUOT);

  private Space() {}

  /**
   * Takes it, and fills it with zeros.
   *
   * @param file a new one, which is open
   * @throws FullException when there is no room
   */
  static void take(Path path, FileChannel file, long bytes, BooleanSupplier goesOn)
      throws IOException {
    requireUsable(path.toFile(), bytes);
    if (!LINUX || !allocated(path, bytes, goesOn)) {
      writeZeros(file, bytes, goesOn);
    }
  }

  /**
   * Refuses what is more than there is, before others find that nothing is left. A folder without a
   * size of its own says that it has none.
   */
  private static void requireUsable(File file, long bytes) throws FullException {
    if (file.getTotalSpace() > 0 && file.getUsableSpace() < bytes) {
      throw new FullException();
    }
  }

  /**
   * Whether it is for want of room that a file could not be made or written. The virtual machine
   * tells the system's words for an error, in the language of its locale, and not the number.
   */
  static boolean isFull(IOException e) {
    String why = e instanceof FileSystemException named ? named.getReason() : e.getMessage();
    return e instanceof FullException
        || (why != null && FULL.stream().anyMatch(error -> why.equals(wordsOf(error))));
  }

  private static @Nullable String wordsOf(int error) {
    try {
      return Words.strerror(error);
    } catch (LinkageError e) {
      return null; // No C library can be bound here.
    }
  }

  /** Whether the system took it; false where it cannot. */
  private static boolean allocated(Path path, long bytes, BooleanSupplier goesOn)
      throws IOException {
    int descriptor = Libc.open(path);
    try {
      for (long at = 0; at < bytes; at += STEP) {
        requireGoing(goesOn);
        int error;
        do {
          error = Libc.posix_fallocate(descriptor, at, Math.min(STEP, bytes - at));
        } while (error == EINTR);
        if (Set.of(EINVAL, ENOSYS, EOPNOTSUPP).contains(error)) {
          return false;
        }
        if (FULL.contains(error)) {
          throw new FullException();
        }
        if (error != 0) {
          throw new IOException(Words.strerror(error));
        }
      }
      return true;
    } finally {
      Libc.close(descriptor);
    }
  }

  private static void writeZeros(FileChannel file, long bytes, BooleanSupplier goesOn)
      throws IOException {
    ByteBuffer zeros = ByteBuffer.allocateDirect((int) Math.min(ZEROS, bytes));
    for (long at = 0; at < bytes; ) {
      requireGoing(goesOn);
      zeros.clear().limit((int) Math.min(zeros.capacity(), bytes - at));
      try {
        at += file.write(zeros, at);
      } catch (IOException e) {
        throw isFull(e) ? new FullException() : e;
      }
    }
  }

  private static void requireGoing(BooleanSupplier goesOn) throws IOException {
    if (!goesOn.getAsBoolean()) {
      throw new IOException("the daemon goes down");
    }
  }

  /** Linux's C library. */
  private static final class Libc {
    private static final int O_RDWR = 2;
    private static final int O_CLOEXEC = 0x8_0000;

    static {
      Native.register(Libc.class, NativeLibrary.getProcess());
    }

    private static native int open(String path, int flags);

    private static native int close(int descriptor);

    /** Answers the reason itself; 0: done. */
    private static native int posix_fallocate(int descriptor, long offset, long size);

    static int open(Path path) throws IOException {
      int descriptor = open(path.toString(), O_RDWR | O_CLOEXEC);
      if (descriptor < 0) {
        throw new IOException(Words.strerror(Native.getLastError()));
      }
      return descriptor;
    }
  }

  /** Any system's C library. */
  private static final class Words {
    static {
      Native.register(Words.class, NativeLibrary.getProcess());
    }

    /** The words for an error, such as "No such file or directory", in the user's language. */
    static native String strerror(int error);
  }
}
