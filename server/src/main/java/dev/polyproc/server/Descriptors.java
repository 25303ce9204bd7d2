package dev.polyproc.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How many files, sockets and pipes this process may have open. */
final class Descriptors {
  private static final Path LIMITS = Path.of("/proc/self/limits");
  private static final Pattern OPEN_FILES = Pattern.compile("Max open files\\s+(\\d+)");

  private Descriptors() {}

  /** The most, where the system tells; else as many as one could want. */
  static long most() {
    try {
      return most(Files.readString(LIMITS));
    } catch (IOException e) {
      return Long.MAX_VALUE; // Not Linux.
    }
  }

  /** What a text in the form of Linux's {@code /proc/self/limits} says; it may say "unlimited". */
  static long most(String limits) {
    Matcher line = OPEN_FILES.matcher(limits);
    return line.find() ? Long.parseLong(line.group(1)) : Long.MAX_VALUE;
  }
}
