package dev.polyproc.benchmarks;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Work that no thread waits for, a number of it in flight: the end of each begins the next.
 *
 * @param inFlight how much at once
 * @param work begins it
 */
record Chains(int inFlight, Supplier<? extends CompletionStage<?>> work) {
  private static final long LONGEST_SECONDS = 60;

  /** Begins more for as long as it may, and waits for the last. */
  void run(BooleanSupplier mayBegin) throws Exception {
    CompletableFuture.allOf(
            Stream.generate(() -> chain(mayBegin))
                .limit(inFlight)
                .toArray(CompletableFuture<?>[]::new))
        .get(LONGEST_SECONDS, TimeUnit.SECONDS);
  }

  private CompletableFuture<?> chain(BooleanSupplier mayBegin) {
    CompletableFuture<Boolean> end = new CompletableFuture<>();
    next(mayBegin, end);
    return end;
  }

  private void next(BooleanSupplier mayBegin, CompletableFuture<Boolean> end) {
    if (!mayBegin.getAsBoolean()) {
      end.complete(true);
      return;
    }
    work.get()
        .whenComplete(
            (done, failure) -> {
              if (failure == null) {
                next(mayBegin, end);
              } else {
                end.completeExceptionally(failure);
              }
            });
  }
}
