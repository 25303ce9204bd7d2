package dev.polyproc.integration;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;

/** Signals to real processes. */
final class Signals {
  private Signals() {}

  /** Sends a signal such as "STOP", after which the process stands still. */
  static void send(String name, long pid) {
    try {
      int exit = new ProcessBuilder("kill", "-" + name, Long.toString(pid)).start().waitFor();
      if (exit != 0) {
        throw new IllegalStateException("Expected a process " + pid + " for SIG" + name);
      }
      while (name.equals("STOP") && !standsStill(pid)) {
        LockSupport.parkNanos(1_000_000);
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Whether all threads of a process stand still: the kernel stops them one by one. */
  private static boolean standsStill(long pid) {
    try (DirectoryStream<Path> threads =
        Files.newDirectoryStream(Path.of("/proc", Long.toString(pid), "task"))) {
      for (Path thread : threads) {
        String line = Files.readString(thread.resolve("stat"));
        if ("TZX".indexOf(line.charAt(line.lastIndexOf(')') + 2)) < 0) { // stopped, or dead
          return false;
        }
      }
      return true;
    } catch (IOException gone) { // a thread that ends in between, or the process
      return !Files.exists(Path.of("/proc", Long.toString(pid)));
    }
  }
}
