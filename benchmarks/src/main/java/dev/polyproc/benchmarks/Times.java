package dev.polyproc.benchmarks;

/**
 * A load each of whose steps does several things.
 *
 * @param amount how many
 * @param step does them
 */
record Times(int amount, Load step) implements Load {
  @Override
  public String name() {
    return step.name();
  }

  @Override
  public double perSecond(long nanos) throws Exception {
    return amount * step.perSecond(nanos);
  }

  @Override
  public void tidy() throws Exception {
    step.tidy();
  }
}
