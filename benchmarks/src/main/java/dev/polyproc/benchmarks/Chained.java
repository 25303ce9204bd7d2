package dev.polyproc.benchmarks;

import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/** Work that no thread waits for, in {@link Chains}, until the time is up. */
record Chained(String name, Chains chains) implements Load {
  Chained(String name, int inFlight, Supplier<? extends CompletionStage<?>> work) {
    this(name, new Chains(inFlight, work));
  }

  @Override
  public double perSecond(long nanos) throws Exception {
    AtomicLong begun = new AtomicLong();
    long start = System.nanoTime();
    chains.run(
        () -> {
          boolean mayBegin = System.nanoTime() - start < nanos;
          if (mayBegin) {
            begun.incrementAndGet();
          }
          return mayBegin;
        });
    return begun.get() * 1e9 / (System.nanoTime() - start);
  }
}
