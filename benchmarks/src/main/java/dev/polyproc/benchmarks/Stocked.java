package dev.polyproc.benchmarks;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Work on items that lie ready, a number of them in flight: the end of each begins the next. It
 * stops now and then for new items, and that does not count.
 *
 * @param stock makes so many items ready
 * @param work on one of them
 */
record Stocked(
    String name, int inFlight, IntConsumer stock, Supplier<? extends CompletionStage<?>> work)
    implements Load {
  /** Between two stocks, so that both ends, at which fewer are in flight, weigh little. */
  private static final int PIECE = 2_000;

  private static final long LATE_SECONDS = 30;

  @Override
  public double perSecond(long nanos) throws Exception {
    long spent = 0;
    long done = 0;
    while (spent < nanos) {
      stock.accept(PIECE);
      long start = System.nanoTime();
      workOn(PIECE);
      spent += System.nanoTime() - start;
      done += PIECE;
    }
    return done * 1e9 / spent;
  }

  private void workOn(int items) throws Exception {
    AtomicInteger left = new AtomicInteger(items);
    CompletableFuture.allOf(
            Stream.generate(() -> lane(left)).limit(inFlight).toArray(CompletableFuture<?>[]::new))
        .get(LATE_SECONDS, TimeUnit.SECONDS);
  }

  /** One item after the other, until all are taken. */
  private CompletableFuture<?> lane(AtomicInteger left) {
    CompletableFuture<Object> end = new CompletableFuture<>();
    next(left, end);
    return end;
  }

  private void next(AtomicInteger left, CompletableFuture<Object> end) {
    if (left.getAndDecrement() <= 0) {
      end.complete(null);
      return;
    }
    work.get()
        .whenComplete(
            (done, failure) -> {
              if (failure == null) {
                next(left, end);
              } else {
                end.completeExceptionally(failure);
              }
            });
  }
}
