package dev.polyproc.server;

import dev.polyproc.files.SystemPath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Whether the names of files that the daemon is told are the names that they have. The JDK reads
 * them as the locale says, so {@code scripts/polyprocd} gives the virtual machine one of UTF-8.
 */
final class FileNames {
  private static final Path ARGUMENTS = Path.of("/proc/self/cmdline");
  private static final Path WORKING_FOLDER = Path.of("/proc/self/cwd");

  private FileNames() {}

  /** Refuses to go on where the JDK would lose bytes of what was given, and make other files. */
  static void requireRead() throws StartException {
    if (!SystemPath.isEncodedAsUtf8() && (argumentsGoBeyondAscii() || folderGoesBeyondAscii())) {
      throw wrongLocale();
    }
  }

  private static StartException wrongLocale() {
    return StartException.misused(
        "Expected a locale in which file names are UTF-8, but they are "
            + SystemPath.encoding()
            + "; start the daemon with scripts/polyprocd, or with LC_ALL=C.UTF-8");
  }

  /** Refuses a path whose bytes are no UTF-8, or that the JDK cannot read: it has replaced them. */
  static Path requireUtf8(String what, Path path) throws StartException {
    if (!SystemPath.isWhole(path.toString())) {
      if (!SystemPath.isEncodedAsUtf8()) {
        throw wrongLocale();
      }
      throw StartException.misused(
          "Expected " + what + " to be a path in UTF-8, but " + path + " has other bytes");
    }
    return path;
  }

  private static boolean argumentsGoBeyondAscii() {
    try {
      for (byte each : Files.readAllBytes(ARGUMENTS)) {
        if (each < 0) {
          return true;
        }
      }
    } catch (IOException e) {
      // Another system than Linux, where file names are UTF-8.
    }
    return false;
  }

  private static boolean folderGoesBeyondAscii() {
    try {
      String folder = SystemPath.text(Files.readSymbolicLink(WORKING_FOLDER));
      return folder.chars().anyMatch(each -> each > 0x7F);
    } catch (IOException e) {
      return false; // As above.
    }
  }
}
