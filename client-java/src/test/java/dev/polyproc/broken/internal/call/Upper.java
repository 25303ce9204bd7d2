package dev.polyproc.broken.internal.call;

import dev.polyproc.broken.Word;
import dev.polyproc.broken.internal.wire.Circular;

/** Knows the room below, as it may. */
public final class Upper {
  public Circular lower() {
    return new Circular();
  }

  public Word word() {
    return new Word();
  }
}
