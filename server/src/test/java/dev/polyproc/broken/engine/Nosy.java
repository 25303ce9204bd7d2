package dev.polyproc.broken.engine;

import dev.polyproc.broken.engine.queue.Neighbour;

/** Knows a family, though it is not Families. */
public final class Nosy {
  void visit() {
    Neighbour.greet();
  }
}
