package dev.polyproc.server.log;

import dev.polyproc.internal.v1.NodeEvent;
import dev.polyproc.server.engine.call.Invocation;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/** A log that applies at once, or, while it is held, when the test lets it go. In order. */
public final class HandLog implements CommandLog {
  private final Queue<Runnable> waiting = new ConcurrentLinkedQueue<>();
  private volatile @Nullable CommandLog log;

  /** Guarded by this, so that nothing overtakes what waits. */
  private boolean held;

  /** Makes this log. */
  public CommandLog.Factory factory() {
    return (engine, clock, later, effects, bug) -> {
      log = new MemoryLog(engine, clock, later, effects, bug);
      return this;
    };
  }

  /** From now on it only takes over. */
  public synchronized void hold() {
    held = true;
  }

  /** How much it was given since. */
  public int waiting() {
    return waiting.size();
  }

  /** It applies what it was given, and all that comes. */
  public synchronized void letGo() {
    for (Runnable next = waiting.poll(); next != null; next = waiting.poll()) {
      next.run();
    }
    held = false;
  }

  @Override
  public void submit(List<Invocation> calls, Applied then) {
    handOver(() -> log().submit(calls, then));
  }

  @Override
  public void submit(NodeEvent event) {
    handOver(() -> log().submit(event));
  }

  @Override
  public boolean submitWhereNoSessionIs(NodeEvent event) {
    return log().submitWhereNoSessionIs(event);
  }

  private CommandLog log() {
    return Objects.requireNonNull(log, "a log that was made");
  }

  private synchronized void handOver(Runnable apply) {
    if (held) {
      waiting.add(apply);
    } else {
      apply.run();
    }
  }
}
