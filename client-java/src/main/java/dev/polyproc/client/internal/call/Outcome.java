package dev.polyproc.client.internal.call;

import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a call came to. Its result is read out of the response by whoever first wants it, once: a
 * codec, which may be anybody's, never runs on the event loop.
 */
public final class Outcome<R extends @Nullable Object> {
  private final CompletableFuture<R> result = new CompletableFuture<>();
  private @Nullable Supplier<R> reading;

  private Outcome(@Nullable Supplier<R> reading) {
    this.reading = reading;
  }

  /** A result that is still to be read. */
  static <R extends @Nullable Object> Outcome<R> of(Supplier<R> reading) {
    return new Outcome<>(reading);
  }

  /** A failure; of a call that was cancelled, a {@code CancellationException}. */
  static <R extends @Nullable Object> Outcome<R> failed(Throwable failure) {
    Outcome<R> outcome = new Outcome<>(null);
    outcome.result.completeExceptionally(failure);
    return outcome;
  }

  /** The result or the failure: a future that is done. */
  synchronized CompletableFuture<R> read() {
    Supplier<R> read = reading;
    if (read != null) {
      reading = null;
      try {
        result.complete(read.get());
      } catch (RuntimeException | Error e) { // of the codec, or of a value that is not of its type
        result.completeExceptionally(e);
      }
    }
    return result;
  }
}
