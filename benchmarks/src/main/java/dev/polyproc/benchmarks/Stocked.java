package dev.polyproc.benchmarks;

import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import java.util.function.Supplier;

/**
 * Work in {@link Chains} on items that lie ready. It stops now and then for new items, and that
 * does not count.
 *
 * @param stock makes so many items ready
 * @param chains of work on one item each
 */
record Stocked(String name, IntConsumer stock, Chains chains) implements Load {
  /** Between two stocks, so that both ends, at which fewer are in flight, weigh little. */
  private static final int PIECE = 2_000;

  Stocked(
      String name, int inFlight, IntConsumer stock, Supplier<? extends CompletionStage<?>> work) {
    this(name, stock, new Chains(inFlight, work));
  }

  @Override
  public double perSecond(long nanos) throws Exception {
    long spent = 0;
    long done = 0;
    while (spent < nanos) {
      stock.accept(PIECE);
      AtomicInteger left = new AtomicInteger(PIECE);
      long start = System.nanoTime();
      chains.run(() -> left.getAndDecrement() > 0);
      spent += System.nanoTime() - start;
      done += PIECE;
    }
    return done * 1e9 / spent;
  }
}
