package dev.polyproc.server.grpc;

import dev.polyproc.v1.ClientProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** What {@code /proc} says of the processes of this machine. Elsewhere nothing is known of any. */
final class ProcessTable {
  private static final Path PROC = Path.of("/proc");
  private static final int STATE = 0;
  private static final int START_TIME = 19;

  private ProcessTable() {}

  /** A process, told apart from a later one with the same id by its start. */
  record Identity(long pid, long startTime) {
    /** Whether it is known to be dead: gone, a zombie, or its id somebody else's. */
    boolean isDead() {
      String[] fields = stat(pid);
      return fields == null
          ? Files.isDirectory(PROC.resolve("self"))
          : fields[STATE].equals("Z")
              || fields[STATE].equals("X")
              || Long.parseLong(fields[START_TIME]) != startTime;
    }
  }

  /** A living process; null when it cannot be seen from here. */
  static @Nullable Identity identify(long pid) {
    String[] fields = pid > 0 ? stat(pid) : null;
    return fields == null ? null : new Identity(pid, Long.parseLong(fields[START_TIME]));
  }

  /** The process that a client says it is, if it lives in this very pid namespace. */
  static @Nullable Identity identify(ClientProcess claim) {
    Identity process = identify(claim.getPid());
    return process != null
            && process.startTime() == claim.getStartTime()
            && claim.getBootId().equals(read("sys/kernel/random/boot_id").strip())
            && claim.getPidNamespace().equals(namespace())
        ? process
        : null;
  }

  private static String namespace() {
    try {
      return Files.readSymbolicLink(PROC.resolve("self/ns/pid")).toString();
    } catch (IOException e) {
      return "unknown";
    }
  }

  /** The fields of /proc/pid/stat after the command, which may hold anything. */
  private static String @Nullable [] stat(long pid) {
    String stat = read(pid + "/stat");
    int end = stat.lastIndexOf(')');
    return end < 0 ? null : stat.substring(end + 2).split(" ");
  }

  private static String read(String path) {
    try {
      return Files.readString(PROC.resolve(path), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      return "";
    }
  }
}
