package dev.polyproc.integration.history;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a client asked of an object, and what it was told.
 *
 * @param client who asked; one thing after the other
 * @param what the kind of operation
 * @param arguments what it asks for
 * @param answer what it was told; null when nobody knows
 * @param certain whether it has happened; otherwise it may have, or may not
 * @param from when it began, in nanoseconds: it happened after that
 * @param until when it was over: it happened before that, if it did
 */
public record Operation(
    String client,
    String what,
    List<Long> arguments,
    @Nullable List<Long> answer,
    boolean certain,
    long from,
    long until) {
  /** One that is over, and that was told something. */
  public static Operation answered(
      String client, String what, List<Long> arguments, List<Long> answer, long from, long until) {
    return new Operation(client, what, arguments, answer, true, from, until);
  }

  /**
   * One of which nobody knows whether it happened, and which does not happen after {@code until}.
   */
  public static Operation unknown(
      String client, String what, List<Long> arguments, long from, long until) {
    return new Operation(client, what, arguments, null, false, from, until);
  }

  /** The same with another answer. */
  public Operation with(List<Long> other) {
    return new Operation(client, what, arguments, other, certain, from, until);
  }

  /** The same, begun so many nanoseconds later. */
  public Operation later(long nanos) {
    return new Operation(client, what, arguments, answer, certain, from + nanos, until);
  }

  /** An argument of it. */
  long argument(int index) {
    return arguments.get(index);
  }

  boolean isKnown() {
    return answer != null;
  }

  /** A part of the answer, where there is one. */
  long answer(int index) {
    return Objects.requireNonNull(answer).get(index);
  }

  /** Whether it was told so, or nobody knows what it was told. */
  boolean mayHaveBeenTold(int index, long value) {
    return answer == null || answer.get(index) == value;
  }
}
