package dev.polyproc.broken.memory;

import dev.polyproc.broken.log.Forward;

/** Knows the log. */
public final class Curious {
  private Curious() {}

  /** Asks. */
  public static Class<?> ask() {
    return Forward.class;
  }
}
