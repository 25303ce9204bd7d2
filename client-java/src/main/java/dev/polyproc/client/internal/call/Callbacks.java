package dev.polyproc.client.internal.call;

import dev.polyproc.client.internal.transport.Transport;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
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
 *       behind it go ahead, also when the client was closed meanwhile. So nothing that waits for
 *       what comes behind it waits for ever, as long as there are threads.
 *   <li>At most {@link #WIDTH} threads are busy with it; who takes longer than {@link
 *       #PATIENCE_NANOS} does not count.
 *   <li>All that comes in one frame is handed over at once.
 *   <li>Nothing is lost when the executor refuses, fails or is shut down: then the client's own
 *       threads do it. When there is none to be had, it is tried again.
 *   <li>Of a program's executor the event loop calls {@link Executor#execute}, and nothing else.
 * </ul>
 */
public final class Callbacks {
  /** How many threads are busy at once. */
  public static final int WIDTH = 4;

  /** After so long nobody behind a callback waits for it any more. */
  public static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /** So many calls of one object are completed before another object's turn. */
  private static final int TURN = 64;

  /** After so many looks at nothing the thread that looks goes. */
  private static final int IDLE_LOOKS = 20;

  /** The program's; null when it gave none. */
  private final @Nullable Executor executor;

  private final CallbackThreads threads;
  private final Transport transport;

  /** Whether a frame is being read, at whose end all goes over at once. The event loop's own. */
  private boolean gathering;

  // All below is guarded by this; nothing of others is called while it is locked.
  private final Map<Object, Lane> lanes = new HashMap<>();
  private final Deque<Lane> ready = new ArrayDeque<>();
  private final List<Worker> workers = new ArrayList<>();

  /** Those that do not count any more, but compute, so that the order of their lanes is kept. */
  private final List<Worker> slow = new ArrayList<>();

  /** Whether there is a thread that looks after the callbacks that take long, or will be. */
  private boolean watched;

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
  public Callbacks(@Nullable Executor executor, CallbackThreads threads, Transport transport) {
    this.executor = executor;
    this.threads = threads;
    this.transport = transport;
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
    synchronized (this) {
      int idle = Math.min(WIDTH - workers.size(), ready.size());
      for (int i = 0; i < idle; i++) {
        Worker worker = new Worker();
        workers.add(worker);
        started.add(worker);
      }
    }
    beWatched();
    started.forEach(this::start);
  }

  private void beWatched() {
    synchronized (this) {
      if (watched || !isToBeWatched()) {
        return;
      }
      watched = true;
    }
    threads.start("polyproc-callbacks-watch", this::watch);
  }

  /** Whether a callback may take long, or has no thread. */
  private boolean isToBeWatched() {
    return !slow.isEmpty()
        || (!ready.isEmpty() && workers.size() < WIDTH)
        || workers.stream().anyMatch(this::isToBeWatched);
  }

  /** Who knows whether the executor will begin it? One that can be shut down says so. */
  private boolean isToBeWatched(Worker worker) {
    return worker.thread != null || executor == null || executor instanceof ExecutorService;
  }

  private void start(Worker worker) {
    if (executor == null) {
      startOnOwnThread(worker);
      return;
    }
    try {
      executor.execute(worker);
    } catch (RuntimeException | Error e) { // of the executor, which may be anybody's
      startOnOwnThread(worker);
    }
  }

  private void startOnOwnThread(Worker worker) {
    try {
      threads.execute(worker);
    } catch (RejectedExecutionException | OutOfMemoryError e) {
      worker.forget(); // Another one is started at the next look.
    }
  }

  /** Lets others go on beside the callbacks that take long, as long as there are callbacks. */
  private void watch() {
    int idle = 0;
    while (idle < IDLE_LOOKS || !leaveUnwatched()) {
      try {
        TimeUnit.NANOSECONDS.sleep(PATIENCE_NANOS);
        idle = look() ? 0 : idle + 1;
      } catch (InterruptedException | OutOfMemoryError e) {
        // Nobody means this thread; and what there is no memory for is done at the next look.
      }
    }
  }

  private synchronized boolean leaveUnwatched() {
    watched = isToBeWatched();
    return !watched;
  }

  /** Answers whether there is anything to look after. */
  private boolean look() {
    boolean busy;
    boolean late = false;
    synchronized (this) {
      slow.removeIf(Worker::isDoneOrWaits);
      for (Worker worker : List.copyOf(workers)) {
        late |= worker.thread == null;
        if (worker.isStuck()) {
          worker.letGo();
        }
      }
      busy = isToBeWatched();
      late |= workers.size() < WIDTH && !ready.isEmpty();
    }
    if (executor == null) {
      start();
    } else if (late) {
      threads.executeSoon(this::seeToExecutor);
    }
    return busy;
  }

  /** An executor that was shut down may have dropped what it had not begun. */
  private void seeToExecutor() {
    if (executor instanceof ExecutorService service && service.isShutdown()) {
      List<Worker> notBegun;
      synchronized (this) {
        notBegun = workers.stream().filter(worker -> worker.thread == null).toList();
      }
      notBegun.forEach(this::startOnOwnThread);
    }
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
      beWatched();
      try {
        for (AsyncCall<?> call = next(); call != null; call = next()) {
          call.publish();
        }
      } finally {
        end();
        start(); // for what another one has left
      }
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
        if (current == null && counts()) {
          current = ready.poll();
          lane = current;
        }
        return current == null ? null : current.calls.poll();
      }
    }

    /** Whether it is among those that count, or can be again: no other thread is needed then. */
    private boolean counts() {
      if (!workers.contains(this) && workers.size() < WIDTH && !ready.isEmpty()) {
        slow.remove(this);
        workers.add(this);
      }
      return workers.contains(this);
    }

    /** It is not busy any more, or has died of a lack of memory. */
    private void end() {
      synchronized (Callbacks.this) {
        workers.remove(this);
        slow.remove(this);
        Lane current = lane;
        if (current != null) {
          lane = null;
          leave(current);
        }
      }
    }

    /** No thread was to be had for it. */
    void forget() {
      synchronized (Callbacks.this) {
        if (thread == null) {
          workers.remove(this);
        }
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
