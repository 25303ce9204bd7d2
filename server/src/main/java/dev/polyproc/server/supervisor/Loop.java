package dev.polyproc.server.supervisor;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
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
 *   <li>The C library is loaded by that thread. Where it cannot be, {@link #refusal} says why, and
 *       commands run all the same.
 *   <li>What a command throws is logged and stops nothing else.
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
  private static final byte[] ONE_BYTE = {1};

  private final Platform.Choice platform;
  private final IntSupplier round;
  private final Thread thread = new Thread(this::run, "polyproc-supervisor");
  private final LinkedBlockingQueue<Runnable> commands = new LinkedBlockingQueue<>();
  private final AtomicBoolean asleep = new AtomicBoolean();
  private final Map<Integer, Runnable> bound = new HashMap<>();
  private boolean left;
  private int[] bell = {-1, -1};
  private @Nullable Poller poller;
  private @Nullable String refusal;

  /** A loop that asks for its next deadline, in milliseconds from now, after all that was due. */
  Loop(Platform.Choice platform, IntSupplier round) {
    this.platform = platform;
    this.round = round;
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  /** Waits until the loop has ended, unless the loop itself asks. */
  void join() throws InterruptedException {
    if (Thread.currentThread() != thread) {
      thread.join();
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

  /** Why nothing can be started on this machine; null when it can. For the loop's thread. */
  @Nullable String refusal() {
    return refusal;
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
    open();
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
    } catch (RuntimeException e) {
      LOG.error("A round of the supervisor failed", e);
      return AFTER_FAILURE_MILLIS;
    }
  }

  private void open() {
    try {
      Platform means = platform.get();
      Poller opened = Poller.open(means);
      bell = Libc.pipe(means);
      Libc.neverWait(bell[0], means);
      Libc.neverWait(bell[1], means);
      poller = opened;
      byte[] rung = new byte[64];
      watch(bell[0], Poller.Interest.READ, () -> Libc.read(bell[0], rung, rung.length));
    } catch (StartFailure e) {
      refusal = e.sentence();
    } catch (LinkageError e) {
      LOG.warn("No process can be started: the C library is out of reach", e);
      refusal = "Expected to reach the C library through JNA, but " + e.getMessage();
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
    if (poller == null) {
      awaitCommand(patience);
      return;
    }
    asleep.set(true);
    poller.await(commands.isEmpty() ? patience : 0, this::ready);
    asleep.set(false);
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
    // Gone when an earlier one of the same batch closed it.
    Runnable action = bound.get(descriptor);
    if (action != null) {
      guarded(action);
    }
  }

  private static void guarded(Runnable action) {
    try {
      action.run();
    } catch (RuntimeException e) {
      LOG.error("A step of the supervisor failed", e);
    }
  }
}
