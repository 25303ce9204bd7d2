package dev.polyproc.benchmarks;

/** A client that loads a server while the calls of another one are timed. */
interface TailLoader extends AutoCloseable {
  /** Does one round of a load, of whose amounts it takes so many-th part. */
  void round(TailLoad load, int part) throws Exception;

  @Override
  void close();
}
