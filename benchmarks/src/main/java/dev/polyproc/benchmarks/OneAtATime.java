package dev.polyproc.benchmarks;

/** A thread that does one step after the other, and waits for each. */
record OneAtATime(String name, Step step, Step afterwards) implements Load {
  /** A call, or a few, that wait for their replies. */
  @FunctionalInterface
  interface Step {
    void run() throws Exception;
  }

  OneAtATime(String name, Step step) {
    this(name, step, () -> {});
  }

  @Override
  public double perSecond(long nanos) throws Exception {
    long start = System.nanoTime();
    long now = start;
    long done = 0;
    while (now - start < nanos) {
      step.run();
      done++;
      now = System.nanoTime();
    }
    return done * 1e9 / (now - start);
  }

  @Override
  public void tidy() throws Exception {
    afterwards.run();
  }
}
