package dev.polyproc.client;

import com.google.rpc.Code;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.PoolFailure;
import dev.polyproc.v1.PoolOutcome;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A task of a pool that has not returned anything. {@link #outcome} says what became of it: its
 * function threw something, it was cancelled, it was out of time, or its pool has ended. Where its
 * workers died, it is a {@link WorkerLostException}.
 *
 * <p>What the function threw is told as its own language has it. Where there is a stack, it is the
 * cause, so that it is logged with this exception.
 */
public sealed class TaskFailedException extends PolyprocException permits WorkerLostException {
  private static final long serialVersionUID = 1;

  /** Where it was thrown, in another program. */
  private static final class Elsewhere extends Exception {
    private static final long serialVersionUID = 1;

    Elsewhere(String stack) {
      super(stack, null, false, false);
    }

    @Override
    public String toString() {
      return getMessage() == null ? "" : getMessage();
    }
  }

  private final PoolOutcome outcome;
  private final PoolFailure failure;
  private final int attempts;

  public TaskFailedException(
      String sentence, PoolOutcome outcome, PoolFailure failure, int attempts) {
    super(reason(outcome), code(outcome), sentence, Map.of(), cause(failure));
    this.outcome = outcome;
    this.failure = failure;
    this.attempts = attempts;
  }

  private static @Nullable Throwable cause(PoolFailure failure) {
    return failure.getStack().isEmpty() ? null : new Elsewhere(failure.getStack().strip());
  }

  private static ErrorReason reason(PoolOutcome outcome) {
    return outcome == PoolOutcome.POOL_OUTCOME_POOL_ENDED
        ? ErrorReason.ERROR_REASON_POOL_BROKEN
        : ErrorReason.ERROR_REASON_UNSPECIFIED;
  }

  private static Code code(PoolOutcome outcome) {
    return switch (outcome) {
      case POOL_OUTCOME_CANCELLED -> Code.CANCELLED;
      case POOL_OUTCOME_TIMED_OUT, POOL_OUTCOME_EXPIRED -> Code.DEADLINE_EXCEEDED;
      case POOL_OUTCOME_POOL_ENDED -> Code.FAILED_PRECONDITION;
      default -> Code.ABORTED;
    };
  }

  /** What became of the task. */
  public final PoolOutcome outcome() {
    return outcome;
  }

  /** The class of what was thrown, such as {@code builtins.ValueError}; empty where nothing was. */
  public final String type() {
    return failure.getType();
  }

  /** The message of what was thrown. */
  public final String failureMessage() {
    return failure.getMessage();
  }

  /** Where it was thrown, as a text of its language; empty where that is not known. */
  public final String stack() {
    return failure.getStack();
  }

  /** How it failed, as the contract has it: with what makes the exception again, if anything. */
  public final PoolFailure failure() {
    return failure;
  }

  /** How often the task was handed out. */
  public final int attempts() {
    return attempts;
  }
}
