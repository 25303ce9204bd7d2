package dev.polyproc.broken.internal.transport;

import dev.polyproc.broken.internal.call.Upper;

/** Knows a room above, which does not know it. */
public final class Reaching {
  public Upper above() {
    return new Upper();
  }
}
