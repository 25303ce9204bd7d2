package dev.polyproc.integration;

import java.io.IOException;

/** Signals to real processes. */
final class Signals {
  private Signals() {}

  /** Sends a signal such as "STOP". */
  static void send(String name, long pid) {
    try {
      int exit = new ProcessBuilder("kill", "-" + name, Long.toString(pid)).start().waitFor();
      if (exit != 0) {
        throw new IllegalStateException("Expected a process " + pid + " for SIG" + name);
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
