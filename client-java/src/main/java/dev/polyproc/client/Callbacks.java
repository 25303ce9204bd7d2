package dev.polyproc.client;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Completes the futures that a client's users have, and so runs what depends on them: on threads of
 * an executor, never on the event loop. Each object has a lane of its own.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>What depends on the calls of one object runs one after the other, in the order of the
 *       replies, unless it waits: what waits for longer than {@link #PATIENCE_NANOS} lets those
 *       behind it go ahead. So nothing that waits for what comes behind it waits for ever.
 *   <li>At most {@link #WIDTH} threads are busy with it; who takes longer than {@link
 *       #PATIENCE_NANOS} does not count.
 *   <li>All that comes in one frame is handed over at once.
 *   <li>Nothing is lost when the executor refuses, fails or is shut down: then threads of their own
 *       do it.
 * </ul>
 */
final class Callbacks {
  /** How many threads are busy at once. */
  static final int WIDTH = 4;

  /** After so long nobody behind a callback waits for it any more. */
  static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /** So many calls of one object are completed before another object's turn. */
  private static final int TURN = 64;

  private static final long IDLE_SECONDS = 2;

  private final Executor executor;
  private final Transport transport;

  /** Whether a frame is being read, at whose end all goes over at once. The event loop's own. */
  private boolean gathering;

  // All below is guarded by this; nothing of others is called while it is locked.
  private final Map<Object, Lane> lanes = new HashMap<>();
  private final Deque<Lane> ready = new ArrayDeque<>();
  private final List<Worker> workers = new ArrayList<>();

  /** Those that do not count any more, but compute, so that the order of their lanes is kept. */
  private final List<Worker> slow = new ArrayList<>();

  private boolean watching;

  /** The calls of one object that are to be completed, the first first. */
  private static final class Lane {
    final Object object;
    final Deque<AsyncCall<?>> calls = new ArrayDeque<>();

    Lane(Object object) {
      this.object = object;
    }
  }

  /**
   * @param executor runs what depends on futures; null for threads of the client's own
   */
  Callbacks(@Nullable Executor executor, Transport transport) {
    this.executor = executor == null ? threads() : executor;
    this.transport = transport;
  }

  /** Threads that come when they are needed, and go when they are idle. */
  private Executor threads() {
    return new ThreadPoolExecutor(
        0, Integer.MAX_VALUE, IDLE_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(), named());
  }

  /** Counts all threads of this client's. */
  private final AtomicInteger count = new AtomicInteger();

  /** Threads that are born of whoever is on the event loop, and are to have nothing of theirs. */
  private ThreadFactory named() {
    ClassLoader classes = Thread.currentThread().getContextClassLoader();
    return task -> {
      String name = "polyproc-callbacks-" + count.incrementAndGet();
      Thread thread = new Thread(null, task, name, 0, false);
      thread.setDaemon(true);
      thread.setContextClassLoader(classes);
      return thread;
    };
  }

  /** From now on, what is added goes over with {@link #handOver}. The event loop's own. */
  void gather() {
    gathering = true;
  }

  /** Hands over what was added since {@link #gather}. The event loop's own. */
  void handOver() {
    gathering = false;
    start();
  }

  /** Completes a call's future behind those of the same object. Any thread. */
  void add(AsyncCall<?> call) {
    synchronized (this) {
      Lane lane = lanes.get(call.object);
      if (lane == null) {
        lane = new Lane(call.object);
        lanes.put(call.object, lane);
        ready.add(lane);
      }
      lane.calls.add(call);
    }
    if (!transport.onLoop() || !gathering) {
      start();
    }
  }

  /** Has as many threads work as there are lanes for. */
  private void start() {
    List<Worker> started = new ArrayList<>(WIDTH);
    boolean watch;
    synchronized (this) {
      int idle = Math.min(WIDTH - workers.size(), ready.size());
      for (int i = 0; i < idle; i++) {
        Worker worker = new Worker();
        workers.add(worker);
        started.add(worker);
      }
      watch = !watching && !(workers.isEmpty() && slow.isEmpty());
      watching |= watch;
    }
    if (watch) {
      transport.executeLater(PATIENCE_NANOS, this::watch);
    }
    for (Worker worker : started) {
      try {
        executor.execute(worker);
      } catch (RuntimeException | Error e) { // of the executor, which may be anybody's
        named().newThread(worker).start();
      }
    }
  }

  /** Lets others go on beside the callbacks that take long. */
  private void watch() {
    boolean shutDown = executor instanceof ExecutorService service && service.isShutdown();
    List<Worker> dropped = new ArrayList<>();
    synchronized (this) {
      slow.removeIf(Worker::isDoneOrWaits);
      for (Worker worker : List.copyOf(workers)) {
        if (worker.isStuck()) {
          worker.letGo();
        } else if (shutDown && worker.thread == null) {
          dropped.add(worker);
        }
      }
      watching = false;
    }
    dropped.forEach(worker -> named().newThread(worker).start());
    start();
  }

  /** A thread that is busy with one lane after the other. Guarded by the callbacks. */
  private final class Worker implements Runnable {
    private @Nullable Thread thread;
    private @Nullable Lane lane;

    /** How many calls it has completed, and had when it was last looked at. */
    private long completed;

    private long seenCompleted = -1;

    @Override
    public void run() {
      if (!begin()) {
        return;
      }
      for (AsyncCall<?> call = next(); call != null; call = next()) {
        call.publish();
      }
      start(); // for what another one has left
    }

    /**
     * False when another thread has begun it: its executor was shut down, and has it all the same.
     */
    private boolean begin() {
      synchronized (Callbacks.this) {
        boolean first = thread == null;
        thread = first ? Thread.currentThread() : thread;
        return first;
      }
    }

    private @Nullable AsyncCall<?> next() {
      synchronized (Callbacks.this) {
        completed++;
        Lane current = lane;
        if (current != null && (current.calls.isEmpty() || isTurnOver())) {
          lane = null;
          leave(current);
          current = null;
        }
        if (current == null && workers.contains(this)) {
          current = ready.poll();
          lane = current;
        }
        if (current == null) {
          workers.remove(this);
          return null;
        }
        return current.calls.poll();
      }
    }

    /** Whether others have waited long enough for this lane. */
    private boolean isTurnOver() {
      return !workers.contains(this) || (completed % TURN == 0 && !ready.isEmpty());
    }

    /** Whether it is busy with the same call as when it was last looked at. */
    boolean isStuck() {
      boolean stuck = thread != null && completed == seenCompleted;
      seenCompleted = completed;
      return stuck;
    }

    /** Counts no more; and what waits keeps nobody behind it. */
    void letGo() {
      workers.remove(this);
      if (!isDoneOrWaits()) {
        slow.add(this);
      }
    }

    /** Whether it keeps no lane, or need not any more, as it waits: then others go on with that. */
    boolean isDoneOrWaits() {
      Lane current = lane;
      if (current != null && isWaiting()) {
        lane = null;
        leave(current);
      }
      return lane == null;
    }

    private void leave(Lane left) {
      if (left.calls.isEmpty()) {
        lanes.remove(left.object, left);
      } else {
        ready.add(left);
      }
    }

    private boolean isWaiting() {
      return switch (thread == null ? Thread.State.RUNNABLE : thread.getState()) {
        case BLOCKED, WAITING, TIMED_WAITING -> true;
        default -> false;
      };
    }
  }
}
