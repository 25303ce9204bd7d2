package dev.polyproc.client;

import dev.polyproc.v1.PoolCall;
import dev.polyproc.v1.PoolOutcome;
import dev.polyproc.v1.PoolResult;
import dev.polyproc.v1.PoolWorkerEnd;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A task whose workers died, as often as it may be run: it may be what kills them. How the last of
 * them ended is said as far as somebody saw it.
 */
public final class WorkerLostException extends TaskFailedException {
  private static final long serialVersionUID = 1;

  private final PoolResult result;

  private WorkerLostException(String sentence, PoolResult result) {
    super(
        sentence, PoolOutcome.POOL_OUTCOME_WORKER_LOST, result.getFailure(), result.getAttempts());
    this.result = result;
  }

  /**
   * What a result says.
   *
   * @param expected the beginning of the sentence
   */
  public static WorkerLostException of(String expected, PoolResult result) {
    String said = result.getFailure().getMessage();
    return new WorkerLostException(
        said.startsWith("Expected ")
            ? said
            : expected
                + ", but the workers died that ran it, "
                + result.getAttempts()
                + " times; it may be what kills them"
                + (said.isEmpty() ? "" : ": " + said),
        result);
  }

  private PoolWorkerEnd end() {
    return result.getWorkerEnd();
  }

  /** How the last worker's process ended; empty where nobody saw it. */
  public Optional<ProcessExit> exit() {
    return switch (end().getEndCase()) {
      case EXIT_CODE ->
          Optional.of(new ProcessExit(OptionalInt.of(end().getExitCode()), OptionalInt.empty()));
      case SIGNAL ->
          Optional.of(new ProcessExit(OptionalInt.empty(), OptionalInt.of(end().getSignal())));
      case END_NOT_SET -> Optional.empty();
    };
  }

  /** Whether the system had run out of memory, and so killed the worker. */
  public boolean outOfMemory() {
    return end().getOutOfMemory();
  }

  /** The last of what the worker wrote to its standard error; empty where nobody kept it. */
  public String output() {
    return end().getOutput().toString(StandardCharsets.UTF_8);
  }

  /** What was called: to look at, or to submit again. */
  public PoolCall call() {
    return result.getCall();
  }
}
