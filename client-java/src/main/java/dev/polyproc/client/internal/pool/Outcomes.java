package dev.polyproc.client.internal.pool;

import dev.polyproc.client.Codec;
import dev.polyproc.client.TaskFailedException;
import dev.polyproc.client.WorkerLostException;
import dev.polyproc.client.internal.value.Codecs;
import dev.polyproc.client.internal.value.Values;
import dev.polyproc.v1.PoolFailure;
import dev.polyproc.v1.PoolOutcome;
import dev.polyproc.v1.PoolResult;
import dev.polyproc.v1.Value;

/** Reads results of tasks. */
public final class Outcomes {
  private Outcomes() {}

  /**
   * What a task returned.
   *
   * @throws TaskFailedException when it did not
   * @throws dev.polyproc.client.UnexpectedValueException when it returned something else
   */
  public static <R> R read(PoolResult result, Codec<R> codec) {
    if (result.getOutcome() != PoolOutcome.POOL_OUTCOME_SUCCEEDED) {
      throw failure(result);
    }
    return value(result.getValue(), codec);
  }

  /** A function of a language without values returns nothing, as one of Java may return null. */
  static <R> R value(Value value, Codec<R> codec) {
    return Codecs.taken(
        codec, value.getKindCase() == Value.KindCase.KIND_NOT_SET ? Values.NULL : value);
  }

  /** Why a task has not returned anything. */
  public static TaskFailedException failure(PoolResult result) {
    PoolFailure failure = result.getFailure();
    String task = "Expected task " + Long.toUnsignedString(result.getTask()) + " to return";
    return switch (result.getOutcome()) {
      case POOL_OUTCOME_WORKER_LOST -> WorkerLostException.of(task, result);
      case POOL_OUTCOME_FAILED -> failed(task, failure, result.getAttempts());
      default ->
          new TaskFailedException(
              failure.getMessage().startsWith("Expected ")
                  ? failure.getMessage()
                  : task + ", but " + why(result.getOutcome(), failure),
              result.getOutcome(),
              failure,
              result.getAttempts());
    };
  }

  static TaskFailedException failed(String what, PoolFailure failure, int attempts) {
    return new TaskFailedException(
        what
            + ", but it threw "
            + (failure.getType().isEmpty() ? "something" : failure.getType())
            + (failure.getMessage().isEmpty() ? "" : ": " + failure.getMessage()),
        PoolOutcome.POOL_OUTCOME_FAILED,
        failure,
        attempts);
  }

  private static String why(PoolOutcome outcome, PoolFailure failure) {
    String known =
        switch (outcome) {
          case POOL_OUTCOME_CANCELLED -> "it was cancelled";
          case POOL_OUTCOME_TIMED_OUT -> "it ran for longer than it may";
          case POOL_OUTCOME_EXPIRED -> "its time to live was over";
          case POOL_OUTCOME_POOL_ENDED -> "its pool has ended";
          default -> "it has an outcome that this client does not know";
        };
    return failure.getMessage().isEmpty() ? known : known + ": " + failure.getMessage();
  }
}
