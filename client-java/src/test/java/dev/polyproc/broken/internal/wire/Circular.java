package dev.polyproc.broken.internal.wire;

import dev.polyproc.broken.internal.call.Upper;

/** Knows a room above. */
public final class Circular {
  public Upper upper() {
    return new Upper();
  }
}
