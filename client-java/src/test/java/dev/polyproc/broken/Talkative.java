package dev.polyproc.broken;

import dev.polyproc.broken.internal.wire.Circular;

/** Says what is internal. */
public final class Talkative {
  public Circular said() {
    return new Circular();
  }
}
