package dev.polyproc.server.supervisor;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.IntPredicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reaps whom the system leaves to the first process of a container: processes whose parents died.
 * Nobody else would, and each would keep its number for ever.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>What the daemon started itself is never reaped here. The spawning thread looks, so nothing
 *       is being started meanwhile, and what it started before has been posted to the loop; the
 *       loop, which then knows all of those, reaps the others.
 *   <li>While nothing has ended, it costs one call of the system a second.
 * </ul>
 */
final class Orphans {
  private static final Logger LOG = LoggerFactory.getLogger(Orphans.class);
  private static final Path PROC = Path.of("/proc");
  private static final int LOOK_EVERY_MILLIS = 1_000;

  private final Loop loop;
  private final Executor spawnerThread;
  private final IntPredicate own;
  private final String self = Long.toString(ProcessHandle.current().pid());
  private long nextLook = System.nanoTime();
  private boolean looking;
  private boolean warned;

  /**
   * Nobody's orphans yet.
   *
   * @param own whether the daemon started the process with this id; asked by the loop's thread
   */
  Orphans(Loop loop, Executor spawnerThread, IntPredicate own) {
    this.loop = loop;
    this.spawnerThread = spawnerThread;
    this.own = own;
  }

  /** Whether this process is the one to whom orphans are left. */
  static boolean areLeftToUs() {
    return ProcessHandle.current().pid() == 1;
  }

  /** Looks when it is time; when to come again, in milliseconds. By the loop's thread. */
  int round() {
    long left = nextLook - System.nanoTime();
    if (left > 0) {
      return (int) TimeUnit.NANOSECONDS.toMillis(left) + 1;
    }
    nextLook = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LOOK_EVERY_MILLIS);
    if (!looking && Reaper.isAny()) {
      looking = true;
      spawnerThread.execute(this::look);
    }
    return LOOK_EVERY_MILLIS;
  }

  /** By the spawner's thread. */
  private void look() {
    List<Integer> ended = new ArrayList<>();
    try {
      addEnded(ended);
    } finally {
      loop.post(() -> reap(ended));
    }
  }

  /** By the loop's thread. */
  private void reap(List<Integer> ended) {
    looking = false;
    for (int pid : ended) {
      if (!own.test(pid)) {
        Reaper.reapOrphan(pid);
      }
    }
  }

  /** This process's children that nobody has reaped. */
  private void addEnded(List<Integer> ended) {
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
      for (Path process : processes) {
        if (hasEnded(process.resolve("stat"))) {
          ended.add(Integer.valueOf(process.getFileName().toString()));
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      if (!warned) {
        LOG.warn("Expected to read /proc, but could not: {}", e.toString());
        warned = true;
      }
    }
  }

  private boolean hasEnded(Path stat) {
    try {
      String line = new String(Files.readAllBytes(stat), StandardCharsets.ISO_8859_1);
      // 1234 (a name, maybe with blanks and parentheses) state parent ...
      String[] fields = line.substring(line.lastIndexOf(')') + 2).split(" ", 3);
      return fields[0].equals("Z") && fields[1].equals(self);
    } catch (IOException e) {
      return false; // Its parent was faster.
    }
  }
}
