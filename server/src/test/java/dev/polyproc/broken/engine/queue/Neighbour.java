package dev.polyproc.broken.engine.queue;

import dev.polyproc.broken.engine.Nosy;
import dev.polyproc.broken.engine.sync.Lock;
import org.jspecify.annotations.Nullable;

/** Knows another family. */
public final class Neighbour {
  private @Nullable Nosy visitor;

  /** Calls over the fence. */
  public static void greet() {
    Lock.lock();
  }

  void remember(Nosy other) {
    visitor = other;
  }

  @Nullable Nosy visitor() {
    return visitor;
  }
}
