package dev.polyproc.server.supervisor;

import com.sun.jna.Pointer;
import dev.polyproc.server.supervisor.Ends.End;
import dev.polyproc.v1.ProcessStartRequest;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The processes from their start to their reaping. On the loop's thread, except that starting them
 * has a thread of its own.
 *
 * <pre>
 *   starting ─▶ running ─▶ ended, but others hold its output open ─▶ reaped
 *       └▶ failed   └───────────────────────────────────────────────▶ reaped
 * </pre>
 *
 * <p>A process that has ended is reaped when nobody holds its stdout and stderr open any more.
 * Until then it is a zombie that keeps the group's number, so that descendants can be ended with
 * it.
 */
final class Children {
  static final String SHUTTING_DOWN =
      "Expected a running daemon to start a process, but it is shutting down";

  private static final Logger LOG = LoggerFactory.getLogger(Children.class);
  private static final int LOOK_EVERY_MILLIS = 10;

  // A process that not even SIGKILL ends hangs in the kernel.
  private static final long PATIENCE_AFTER_KILL_MILLIS = 5_000;

  private final Map<String, String> environment;
  private final Reports reports;
  private final Platform.Choice platform;
  private final long graceMillis;
  private final Loop loop;
  private final Endings endings;
  private final Map<Long, Queue<Runnable>> starting = new HashMap<>();
  private final Map<Long, Child> running = new LinkedHashMap<>();
  private final Set<Child> withoutPidfd = new LinkedHashSet<>();
  private @Nullable Tools tools;
  private volatile boolean closing;
  private long giveUpAt;

  /** What the first start needs. */
  private record Tools(
      ExecutorService thread, PosixSpawn spawn, Guardian guardian, Spawner spawner, Pipes pipes) {}

  Children(
      Map<String, String> environment,
      Reports reports,
      Platform.Choice platform,
      long graceMillis) {
    this.environment = Map.copyOf(environment);
    this.reports = reports;
    this.platform = platform;
    this.graceMillis = graceMillis;
    this.loop = new Loop(platform, this::round);
    this.endings = new Endings(graceMillis, this::reap);
  }

  /** The thread to call everything here on. */
  Loop loop() {
    return loop;
  }

  /** Starts a process, unless that was done before. */
  void start(long process, ProcessStartRequest request, Map<String, String> extra, Output output) {
    if (starting.containsKey(process) || running.containsKey(process)) {
      return;
    }
    starting.put(process, new ArrayDeque<>());
    try {
      String refusal = closing ? SHUTTING_DOWN : loop.refusal();
      if (refusal != null) {
        throw new StartFailure(refusal);
      }
      Tools used = tools();
      used.thread.execute(() -> spawn(used.spawner, process, request, extra, output));
    } catch (StartFailure | RuntimeException | LinkageError e) {
      failed(process, output, sentence(e));
    }
  }

  /** Signals the group of a process that has not ended. */
  void signal(long process, int signal) {
    if (!postponed(process, () -> signal(process, signal))) {
      Child child = running.get(process);
      if (child != null && !child.ended) {
        child.signal(signal);
      }
    }
  }

  /** Ends the group of a process. */
  void end(long process) {
    if (!postponed(process, () -> end(process))) {
      Child child = running.get(process);
      if (child != null) {
        endings.add(child);
      }
    }
  }

  /** Ends everything; the loop stops when that is done. */
  void close() {
    if (!closing) {
      closing = true;
      giveUpAt =
          System.nanoTime()
              + TimeUnit.MILLISECONDS.toNanos(graceMillis + PATIENCE_AFTER_KILL_MILLIS);
      running.values().forEach(endings::add);
    }
  }

  /** Keeps what is asked of a process until it is started; false when it is not being started. */
  private boolean postponed(long process, Runnable command) {
    Queue<Runnable> later = starting.get(process);
    return later != null && later.add(command);
  }

  /** On the spawner's thread. */
  private void spawn(
      Spawner spawner,
      long process,
      ProcessStartRequest request,
      Map<String, String> extra,
      Output output) {
    try {
      if (closing) {
        throw new StartFailure(SHUTTING_DOWN);
      }
      Child child = spawner.start(process, request, extra, output);
      loop.post(() -> started(child));
    } catch (StartFailure | RuntimeException | LinkageError e) {
      loop.post(() -> failed(process, output, sentence(e)));
    }
  }

