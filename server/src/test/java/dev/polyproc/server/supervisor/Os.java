package dev.polyproc.server.supervisor;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/** What tests look up in the operating system. */
final class Os {
  private Os() {}

  /** Whether a process lives; a zombie does not. */
  static boolean isAlive(long pid) {
    try {
      String state = stat(pid)[0];
      return !state.equals("Z") && !state.equals("X");
    } catch (IOException e) {
      return false;
    }
  }

  /** Whether a process is stopped. */
  static boolean isStopped(long pid) {
    return isIn(pid, "T");
  }

  /** Whether a process waits for something. */
  static boolean isAsleep(long pid) {
    return isIn(pid, "S");
  }

  private static boolean isIn(long pid, String state) {
    try {
      return stat(pid)[0].equals(state);
    } catch (IOException e) {
      return false;
    }
  }

  /** How often a process has begun to wait for something. */
  static long waits(long pid) {
    try (Stream<String> lines = Files.lines(Path.of("/proc", Long.toString(pid), "status"))) {
      return lines
          .filter(line -> line.startsWith("voluntary_ctxt_switches:"))
          .mapToLong(line -> Long.parseLong(line.split("\\s+")[1]))
          .sum();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The children of this JVM which nobody has reaped. */
  static List<Long> zombies() {
    List<Long> zombies = new ArrayList<>();
    for (long pid : processes()) {
      try {
        String[] stat = stat(pid);
        if (stat[0].equals("Z") && Long.parseLong(stat[1]) == ProcessHandle.current().pid()) {
          zombies.add(pid);
        }
      } catch (IOException e) {
        // It has just gone.
      }
    }
    return zombies;
  }

  /** The living processes that have this in their environment. */
  static List<Long> withEnvironment(String text) {
    List<Long> found = new ArrayList<>();
    for (long pid : processes()) {
      try {
        byte[] environment = Files.readAllBytes(Path.of("/proc", Long.toString(pid), "environ"));
        if (new String(environment, StandardCharsets.UTF_8).contains(text) && isAlive(pid)) {
          found.add(pid);
        }
      } catch (IOException e) {
        // It has just gone.
      }
    }
    return found;
  }

  /** A number of seconds to sleep that nobody else on this machine sleeps for. */
  static String rareSeconds() {
    return Long.toString(ThreadLocalRandom.current().nextLong(1_000_000, 1_000_000_000));
  }

  /** How many processes sleep for so many seconds. */
  static long sleepers(String seconds) {
    return ProcessHandle.allProcesses()
        .filter(handle -> isAlive(handle.pid()))
        .filter(handle -> commandLine(handle.pid()).equals("sleep\0" + seconds + "\0"))
        .count();
  }

  /** The words of its command line, each followed by a zero byte. */
  static String commandLine(long pid) {
    try {
      return Files.readString(Path.of("/proc", Long.toString(pid), "cmdline"));
    } catch (IOException e) {
      return "";
    }
  }

  /** What is open in this JVM, by kind: "pipe", "socket", "anon_inode", or a path. */
  static List<String> descriptors() {
    List<String> kinds = new ArrayList<>();
    try (DirectoryStream<Path> open = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
      for (Path descriptor : open) {
        try {
          kinds.add(Files.readSymbolicLink(descriptor).toString().replaceFirst(":.*", ""));
        } catch (IOException e) {
          // The one that lists.
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return kinds;
  }

  static void await(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("Expected within 30 seconds: " + what);
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
    }
  }

  /** State, parent, group, ... */
  private static String[] stat(long pid) throws IOException {
    String line = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
    return line.substring(line.lastIndexOf(')') + 2).split(" ");
  }

  private static List<Long> processes() {
    String[] names = Path.of("/proc").toFile().list((folder, name) -> name.matches("[0-9]+"));
    return Arrays.stream(names == null ? new String[0] : names).map(Long::valueOf).toList();
  }
}
