package dev.polyproc.server.supervisor;

import com.sun.jna.Pointer;
import dev.polyproc.files.Environment;
import dev.polyproc.server.supervisor.Reaper.End;
import dev.polyproc.v1.Limits;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The processes from their start to their reaping. On the loop's thread, except that starting them
 * has a thread of its own, to which whoever asks hands the start, and which reports it.
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

  /** What the log says of a start that failed for no fault of its request. */
  static final String NOT_STARTED = "A process could not be started: {}";

  private static final Logger LOG = LoggerFactory.getLogger(Children.class);
  private static final int LOOK_EVERY_MILLIS = 10;

  /** How much of what a process wrote to stderr is told with its end. */
  private static final int LAST_ERRORS = 2_048;

  // A process that not even SIGKILL ends hangs in the kernel.
  private static final long PATIENCE_AFTER_KILL_MILLIS = 5_000;
  private static final long HANDING_OVER_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Environment environment;
  private final Reports reports;
  private final Platform.Choice platform;
  private final long graceMillis;
  private final int mostEndings;
  private final long mostInput;
  private final Consumer<Throwable> dead;
  private final MemoryKills kills = new MemoryKills();
  private final Loop loop;
  private final Terminations terminations;
  private final Watches watches;

  /** All that are not reaped yet. */
  private final Map<Long, Start> starts = new ConcurrentHashMap<>();

  /** Those of them that the loop has taken over from the spawner. */
  private final Map<Long, Child> running = new LinkedHashMap<>();

  /** How many were forgotten, and the loop has not seen that yet. */
  private final AtomicInteger forgotten = new AtomicInteger();

  private final Set<Child> withoutPidfd = new LinkedHashSet<>();
  private volatile @Nullable Tools tools;
  private @Nullable Orphans orphans;
  private volatile boolean closing;
  private long giveUpAt;

  /** What the first start needs. */
  private record Tools(
      ExecutorService thread, PosixSpawn spawn, Guardian guardian, Spawner spawner, Pipes pipes) {}

  Children(
      Environment environment,
      Reports reports,
      Platform.Choice platform,
      long graceMillis,
      Limits limits,
      int mostWatches,
      Consumer<Throwable> dead) {
    this.environment = environment;
    this.reports = reports;
    this.platform = platform;
    this.graceMillis = graceMillis;
    this.mostEndings = limits.getProcesses();
    this.mostInput = limits.getAllOutputBytes();
    this.dead = dead;
    this.loop = new Loop(platform, this::round, dead);
    this.terminations = new Terminations(graceMillis, this::reap);
    this.watches = new Watches(loop, platform, mostWatches);
  }

  /** The thread to call everything here on. */
  Loop loop() {
    return loop;
  }

  /** The processes that others started. */
  Watches watches() {
    return watches;
  }

  /** Starts a process, unless that was done before; false when it is too late. By any thread. */
  boolean start(Start start) {
    if (starts.putIfAbsent(start.process, start) != null) {
      return true;
    }
    boolean taken = false;
    try {
      taken = handedOver(start) || loop.post(() -> begin(start));
    } finally {
      if (!taken) {
        starts.remove(start.process, start);
      }
    }
    return taken;
  }

  /** Spares the way by the loop, where it had nothing to say. */
  private boolean handedOver(Start start) {
    Tools used = tools;
    // In this order, or one that the loop sees just now would be in neither.
    boolean isRoom = forgotten.get() + terminations.size() < mostEndings;
    if (used == null || !isRoom || start.inputBytes() > 0) {
      return false;
    }
    try {
      used.thread.execute(() -> spawn(used.spawner, start));
      return true;
    } catch (RejectedExecutionException | OutOfMemoryError e) {
      return false; // It is shutting down, or has no thread: the loop will say so.
    }
  }

  private void begin(Start start) {
    try {
      if (closing) {
        throw new StartFailure(SHUTTING_DOWN);
      }
      if (terminations.size() >= mostEndings) {
        throw new StartFailure(
            "Expected less than "
                + mostEndings
                + " processes that were deleted and are still ending, but there are so many; start"
                + " it a little later");
      }
      loop.open();
      Tools used = tools();
      used.pipes.reserve(start);
      used.thread.execute(() -> spawn(used.spawner, start));
    } catch (Throwable e) {
      failed(start, sentence(e));
    }
  }

  /** Reaps from now on whom the system leaves to this process. */
  void adopt() {
    try {
      loop.open();
      Tools used = tools();
      orphans =
          new Orphans(
              loop,
              task -> used.thread.execute(() -> Loop.guarded(task)),
              pid -> used.guardian.isShell(pid) || isRunning(pid));
    } catch (StartFailure e) {
      LOG.warn("Orphans will not be reaped: {}", e.sentence());
    }
  }

  private boolean isRunning(int pid) {
    return running.values().stream().anyMatch(child -> child.pid == pid);
  }

  /** Signals the group of a process that has not ended. */
  void signal(long process, int signal) {
    Child child = running.get(process);
    Start start = starts.get(process);
    if (child != null && !child.ended) {
      child.signal(signal);
    } else if (child == null && start != null) {
      start.postpone(signal);
    }
  }

  /** Ends the group of a process. By any thread. */
  void forget(long process) {
    forgotten.incrementAndGet();
    Runnable end =
        () -> {
          Loop.guarded(() -> end(process));
          forgotten.decrementAndGet();
        };
    if (!loop.post(end)) {
      forgotten.decrementAndGet();
    }
  }

  private void end(long process) {
    Child child = running.get(process);
    Start start = starts.get(process);
    if (child != null) {
      terminations.add(child);
      // Nobody is charged for it any more.
      pipes().closeInput(child);
    } else if (start != null) {
      start.postponeEnd();
    }
  }

  /** Ends everything; the loop stops when that is done. */
  void close() {
    if (!closing) {
      closing = true;
      postponeGivingUp();
      running.values().forEach(terminations::add);
      watches.close();
    }
  }

  private void postponeGivingUp() {
    giveUpAt =
        System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(graceMillis + PATIENCE_AFTER_KILL_MILLIS);
  }

  /** On the spawner's thread. */
  private void spawn(Spawner spawner, Start start) {
    try {
      if (closing) {
        throw new StartFailure(SHUTTING_DOWN);
      }
      Child child = spawner.start(start);
      if (start.answer()) {
        start.runs(child.pid);
        // Before the loop has it, which reports its end. Whatever this throws, the child is there.
        var unused = Loop.guarded(() -> reports.started(child.process, child.pid));
        if (!loop.post(() -> takeOver(child))) {
          child.kill();
        }
      } else {
        // It took so long that close has given it up.
        child.kill();
      }
    } catch (Throwable e) {
      // Also an error: this thread must not end, and whoever waits for the start must be answered.
      if (!loop.post(() -> failed(start, sentence(e)))) {
        failed(start, sentence(e));
      }
    }
  }

  private static String sentence(Throwable reason) {
    if (reason instanceof StartFailure failure) {
      if (failure.isOfTheSystem()) {
        LOG.warn(NOT_STARTED, failure.sentence());
      }
      return failure.sentence();
    }
    if (reason instanceof RuntimeException) {
      LOG.error("A process could not be started", reason);
    } else {
      LOG.warn(NOT_STARTED, reason.toString());
    }
    return "Expected to start a process, but " + reason;
  }

  private void takeOver(Child child) {
    running.put(child.process, child);
    try {
      if (child.pidfd == Child.NONE) {
        withoutPidfd.add(child);
      } else {
        loop.watch(child.pidfd, Poller.Interest.READ, () -> look(child));
      }
      pipes().open(child);
    } catch (Throwable e) {
      LOG.error("Process {} is ended, as it cannot be watched", child.pid, e);
      giveUp(child);
    }
    if (closing) {
      postponeGivingUp();
      terminations.add(child);
    }
    child.start.postponedSignals().forEach(child::signal);
    if (child.start.isToEnd()) {
      end(child.process);
    }
    child.start.postponedSteps().forEach(Loop::guarded);
  }

  /** Ends a child of which no descriptor tells: it is looked at until it has ended. */
  private void giveUp(Child child) {
    if (child.pidfd != Child.NONE) {
      loop.close(child.pidfd);
      child.pidfd = Child.NONE;
    }
    withoutPidfd.add(child);
    child.kill();
    pipes().close(child);
  }

  private void failed(Start start, String sentence) {
    if (start.answer()) {
      start.drop();
      Tools used = tools;
      if (used != null) {
        used.pipes.release(start);
      }
      starts.remove(start.process, start);
      start.output.processEnded();
      start.output.end();
      reports.failed(start.process, sentence);
    }
  }

  /** Runs this after the end of the child with this process id is reported, if that has come. */
  void afterReport(long pid, Runnable then) {
    for (Start start : starts.values()) {
      Child child = running.get(start.process);
      if (start.pid() != pid) {
        continue;
      } else if (child == null) {
        // The spawner is about to hand it over.
        start.postpone(() -> afterReport(pid, then));
        return;
      } else if (!child.ended) {
        look(child);
      }
    }
    then.run();
  }

  /** Reports the child's end, if it has come. */
  private void look(Child child) {
    End end = Reaper.see(child.pid);
    if (end == null) {
      return;
    }
    if (child.pidfd == Child.NONE) {
      withoutPidfd.remove(child);
    } else {
      loop.close(child.pidfd);
    }
    // Its descriptor tells no second time: whatever fails from here on, the end is reported.
    var unusedDrained = Loop.guarded(() -> pipes().drain(child));
    child.ended = true;
    child.output.processEnded();
    var unusedSettled = Loop.guarded(() -> settle(child));
    if (!child.reported) {
      child.reported = true;
      report(child, end);
    }
  }

  private void report(Child child, End end) {
    boolean isFine = !end.bySignal() && end.number() == 0;
    byte[] lastErrors = isFine ? new byte[0] : child.output.lastErrors(LAST_ERRORS);
    if (end.bySignal()) {
      boolean outOfMemory = end.number() == Libc.SIGKILL && !child.killed && kills.takeOne();
      reports.killed(child.process, child.pid, end.number(), outOfMemory, lastErrors);
    } else {
      reports.exited(child.process, child.pid, end.number(), lastErrors);
    }
  }

  private void silent(Child child) {
    child.output.end();
    settle(child);
  }

  private void settle(Child child) {
    boolean kept = child.mayWrite() || terminations.has(child);
    if (child.ended && !kept && running.containsKey(child.process)) {
      reap(child);
    }
  }

  private void reap(Child child) {
    running.remove(child.process);
    starts.remove(child.process, child.start);
    Tools used = tools;
    if (used != null) {
      used.guardian.ended(child.pid);
    }
    Reaper.reap(child.pid);
    pipes().close(child);
  }

  private int round() {
    if (closing && (starts.isEmpty() || isTimeUp())) {
      finish();
      return Loop.STOP;
    }
    List.copyOf(withoutPidfd).forEach(child -> Loop.guarded(() -> look(child)));
    int patience = sooner(terminations.round(), watches.round());
    if (!withoutPidfd.isEmpty() || closing) {
      patience = sooner(patience, LOOK_EVERY_MILLIS);
    }
    if (orphans != null && !closing) {
      patience = sooner(patience, orphans.round());
    }
    return patience;
  }

  private boolean isTimeUp() {
    long over = System.nanoTime() - giveUpAt;
    if (over <= 0) {
      return false;
    }
    refuseAll();
    // One that the spawner has just reported as started comes at any moment, and has its time.
    return running.keySet().containsAll(starts.keySet()) || over > HANDING_OVER_NANOS;
  }

  private void refuseAll() {
    List.copyOf(starts.values()).forEach(start -> failed(start, SHUTTING_DOWN));
  }

  private static int sooner(int one, int other) {
    return one == Loop.FOREVER ? other : other == Loop.FOREVER ? one : Math.min(one, other);
  }

  private Tools tools() throws StartFailure {
    Tools made = tools;
    if (made == null) {
      Platform means = platform.get();
      defaultChildSignal();
      ExecutorService thread = Executors.newSingleThreadExecutor(this::spawnerThread);
      Executor guarded = task -> thread.execute(() -> Loop.guarded(task));
      PosixSpawn spawn = new PosixSpawn(means);
      Guardian guardian = new Guardian(means, spawn, loop, guarded, Spawner.path(environment));
      Spawner spawner = new Spawner(means, environment, guardian, spawn);
      made = new Tools(thread, spawn, guardian, spawner, new Pipes(loop, this::silent, mostInput));
      tools = made;
    }
    return made;
  }

  private Pipes pipes() {
    Tools used = tools;
    if (used == null) {
      throw new IllegalStateException("Expected a child to come from a spawner");
    }
    return used.pipes;
  }

  /** Lets go of everything. Comes again when a command came meanwhile, which is then refused. */
  private void finish() {
    running.values().forEach(child -> LOG.warn("Process {} does not end", child.pid));
    running.clear();
    refuseAll();
    starts.clear();
    Tools last = tools;
    if (last != null) {
      tools = null;
      last.thread.shutdown();
      if (hasEnded(last.thread)) {
        last.guardian.close();
        last.spawn.close();
      }
      last.pipes.close();
    }
  }

  /** Not while it hangs in the operating system: then it still uses what it was given. */
  private static boolean hasEnded(ExecutorService thread) {
    try {
      return thread.awaitTermination(1, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** A parent that ignores SIGCHLD, which is inherited, would lose how its children ended. */
  private static void defaultChildSignal() {
    Pointer before = Libc.signal(Libc.SIGCHLD, null);
    if (Pointer.nativeValue(before) > 1) {
      Libc.signal(Libc.SIGCHLD, before);
    }
  }

  private Thread spawnerThread(Runnable work) {
    Thread thread = new Thread(work, "polyproc-spawner");
    thread.setDaemon(true);
    thread.setUncaughtExceptionHandler((ended, why) -> dead.accept(why));
    return thread;
  }
}
