package dev.polyproc.integration.history;

import java.util.List;

/**
 * What an object is when one thing happens after the other.
 *
 * @param <S> what it is in between: values with {@code equals} and {@code hashCode}
 */
public interface Specification<S> {
  /** What it is at first. */
  S initial();

  /** What it may be after an operation; empty where the answer could not be given. */
  List<S> after(S state, Operation operation);
}
