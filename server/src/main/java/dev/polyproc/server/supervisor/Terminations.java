package dev.polyproc.server.supervisor;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The groups that were told to end: SIGTERM, a grace, SIGKILL. A group has ended when no live
 * process is left in it, also when its leader went first. On the loop's thread.
 */
final class Terminations {
  private static final Logger LOG = LoggerFactory.getLogger(Terminations.class);
  private static final int LOOK_EVERY_MILLIS = 20;

  private final long graceMillis;
  private final Consumer<Child> ended;
  private final Set<Child> ending = new LinkedHashSet<>();
  private volatile int size;
  private boolean warned;
  private long looked = System.nanoTime() - TimeUnit.MILLISECONDS.toNanos(LOOK_EVERY_MILLIS);

  /** Hands on each child whose group has ended. */
  Terminations(long graceMillis, Consumer<Child> ended) {
    this.graceMillis = graceMillis;
    this.ended = ended;
  }

  /** Tells the child's group to end; once is enough. */
  void add(Child child) {
    if (ending.add(child)) {
      size = ending.size();
      child.end(graceMillis);
    }
  }

  boolean has(Child child) {
    return ending.contains(child);
  }

  /** How many have not ended yet; for any thread. */
  int size() {
    return size;
  }

  /** Does what is due; when to come again, in milliseconds, or {@link Loop#FOREVER}. */
  int round() {
    long patience = Long.MAX_VALUE;
    boolean leaderEnded = false;
    for (Child child : ending) {
      if (!child.killed && child.graceLeft() == 0) {
        child.kill();
      }
      if (!child.killed) {
        patience = Math.min(patience, child.graceLeft());
      }
      leaderEnded |= child.ended;
    }
    if (leaderEnded) {
      patience = Math.min(patience, look());
    }
    return patience == Long.MAX_VALUE ? Loop.FOREVER : (int) patience;
  }

  /** Looks which groups are empty, not too often; when to look again. */
  private long look() {
    long since = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - looked);
    if (since < LOOK_EVERY_MILLIS) {
      return LOOK_EVERY_MILLIS - since;
    }
    List<Child> candidates = ending.stream().filter(child -> child.ended).toList();
    Predicate<Child> alive = Platform.MAC ? Terminations::answers : groupsAlive();
    for (Child child : candidates) {
      if (child.killed || !alive.test(child)) {
        ending.remove(child);
        size = ending.size();
        ended.accept(child);
      }
    }
    looked = System.nanoTime();
    return LOOK_EVERY_MILLIS;
  }

  /** macOS does not count zombies when it looks for somebody to signal. */
  private static boolean answers(Child child) {
    return Libc.kill(-child.pid, 0) == 0;
  }

  /** Whether a group has a process that is not a zombie. */
  private Predicate<Child> groupsAlive() {
    Set<Integer> groups = new HashSet<>();
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path process : processes) {
        addGroup(process.resolve("stat"), groups);
      }
    } catch (IOException | DirectoryIteratorException e) {
      // No descriptors left, say. Then the grace tells.
      if (!warned) {
        LOG.warn("Expected to read /proc, but could not: {}", e.toString());
        warned = true;
      }
      return child -> true;
    }
    return child -> groups.contains(child.pid);
  }

  private static void addGroup(Path stat, Set<Integer> groups) {
    try {
      String line = new String(Files.readAllBytes(stat), StandardCharsets.ISO_8859_1);
      // 1234 (a name, maybe with blanks and parentheses) state parent group ...
      String[] fields = line.substring(line.lastIndexOf(')') + 2).split(" ", 4);
      if (!fields[0].equals("Z") && !fields[0].equals("X")) {
        groups.add(Integer.valueOf(fields[2]));
      }
    } catch (IOException e) {
      // It has just ended.
      return;
    }
  }
}
