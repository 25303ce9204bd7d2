package dev.polyproc.benchmarks;

/** Work of one kind, which a client does over and over. */
interface Load {
  /** What it does, for people. */
  String name();

  /** Does it for a while; answers how often a second. */
  double perSecond(long nanos) throws Exception;

  /** Clears up behind it; that is not measured. */
  default void tidy() throws Exception {}
}
