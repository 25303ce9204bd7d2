package dev.polyproc.integration;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A limit that the operating system puts on a process, changed while it runs, and put back. */
final class ResourceLimit {
  private final List<String> as;
  private final long pid;
  private final String name;
  private final String before;

  /**
   * A limit as it is.
   *
   * @param as a command that executes the words after its own as the process's user; may be empty
   * @param name as prlimit knows it: "nproc", "nofile"
   */
  ResourceLimit(List<String> as, long pid, String name) {
    this.as = as;
    this.pid = pid;
    this.name = name;
    this.before = run("--output=SOFT", "--noheadings", "--raw", "--" + name);
  }

  /** Sets the soft limit. */
  void set(long limit) {
    String unused = run("--" + name + "=" + limit + ":");
  }

  /** Sets it back. */
  void restore() {
    String unused = run("--" + name + "=" + before + ":");
  }

  private String run(String... options) {
    List<String> command = new ArrayList<>(as);
    command.addAll(List.of("prlimit", "--pid", Long.toString(pid)));
    command.addAll(List.of(options));
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String output =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      if (process.waitFor() != 0) {
        throw new IllegalStateException("Expected to do " + command + ", but " + output);
      }
      return output;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
