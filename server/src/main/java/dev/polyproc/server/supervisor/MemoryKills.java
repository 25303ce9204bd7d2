package dev.polyproc.server.supervisor;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * How often the system killed a process of this control group as memory had run out, and which of
 * the processes that were killed it may have been. Where the system does not say, none was.
 */
final class MemoryKills {
  /** What the newer and the older control groups call the count. */
  private static final String COUNT = "oom_kill ";

  private final List<Path> files;
  private long known;

  /** Counts from now on. */
  MemoryKills() {
    this(files(Path.of("/proc/self/cgroup"), Path.of("/sys/fs/cgroup")));
  }

  MemoryKills(List<Path> files) {
    this.files = files;
    this.known = count();
  }

  /** Where the counts of the groups are that a file such as {@code /proc/self/cgroup} names. */
  static List<Path> files(Path groups, Path root) {
    for (String line : lines(groups)) {
      String[] parts = line.split(":", 3);
      if (parts.length == 3 && parts[0].equals("0")) {
        return List.of(within(root, parts[2], "memory.events"));
      }
      if (parts.length == 3 && List.of(parts[1].split(",", -1)).contains("memory")) {
        return List.of(within(root.resolve("memory"), parts[2], "memory.oom_control"));
      }
    }
    return List.of();
  }

  private static Path within(Path root, String group, String file) {
    return root.resolve(group.substring(group.startsWith("/") ? 1 : 0)).resolve(file);
  }

  /** Whether one more was killed than was accounted for; that one is now. */
  boolean takeOne() {
    if (count() > known) {
      known++;
      return true;
    }
    return false;
  }

  private long count() {
    long count = 0;
    for (Path file : files) {
      for (String line : lines(file)) {
        if (line.startsWith(COUNT)) {
          count += number(line.substring(COUNT.length()).trim());
        }
      }
    }
    return count;
  }

  private static long number(String digits) {
    try {
      return Long.parseLong(digits);
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      return List.of();
    }
  }
}
