package dev.polyproc.client.internal.pool;

import dev.polyproc.client.PolyprocException;
import dev.polyproc.client.internal.request.Requestor;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.PoolHeartbeatRequest;
import dev.polyproc.v1.PoolRun;
import dev.polyproc.v1.Value;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** A task that a thread of a worker runs. */
public final class Run {
  private final Requestor pool;
  private final String name;
  private final PoolRun run;
  private final List<Value> arguments;

  /** Whether it is not to go on; of it and its parts. */
  private final AtomicBoolean cancelled;

  Run(Requestor pool, String name, PoolRun run, List<Value> arguments) {
    this(pool, name, run, arguments, new AtomicBoolean());
  }

  private Run(
      Requestor pool, String name, PoolRun run, List<Value> arguments, AtomicBoolean cancelled) {
    this.pool = pool;
    this.name = name;
    this.run = run;
    this.arguments = arguments;
    this.cancelled = cancelled;
  }

  /** One of several calls that it makes. */
  Run part(List<Value> its) {
    return new Run(pool, name, run, its, cancelled);
  }

  public List<Value> arguments() {
    return arguments;
  }

  /** How often the task was handed out, this time included; 0 for an initializer. */
  public int attempt() {
    return run.getAttempt();
  }

  /** The name of the job; empty for an initializer. */
  public String job() {
    return run.getJob();
  }

  /** The task's number in its job. */
  public long task() {
    return run.getTask();
  }

  /** What the attempt before said last of how far it was; null where it said nothing. */
  public @Nullable Value details() {
    return run.hasDetails() ? run.getDetails() : null;
  }

  /** Says how far it is, unless nobody wants to know; answers whether it is cancelled, or over. */
  public boolean heartbeat(Value details) {
    if (run.getRun() == 0) {
      return false;
    }
    if (!isCancelled() && isTold(details)) {
      cancel();
    }
    return isCancelled();
  }

  private boolean isTold(Value details) {
    try {
      return pool.call(
              PoolRequests.HEARTBEAT,
              PoolHeartbeatRequest.newBuilder()
                  .setPool(name)
                  .setRun(run.getRun())
                  .setDetails(details)
                  .setTimeout(pool.timeout(0, TimeUnit.SECONDS))
                  .build())
          .getCancelled();
    } catch (PolyprocException e) {
      if (e.reason() == ErrorReason.ERROR_REASON_RUN_ENDED) {
        return true;
      }
      throw e;
    }
  }

  /** Whether it was cancelled, or is over, so that nobody wants what it returns. */
  public boolean isCancelled() {
    return cancelled.get();
  }

  void cancel() {
    cancelled.set(true);
  }

  long number() {
    return run.getRun();
  }
}
