package dev.polyproc.server.supervisor;

import dev.polyproc.v1.ProcessStartRequest;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A start that was asked for: what to run, until somebody takes it to run it, or it is not wanted
 * any more. So nothing is kept of a request in the line before the spawner when its process has
 * been forgotten.
 */
final class Start {
  /** The engine's number. */
  final long process;

  final Map<String, String> extraEnvironment;
  final Output output;

  private final AtomicReference<@Nullable ProcessStartRequest> request;
  private final AtomicBoolean answered = new AtomicBoolean();

  /** The loop's own: how many bytes of stdin are kept for it; see {@link Pipes#reserve}. */
  long reserved;

  // The loop's own: at most one of each number, however often somebody signals.
  private final Set<Integer> signals = new LinkedHashSet<>();
  private final List<Runnable> steps = new ArrayList<>();
  private boolean end;

  private volatile int pid;

  Start(
      long process,
      ProcessStartRequest request,
      Map<String, String> extraEnvironment,
      Output output) {
    this.process = process;
    this.request = new AtomicReference<>(request);
    this.extraEnvironment = Map.copyOf(extraEnvironment);
    this.output = output;
  }

  /** What to run, once. By any thread. */
  ProcessStartRequest take() throws StartFailure {
    ProcessStartRequest taken = request.getAndSet(null);
    if (taken == null) {
      throw new StartFailure("Expected to start a process, but it was deleted before");
    }
    return taken;
  }

  /** How many bytes it wants in its stdin; none when it is not wanted any more. By any thread. */
  int inputBytes() {
    ProcessStartRequest wanted = request.get();
    return wanted == null ? 0 : wanted.getInput().size();
  }

  /** It is not wanted any more. By any thread. */
  void drop() {
    request.set(null);
  }

  /** Whether it is the caller who is to report it, as started or as failed. By any thread. */
  boolean answer() {
    return answered.compareAndSet(false, true);
  }

  /** It runs as this process. By the spawner's thread, before that is reported. */
  void runs(int as) {
    pid = as;
  }

  /** The process that it runs as; zero before. */
  int pid() {
    return pid;
  }

  /** Has this signal sent as soon as it runs, after those before. By the loop's thread. */
  void postpone(int signal) {
    // As pending signals are one: the later place counts, so that what comes last is the last.
    signals.remove(signal);
    signals.add(signal);
  }

  /** Has this done as soon as the loop has it. By the loop's thread. */
  void postpone(Runnable step) {
    steps.add(step);
  }

  /** Has it ended as soon as it runs. By the loop's thread. */
  void postponeEnd() {
    end = true;
  }

  /** The signals that were sent meanwhile. */
  List<Integer> postponedSignals() {
    return new ArrayList<>(signals);
  }

  /** What was to be done when the loop has it. */
  List<Runnable> postponedSteps() {
    return new ArrayList<>(steps);
  }

  /** Whether it is to be ended. */
  boolean isToEnd() {
    return end;
  }
}
