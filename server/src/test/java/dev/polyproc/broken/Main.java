package dev.polyproc.broken;

/** Knows all. */
public final class Main {
  private Main() {}

  /** What others must not call. */
  public static void stop() {}
}
