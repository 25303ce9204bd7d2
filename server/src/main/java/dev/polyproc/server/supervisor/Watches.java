package dev.polyproc.server.supervisor;

import dev.polyproc.server.supervisor.ProcessTable.Identity;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.LoggerFactory;

/**
 * Tells when processes have died that others started. On the loop's thread.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>Each is told once, unless it is let go of before; one that is dead already is told too.
 *   <li>A pidfd tells at once. Where there is none to be had, the process is looked at: of the
 *       kernel, for lack of descriptors, or as there are as many as there may be. What only passes
 *       is tried again every second.
 *   <li>Nobody who merely got an old number is taken for the process.
 * </ul>
 */
final class Watches {
  static final int LOOK_EVERY_MILLIS = 20;

  /** So that looking at many takes a fiftieth of a processor, and no other step waits for it. */
  static final int LOOKS_A_ROUND = 20;

  private static final int TRY_AGAIN_MILLIS = 1_000;

  private final Loop loop;
  private final Platform.Choice platform;
  private final int mostPidfds;
  private final Map<Identity, Watch> watches = new HashMap<>();

  /** Those without a pidfd; who was looked at longest ago comes first. */
  private final Map<Identity, Watch> lookedAt = new LinkedHashMap<>();

  private int pidfds;
  private boolean hasPidfds = true;
  private boolean closed;
  private long nextTry = System.nanoTime();
  private long nextLook = System.nanoTime();

  private static final class Watch {
    final Identity process;
    final Runnable died;
    int pidfd = Child.NONE;

    Watch(Identity process, Runnable died) {
      this.process = process;
      this.died = died;
    }
  }

  /** Watches nobody yet, and at most so many by a descriptor. */
  Watches(Loop loop, Platform.Choice platform, int mostPidfds) {
    this.loop = loop;
    this.platform = platform;
    this.mostPidfds = mostPidfds;
  }

  /** Has this run when the process has died, or now when it has. */
  void add(Identity process, Runnable died) {
    if (closed) {
      return;
    }
    remove(process);
    Watch watch = new Watch(process, died);
    watches.put(process, watch);
    if (!open(watch)) {
      lookedAt.put(process, watch);
    }
  }

  /** Lets go of a process. */
  void remove(Identity process) {
    Watch watch = watches.remove(process);
    lookedAt.remove(process);
    if (watch != null && watch.pidfd != Child.NONE) {
      loop.close(watch.pidfd);
      watch.pidfd = Child.NONE;
      pidfds--;
    }
  }

  /** Lets go of all, and watches nobody any more. */
  void close() {
    closed = true;
    List.copyOf(watches.keySet()).forEach(this::remove);
  }

  /** How many are watched by a descriptor. */
  int pidfds() {
    return pidfds;
  }

  /** Does what is due; when to come again, in milliseconds, or {@link Loop#FOREVER}. */
  int round() {
    if (lookedAt.isEmpty()) {
      return Loop.FOREVER;
    }
    long left = nextLook - System.nanoTime();
    if (left > 0) {
      return (int) TimeUnit.NANOSECONDS.toMillis(left) + 1;
    }
    nextLook = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LOOK_EVERY_MILLIS);
    for (Watch watch : lookedAt.values().stream().limit(LOOKS_A_ROUND).toList()) {
      lookedAt.remove(watch.process);
      if (watch.process.isDead()) {
        died(watch);
      } else if (!open(watch)) {
        lookedAt.put(watch.process, watch);
      }
    }
    return lookedAt.isEmpty() ? Loop.FOREVER : LOOK_EVERY_MILLIS;
  }

  private void died(Watch watch) {
    remove(watch.process);
    var unused = Loop.guarded(watch.died);
  }

  /**
   * Watches a process by a pidfd, or tells that it has died; false where there is none to be had.
   */
  private boolean open(Watch watch) {
    if (!hasPidfds || pidfds >= mostPidfds || System.nanoTime() - nextTry < 0) {
      return false;
    }
    try {
      if (platform.get() == Platform.LINUX) {
        loop.open();
        return open(watch, Linux.pidfd((int) watch.process.pid()));
      }
      hasPidfds = false;
    } catch (Throwable e) {
      // No thread or no descriptor is left, say.
      LoggerFactory.getLogger(Watches.class).debug("A process is looked at, as {}", e.toString());
      tryLater();
    }
    return false;
  }

  private boolean open(Watch watch, int pidfd) {
    if (pidfd < 0) {
      int error = Libc.error();
      if (error == Libc.ESRCH) {
        died(watch);
        return true;
      }
      hasPidfds = error != Libc.ENOSYS && error != Libc.EPERM; // Too old, or forbidden.
      tryLater();
      return false;
    }
    // Only now: the number may have become somebody else's before, but not the descriptor since.
    Identity found = ProcessTable.identify(watch.process.pid());
    if (watch.process.equals(found)) {
      try {
        loop.watch(pidfd, Poller.Interest.READ, () -> died(watch));
        watch.pidfd = pidfd;
        pidfds++;
        return true;
      } finally {
        if (watch.pidfd == Child.NONE) {
          Libc.close(pidfd);
        }
      }
    }
    Libc.close(pidfd);
    if (watch.process.isDead()) {
      died(watch);
      return true;
    }
    tryLater(); // It could not be looked at.
    return false;
  }

  private void tryLater() {
    nextTry = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(TRY_AGAIN_MILLIS);
  }
}
