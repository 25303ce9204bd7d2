package dev.polyproc.client;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An ordered sequence that can be a dict's key when all it holds can: Python's tuple.
 *
 * @param values what it holds; null as {@link Codec#NULL}
 */
public record Tuple(List<Object> values) {
  /** Copies the values. */
  public Tuple {
    for (Object value : values) {
      Objects.requireNonNull(
          value, "Expected the values of a tuple, but one is null; say Codec.NULL");
    }
    values = List.copyOf(values);
  }

  // By hand; see the package.
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Tuple tuple && values.equals(tuple.values);
  }

  @Override
  public int hashCode() {
    return values.hashCode();
  }

  /** The tuple of {@code values}. */
  public static Tuple of(Object... values) {
    return new Tuple(Arrays.asList(values));
  }
}
