package dev.polyproc.server.supervisor;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What {@code /proc} says of the processes of this machine. Nothing is known of any where there is
 * none, or where it shows another pid namespace than this process's own.
 */
public final class ProcessTable {
  private static final Path PROC = Path.of("/proc");
  private static final Pattern GROUP = Pattern.compile("(?m)^Tgid:\\s+(\\d+)$");
  private static final Pattern EFFECTIVE_USER = Pattern.compile("(?m)^Uid:\\s+\\d+\\s+(\\d+)");

  /**
   * A number for every namespace from that of {@code /proc} on; older kernels have no such line.
   */
  private static final Pattern INNER_NUMBERS = Pattern.compile("(?m)^NSpid:\\s+\\d+\\s+\\d");

  // Of /proc/pid/stat, after the command.
  private static final int STATE = 0;
  private static final int THREADS = 17;
  private static final int START_TIME = 19;

  private ProcessTable() {}

  /** A process, told apart from a later one with the same id by its start. */
  public record Identity(long pid, long startTime) {
    /**
     * Whether it is known to be dead: gone, a zombie, or its id somebody else's. What cannot be
     * read, as when no descriptor is left, is not known.
     */
    public boolean isDead() {
      String[] fields = stat(pid);
      if (fields == null) {
        return Files.notExists(folder(pid)) && Files.isDirectory(PROC.resolve("self"));
      }
      return Long.parseLong(fields[START_TIME]) != startTime || hasEnded(fields);
    }

    /** A process of which only the first thread has ended looks like a zombie, and lives. */
    private static boolean hasEnded(String[] fields) {
      return (fields[STATE].equals("Z") || fields[STATE].equals("X"))
          && Long.parseLong(fields[THREADS]) <= 1;
    }
  }

  /**
   * A process that is there.
   *
   * @param user the number of the user that it acts as
   * @param inner whether it lives in a pid namespace within this one, where numbers mean others
   */
  public record Entry(Identity process, long user, boolean inner) {}

  /** The process of a number; null when none can be seen from here. */
  public static @Nullable Identity identify(long pid) {
    String[] fields = pid > 0 && Here.OWN_PROC ? stat(pid) : null;
    return fields == null ? null : new Identity(pid, Long.parseLong(fields[START_TIME]));
  }

  /** The same, with whose it is; null also for what is only a thread. */
  public static @Nullable Entry look(long pid) {
    Identity process = identify(pid);
    String status = process == null ? "" : read(pid + "/status");
    Matcher group = GROUP.matcher(status);
    Matcher user = EFFECTIVE_USER.matcher(status);
    return process != null && group.find() && user.find() && Long.parseLong(group.group(1)) == pid
        ? new Entry(process, Long.parseLong(user.group(1)), INNER_NUMBERS.matcher(status).find())
        : null;
  }

  /** Another one after every start of the machine; empty where it is not known. */
  public static String bootId() {
    return Here.BOOT_ID;
  }

  /** What {@code /proc/self/ns/pid} links to; empty where it is not known. */
  public static String namespace() {
    return Here.NAMESPACE;
  }

  /** What does not change while this process runs; read when it is first needed. */
  private static final class Here {
    static final String BOOT_ID = read("sys/kernel/random/boot_id").strip();
    static final String NAMESPACE = link("self/ns/pid");
    static final boolean OWN_PROC = !INNER_NUMBERS.matcher(read("self/status")).find();
  }

  private static Path folder(long pid) {
    return PROC.resolve(Long.toString(pid));
  }

  /** The fields of /proc/pid/stat after the command, which may hold anything. */
  private static String @Nullable [] stat(long pid) {
    String stat = read(pid + "/stat");
    int end = stat.lastIndexOf(')');
    return end < 0 ? null : stat.substring(end + 2).split(" ");
  }

  private static String link(String path) {
    try {
      return Files.readSymbolicLink(PROC.resolve(path)).toString();
    } catch (IOException e) {
      return "";
    }
  }

  private static String read(String path) {
    try {
      return Files.readString(PROC.resolve(path), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      return "";
    }
  }
}
