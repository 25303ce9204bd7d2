package dev.polyproc.broken.engine.sync;

/** Minds its own business. */
public final class Lock {
  private Lock() {}

  /** Does nothing. */
  public static void lock() {}
}
