package dev.polyproc.client;

import dev.polyproc.client.internal.pool.Outcomes;
import dev.polyproc.v1.PoolOutcome;
import dev.polyproc.v1.PoolResult;
import java.util.Optional;

/**
 * What came of a task of a {@link PolyJob}.
 *
 * @param <R> what it returns
 */
public final class TaskResult<R> {
  private final Codec<R> codec;
  private final PoolResult result;

  TaskResult(Codec<R> codec, PoolResult result) {
    this.codec = codec;
    this.result = result;
  }

  /** The task's number in its job. */
  public long task() {
    return result.getTask();
  }

  /** What became of it. */
  public PoolOutcome outcome() {
    return result.getOutcome();
  }

  /** Whether it returned something. */
  public boolean succeeded() {
    return outcome() == PoolOutcome.POOL_OUTCOME_SUCCEEDED;
  }

  /**
   * What it returned.
   *
   * @throws TaskFailedException when it did not
   * @throws UnexpectedValueException when it is not of the type that was asked for
   */
  public R value() {
    return Outcomes.read(result, codec);
  }

  /** Why it returned nothing; empty where it did. */
  public Optional<TaskFailedException> failure() {
    return succeeded() ? Optional.empty() : Optional.of(Outcomes.failure(result));
  }

  /** How often the task was handed out. */
  public int attempts() {
    return result.getAttempts();
  }

  /** When it came, among those of its job: above all earlier ones. */
  public long place() {
    return result.getPlace();
  }

  /** All that the daemon says of it. */
  public PoolResult message() {
    return result;
  }

  /** The task and what became of it; not what it returned, which may be a secret. */
  @Override
  public String toString() {
    return "TaskResult of task " + Long.toUnsignedString(task()) + ", " + outcome();
  }
}
