package dev.polyproc.benchmarks;

import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * Work in {@link Chains}, so many steps at a stretch. What is made ready before each stretch does
 * not count.
 *
 * @param steps of a stretch: enough that both ends, at which fewer are in flight, weigh little
 */
record Pieces(String name, int steps, Runnable makeReady, Chains chains) implements Load {
  Pieces(
      String name,
      int steps,
      Runnable makeReady,
      int inFlight,
      Supplier<? extends CompletionStage<?>> work) {
    this(name, steps, makeReady, new Chains(inFlight, work));
  }

  @Override
  public double perSecond(long nanos) throws Exception {
    long spent = 0;
    long done = 0;
    while (spent < nanos) {
      makeReady.run();
      AtomicInteger left = new AtomicInteger(steps);
      long start = System.nanoTime();
      chains.run(() -> left.getAndDecrement() > 0);
      spent += System.nanoTime() - start;
      done += steps;
    }
    return done * 1e9 / spent;
  }
}
