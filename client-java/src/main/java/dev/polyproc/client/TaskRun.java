package dev.polyproc.client;

import dev.polyproc.client.internal.pool.Arguments;
import dev.polyproc.client.internal.pool.Run;
import dev.polyproc.client.internal.value.Codecs;
import dev.polyproc.v1.Value;
import java.util.List;
import java.util.Optional;

/** A task that this worker runs, for a function that wants to know more than its arguments. */
public final class TaskRun {
  private final Run run;

  TaskRun(Run run) {
    this.run = run;
  }

  /** The arguments, as values. */
  public List<Value> arguments() {
    return run.arguments();
  }

  /**
   * An argument, as one of Java's own types; see {@link Codec#of}.
   *
   * @param index from 0
   * @throws IllegalArgumentException when there are not so many
   */
  public <A> A argument(int index, Class<A> type) {
    return argument(index, Codec.of(type));
  }

  /** {@link #argument(int, Class)}, of any type. */
  public <A> A argument(int index, Codec<A> codec) {
    if (index >= arguments().size()) {
      throw new IllegalArgumentException(
          "Expected an argument " + index + ", but there are " + arguments().size());
    }
    return Codecs.taken(codec, arguments().get(index));
  }

  /** The name of the task's job. */
  public String job() {
    return run.job();
  }

  /** The task's number in its job. */
  public long task() {
    return run.task();
  }

  /** How often the task was handed out, this time included. */
  public int attempt() {
    return run.attempt();
  }

  /** What the attempt before said of how far it was, as the last it did. */
  public <D> Optional<D> details(Class<D> type) {
    Value details = run.details();
    return details == null ? Optional.empty() : Optional.of(Codec.of(type).decode(details));
  }

  /**
   * Says how far it is, for whoever runs the task after this one.
   *
   * @return whether the task is cancelled, or this run of it over, as its time is up: nobody wants
   *     what it returns then
   */
  public boolean heartbeat(Object details) {
    return run.heartbeat(new Arguments().encode(details));
  }

  /**
   * Whether the task was cancelled, or this run of it is over: nobody wants what it returns. Its
   * thread is interrupted, too.
   */
  public boolean isCancelled() {
    return run.isCancelled();
  }

  @Override
  public String toString() {
    return "TaskRun of task " + Long.toUnsignedString(task()) + ", attempt " + attempt();
  }
}
