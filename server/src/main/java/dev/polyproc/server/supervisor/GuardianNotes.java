package dev.polyproc.server.supervisor;

import com.google.protobuf.ByteString;
import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * What the guardian will have to know, in a file that has no name and stands in memory: the shell
 * holds it open, and so it is there when the daemon is gone. Noting wakes nobody.
 *
 * <p>A line each for what runs, of one width, used again when that has ended: {@code
 * starting=NUMBER}, then {@code GROUP}, else blanks. A line is written in one step: it lies within
 * a page, so that also a kill leaves it as it was or as it is to be. The file is as long as the
 * most that ran at a time.
 */
final class GuardianNotes implements AutoCloseable {
  /** No line. */
  static final int NONE = -1;

  /** Holds the longest line, and divides a page. */
  private static final int WIDTH = 32;

  private static final int MFD_CLOEXEC = 1;
  private static final int MFD_NOEXEC_SEAL = 8;
  private static final byte[] NAME = Libc.text(ByteString.copyFromUtf8("polyproc-guardian"));

  private final int file;
  private final BitSet used = new BitSet();

  private GuardianNotes(int file) {
    this.file = file;
  }

  /** Notes of nothing; null where the system has no such files. */
  static @Nullable GuardianNotes open(Platform platform) {
    if (platform != Platform.LINUX) {
      return null;
    }
    try {
      Function create = NativeLibrary.getProcess().getFunction("memfd_create");
      int file = create.invokeInt(new Object[] {NAME, MFD_CLOEXEC | MFD_NOEXEC_SEAL});
      if (file < 0) {
        file = create.invokeInt(new Object[] {NAME, MFD_CLOEXEC}); // Before Linux 6.3.
      }
      return file < 0 ? null : new GuardianNotes(file);
    } catch (UnsatisfiedLinkError e) {
      return null; // Before glibc 2.27.
    }
  }

  /** What the shell is to inherit. */
  int file() {
    return file;
  }

  /** Notes that a process is about to be started: its line; none when there is no memory for it. */
  int starting(long process) {
    int line = used.nextClearBit(0);
    if (!write(line, "starting=" + process)) {
      return NONE;
    }
    used.set(line);
    return line;
  }

  /** Notes that the process of this line leads a group. */
  void started(int line, int group) {
    write(line, Integer.toString(group));
  }

  /** Takes back what the line says. */
  void erase(int line) {
    write(line, "");
    used.clear(line);
  }

  private boolean write(int line, String text) {
    byte[] bytes = new byte[WIDTH];
    Arrays.fill(bytes, (byte) ' ');
    byte[] written = text.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(written, 0, bytes, 0, written.length);
    bytes[WIDTH - 1] = '\n';
    return Libc.pwrite(file, bytes, WIDTH, (long) line * WIDTH) == WIDTH;
  }

  @Override
  public void close() {
    Libc.close(file);
  }
}
