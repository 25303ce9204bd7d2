package dev.polyproc.client.internal.pool;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What came of a call: what it returned, or why it did not.
 *
 * @param value what it returned; null where it failed
 * @param failure null where it returned
 */
public record Settled<R>(@Nullable R value, @Nullable RuntimeException failure) {
  static <R> Settled<R> of(R value) {
    return new Settled<>(value, null);
  }

  static <R> Settled<R> failed(RuntimeException failure) {
    return new Settled<>(null, failure);
  }

  /** What it returned, or throws why it did not. */
  public R get() {
    if (failure != null) {
      failure.fillInStackTrace();
      throw failure;
    }
    return Objects.requireNonNull(value);
  }
}
