package dev.polyproc.server.supervisor;

import dev.polyproc.files.Environment;
import dev.polyproc.server.supervisor.ProcessTable.Identity;
import dev.polyproc.v1.Limits;
import dev.polyproc.v1.ProcessOutputRequest;
import dev.polyproc.v1.ProcessStartRequest;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.slf4j.LoggerFactory;

/**
 * Starts processes of the operating system, and reports what becomes of them. Tells also when one
 * has died that somebody else started.
 *
 * <p>A process is known by the engine's number, which is never used for another one.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>Start, signal and forget return at once and may be called by any thread; what one thread
 *       asks of a process is done in that order. Each may be repeated: a number that is known is
 *       not started again, one that is unknown or has ended is not signalled.
 *   <li>A process leads a session and a process group of its own, and signals go to the whole
 *       group. No signal ever reaches a process that merely got an old number.
 *   <li>The end is told as what it was, a code or a signal. See {@link Reports} for the rest.
 *   <li>Nothing outlives the daemon: {@link #close} ends all groups, and when the daemon is killed
 *       a guardian does. Only descendants that left the group, or that live on after the process
 *       itself has ended and nobody holds its stdout or stderr, are on their own.
 *   <li>A process never waits for its output to be read. What it wrote stays readable after its
 *       end, until it is forgotten, or until the memory for all output is used up: see {@link
 *       OutputMemory}.
 *   <li>Whatever keeps a process from being started, no thread or no descriptor left for instance,
 *       is the answer to that start, and to no later one.
 *   <li>Two threads and a small shell in all, from the first start on; nothing before, but the one
 *       thread where others' processes are watched.
 * </ul>
 */
public final class Supervisor implements AutoCloseable {
  private static final long GRACE_MILLIS = 5_000;

  private final Reports reports;
  private final long outputBytes;
  private final OutputMemory memory;
  private final Children children;
  private final Map<Long, Start> known = new ConcurrentHashMap<>();
  private volatile boolean begun;

  /**
   * A supervisor that starts processes in this environment.
   *
   * @param limits of which it keeps those on output
   * @param watches how many processes of others are watched by a descriptor at most
   * @param dead is told when the thread that owns the processes has ended, which must not be:
   *     nothing will be started, signalled or reported any more
   */
  public Supervisor(
      Environment baseEnvironment,
      Reports reports,
      Limits limits,
      int watches,
      Consumer<Throwable> dead) {
    this(baseEnvironment, reports, limits, watches, dead, Platform::current, GRACE_MILLIS);
  }

  Supervisor(
      Environment baseEnvironment,
      Reports reports,
      Limits limits,
      int watches,
      Consumer<Throwable> dead,
      Platform.Choice platform,
      long graceMillis) {
    this.reports = reports;
    this.outputBytes = limits.getOutputBytes();
    this.memory = new OutputMemory(limits.getAllOutputBytes());
    this.children =
        new Children(baseEnvironment, reports, platform, graceMillis, limits, watches, dead);
  }

  /**
   * Starts a process, with what the request asks for and then the extra environment on top of the
   * base.
   */
  public void start(
      long process, ProcessStartRequest request, Map<String, String> extraEnvironment) {
    Start start = new Start(process, request, extraEnvironment, new Output(memory, outputBytes));
    if (known.putIfAbsent(process, start) != null) {
      return;
    }
    try {
      begin();
      if (!children.start(start)) {
        fail(start, Children.SHUTTING_DOWN);
      }
    } catch (Throwable e) {
      // No thread can be made, say. The next start tries again.
      LoggerFactory.getLogger(Supervisor.class).warn(Children.NOT_STARTED, e.toString());
      fail(start, "Expected to start a process, but " + e);
    }
  }

  /**
   * Reaps from now on, where this is the first process of a container, whom the system leaves to
   * it: processes whose parents died. Never what it started itself.
   */
  public void adoptOrphans() {
    if (Orphans.areLeftToUs()) {
      begin();
      children.loop().post(children::adopt);
    }
  }

  /**
   * Has this run when a process that somebody else started has died, on the supervisor's thread;
   * once, unless {@link #unwatch} comes before. A process has one watch at most.
   */
  public void watch(Identity process, Runnable died) {
    if (children.loop().post(() -> children.watches().add(process, died))) {
      try {
        begin();
      } catch (Throwable e) {
        // No thread can be made, say. The next watch, or start, tries again.
        LoggerFactory.getLogger(Supervisor.class)
            .warn("A process is not watched yet: {}", e.toString());
      }
    }
  }

  /**
   * Runs this, on whatever thread, when the end of a process that has died is reported, if it is
   * one that was started here: who ends what lived in it does so after whoever hears of that.
   */
  public void afterReport(Identity process, Runnable then) {
    if (!begun || !children.loop().post(() -> children.afterReport(process.pid(), then))) {
      then.run();
    }
  }

  /** Watches a process no more. */
  public void unwatch(Identity process) {
    children.loop().post(() -> children.watches().remove(process));
  }

  private void fail(Start start, String sentence) {
    start.drop();
    start.output.processEnded();
    start.output.end();
    reports.failed(start.process, sentence);
  }

  private synchronized void begin() {
    if (!begun) {
      children.loop().start();
      begun = true;
    }
  }

  /** Sends a signal to the process's group. One that is still being started gets it then. */
  public void signal(long process, int signal) {
    if (begun) {
      children.loop().post(() -> children.signal(process, signal));
    }
  }

  /**
   * Drops the process's output, and ends its group if that lives: SIGTERM, and SIGKILL after a
   * grace of five seconds. The end is still reported. One that was not started yet is not started.
   */
  public void forget(long process) {
    Start start = known.remove(process);
    if (start != null) {
      start.drop();
      start.output.drop();
    }
    if (begun) {
      children.forget(process);
    }
  }

  /**
   * A reader of the process's output, which tells when there is more; empty for a process that is
   * unknown or forgotten. One that is still being started, or could not be, has an output too.
   */
  public Optional<OutputCursor> output(long process, ProcessOutputRequest request, Runnable more) {
    return Optional.ofNullable(known.get(process)).map(start -> start.output.open(request, more));
  }

  /**
   * Ends all groups as {@link #forget} does, at the same time, and returns when all are reaped and
   * reported. Output stays readable.
   */
  @Override
  public void close() {
    synchronized (this) {
      if (!begun) {
        begun = true;
        children.loop().leave();
        return;
      }
    }
    children.loop().post(children::close);
    try {
      children.loop().join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
