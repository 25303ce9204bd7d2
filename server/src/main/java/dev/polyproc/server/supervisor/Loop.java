package dev.polyproc.server.supervisor;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One thread that runs commands and waits for file descriptors.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>Commands run in the order in which they were posted, by the one thread that also runs what
 *       is bound to the descriptors. {@link #post} never waits.
 *   <li>The C library is loaded by that thread, when {@link #open} is first called. Where it cannot
 *       be, that says why, and commands run all the same.
 *   <li>Whatever a step throws, an error too, is logged and stops nothing else. Should the thread
 *       end all the same, somebody is told.
 * </ul>
 */
final class Loop {
  /** The answer of a round that is the last one. */
  static final int STOP = Integer.MIN_VALUE;

  /** The answer of a round that has nothing to wait for but commands and descriptors. */
  static final int FOREVER = -1;

  private static final Logger LOG = LoggerFactory.getLogger(Loop.class);
  private static final int COMMANDS_A_ROUND = 256;
  private static final int AFTER_FAILURE_MILLIS = 1_000;
  private static final int DESCRIPTORS = 8;
  private static final byte[] ONE_BYTE = {1};

  private final Platform.Choice platform;
  private final IntSupplier round;
  private final Consumer<Throwable> dead;
  private final LinkedBlockingQueue<Runnable> commands = new LinkedBlockingQueue<>();
  private final AtomicBoolean asleep = new AtomicBoolean();
  private final Map<Integer, Runnable> bound = new HashMap<>();
  private volatile @Nullable Thread thread;
  private boolean left;
  private int[] bell = {-1, -1};
  private @Nullable Poller poller;
  private @Nullable String broken;

  /**
   * A loop that has no thread yet.
   *
   * @param round does all that is due, and answers its next deadline in milliseconds from now
   * @param dead is told when the thread has ended of something thrown
   */
  Loop(Platform.Choice platform, IntSupplier round, Consumer<Throwable> dead) {
    this.platform = platform;
    this.round = round;
    this.dead = dead;
  }

  /** Starts the thread. May be called again when that failed. */
  void start() {
    Thread started = new Thread(this::run, "polyproc-supervisor");
    started.setDaemon(true);
    started.setUncaughtExceptionHandler((ended, why) -> dead.accept(why));
    started.start();
    thread = started;
  }

  /** Waits until the loop has ended, unless the loop itself asks. */
  void join() throws InterruptedException {
    Thread started = thread;
    if (started != null && Thread.currentThread() != started) {
      started.join();
    }
  }

  /** Has the loop run this; false when it has ended. */
  boolean post(Runnable command) {
    synchronized (commands) {
      if (left) {
        return false;
      }
      commands.add(command);
      // Under the lock, so that the loop cannot leave and close the bell in between.
      if (asleep.compareAndSet(true, false)) {
        Libc.write(bell[1], ONE_BYTE, 1);
      }
      return true;
    }
  }

  /**
   * Gets the means of the operating system ready, unless they are. Where that fails for something
   * that passes, such as no descriptor left, the next call tries again. For the loop's thread.
   */
  void open() throws StartFailure {
    if (broken != null) {
      throw new StartFailure(broken);
    }
    if (poller == null) {
      requireThread();
      requireDescriptors();
      try {
        load();
      } catch (LinkageError e) {
        // The JVM does not try a second time to load what it could not load.
        broken =
            "Expected to reach the C library through JNA, but "
                + e.getMessage()
                + "; when that is mended, start the daemon again";
        LOG.warn(
            "No process can be started, and those of clients are looked at, not watched: the C"
                + " library is out of reach",
            e);
        throw new StartFailure(broken);
      }
    }
  }

  /** Or loading would fail halfway, for JNA starts one of its own, and then for ever. */
  private static void requireThread() {
    Thread probe = new Thread(() -> {}, "polyproc-probe");
    probe.setDaemon(true);
    probe.start();
  }

  /** For the same reason: it is unpacked, and loaded from a file. */
  private static void requireDescriptors() throws StartFailure {
    List<InputStream> opened = new ArrayList<>();
    try {
      for (int i = 0; i < DESCRIPTORS; i++) {
        opened.add(new FileInputStream("/dev/null"));
      }
    } catch (IOException e) {
      throw StartFailure.ofTheSystem(
          "Expected a few descriptors to start a process with, but " + e.getMessage());
    } finally {
      for (InputStream stream : opened) {
        close(stream);
      }
    }
  }

  private static void close(InputStream stream) {
    try {
      stream.close();
    } catch (IOException e) {
      LOG.warn("Expected to close a file, but {}", e.toString());
    }
  }

  private void load() throws StartFailure {
    Platform means = platform.get();
    Poller opened = Poller.open(means);
    try {
      bell = Libc.pipe(means);
    } catch (StartFailure e) {
      opened.close();
      throw e;
    }
    Libc.neverWait(bell[0], means);
    Libc.neverWait(bell[1], means);
    poller = opened;
    byte[] rung = new byte[64];
    watch(bell[0], Poller.Interest.READ, () -> Libc.read(bell[0], rung, rung.length));
  }

  /** Has this run whenever the descriptor is ready. For the loop's thread. */
  void watch(int descriptor, Poller.Interest interest, Runnable action) {
    if (poller != null) {
      poller.add(descriptor, interest);
      bound.put(descriptor, action);
    }
  }

  /** Watches it no more, and closes it. For the loop's thread. */
  void close(int descriptor) {
    if (poller != null && bound.remove(descriptor) != null) {
      poller.remove(descriptor);
    }
    Libc.close(descriptor);
  }

  private void run() {
    while (true) {
      runCommands();
      int patience = patience();
      if (patience == STOP && leave()) {
        break;
      }
      await(patience == STOP ? 0 : patience);
    }
    if (poller != null) {
      close(bell[0]);
      close(bell[1]);
      poller.close();
    }
  }

  private void runCommands() {
    // Not for ever: the descriptors want their turn too.
    for (int i = 0; i < COMMANDS_A_ROUND; i++) {
      Runnable command = commands.poll();
      if (command == null) {
        return;
      }
      guarded(command);
    }
  }

  private int patience() {
    try {
      return round.getAsInt();
    } catch (Throwable e) {
      LOG.error("A round of the supervisor failed", e);
      return AFTER_FAILURE_MILLIS;
    }
  }

  /** Takes no more commands, unless some are waiting; whether that is so. */
  boolean leave() {
    synchronized (commands) {
      left = commands.isEmpty();
      return left;
    }
  }

  private void await(int patience) {
    Poller opened = poller;
    if (opened == null) {
      awaitCommand(patience);
    } else if (!guarded(() -> awaitAny(opened, patience))) {
      awaitCommand(AFTER_FAILURE_MILLIS);
    }
  }

  private void awaitAny(Poller opened, int patience) {
    asleep.set(true);
    try {
      opened.await(commands.isEmpty() ? patience : 0, this::ready);
    } finally {
      asleep.set(false);
    }
  }

  private void awaitCommand(int patience) {
    try {
      Runnable command =
          patience == FOREVER ? commands.take() : commands.poll(patience, TimeUnit.MILLISECONDS);
      if (command != null) {
        guarded(command);
      }
    } catch (InterruptedException e) {
      LOG.warn("Expected nobody to interrupt the supervisor, but somebody did", e);
    }
  }

  private void ready(int descriptor) {
    // What a step posts from here on is run before the next sleep: nobody needs to ring.
    asleep.set(false);
    // Gone when an earlier one of the same batch closed it.
    Runnable action = bound.get(descriptor);
    if (action != null) {
      guarded(action);
    }
  }

  /** Runs this, and logs what it throws; whether it threw nothing. */
  static boolean guarded(Runnable action) {
    try {
      action.run();
      return true;
    } catch (Throwable e) {
      LOG.error("A step of the supervisor failed", e);
      return false;
    }
  }
}
