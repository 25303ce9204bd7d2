package dev.polyproc.client;

import java.util.List;

/**
 * An ordered sequence that can be a dict's key when all it holds can: Python's tuple.
 *
 * @param values what it holds; null as {@link Codec#NULL}
 */
public record Tuple(List<Object> values) {
  /** Copies the values. */
  public Tuple {
    values = List.copyOf(values);
  }

  /** The tuple of {@code values}. */
  public static Tuple of(Object... values) {
    return new Tuple(List.of(values));
  }
}