  private static String sentence(Throwable reason) {
    if (reason instanceof StartFailure failure) {
      return failure.sentence();
    }
    LOG.error("A process could not be started", reason);
    return "Expected to start a process, but " + reason;
  }

  private void started(Child child) {
    running.put(child.process, child);
    if (child.pidfd == Child.NONE) {
      withoutPidfd.add(child);
    } else {
      loop.watch(child.pidfd, Poller.Interest.READ, () -> look(child));
    }
    pipes().open(child);
    if (closing) {
      endings.add(child);
    }
    Queue<Runnable> postponed = starting.remove(child.process);
    reports.started(child.process, child.pid);
    if (postponed != null) {
      postponed.forEach(Runnable::run);
    }
  }

  private void failed(long process, Output output, String sentence) {
    starting.remove(process);
    output.end();
    reports.failed(process, sentence);
  }

  /** Reports the child's end, if it has come. */
  private void look(Child child) {
    End end = Ends.see(child.pid);
    if (end == null) {
      return;
    }
    if (child.pidfd == Child.NONE) {
      withoutPidfd.remove(child);
    } else {
      loop.close(child.pidfd);
    }
    pipes().drain(child);
    child.ended = true;
    settle(child);
    if (end.bySignal()) {
      reports.killed(child.process, end.number());
    } else {
      reports.exited(child.process, end.number());
    }
  }

  private void silent(Child child) {
    child.output.end();
    settle(child);
  }

  private void settle(Child child) {
    boolean kept = child.mayWrite() || endings.has(child);
    if (child.ended && !kept && running.containsKey(child.process)) {
      reap(child);
    }
  }

  private void reap(Child child) {
    running.remove(child.process);
    if (tools != null) {
      tools.guardian.ended(child.pid);
    }
    Ends.reap(child.pid);
    pipes().close(child);
  }

  private int round() {
    if (closing && starting.isEmpty() && (running.isEmpty() || System.nanoTime() > giveUpAt)) {
      finish();
      return Loop.STOP;
    }
    List.copyOf(withoutPidfd).forEach(this::look);
    int patience = endings.round();
    boolean often = !withoutPidfd.isEmpty() || closing;
    if (often && (patience == Loop.FOREVER || patience > LOOK_EVERY_MILLIS)) {
      patience = LOOK_EVERY_MILLIS;
    }
    return patience;
  }

  private Tools tools() throws StartFailure {
    if (tools == null) {
      Platform means = platform.get();
      defaultChildSignal();
      ExecutorService thread = Executors.newSingleThreadExecutor(Children::spawnerThread);
      PosixSpawn spawn = new PosixSpawn(means);
      Guardian guardian = new Guardian(means, spawn, loop, thread, Spawner.path(environment));
      Spawner spawner = new Spawner(means, environment, guardian, spawn);
      tools = new Tools(thread, spawn, guardian, spawner, new Pipes(loop, this::silent));
    }
    return tools;
  }

  private Pipes pipes() {
    if (tools == null) {
      throw new IllegalStateException("Expected a child to come from a spawner");
    }
    return tools.pipes;
  }

  /** Lets go of everything. Comes again when a command came meanwhile, which is then refused. */
  private void finish() {
    running.values().forEach(child -> LOG.warn("Process {} does not end", child.pid));
    running.clear();
    if (tools != null) {
      Tools last = tools;
      tools = null;
      last.thread.shutdown();
      try {
        last.thread.awaitTermination(1, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      last.guardian.close();
      last.spawn.close();
      last.pipes.close();
    }
  }

  /** A parent that ignores SIGCHLD, which is inherited, would lose how its children ended. */
  private static void defaultChildSignal() {
    Pointer before = Libc.signal(Libc.SIGCHLD, null);
    if (Pointer.nativeValue(before) > 1) {
      Libc.signal(Libc.SIGCHLD, before);
    }
  }

  private static Thread spawnerThread(Runnable work) {
    Thread thread = new Thread(work, "polyproc-spawner");
    thread.setDaemon(true);
    return thread;
  }
}
