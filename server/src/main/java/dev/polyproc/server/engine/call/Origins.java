package dev.polyproc.server.engine.call;

import dev.polyproc.internal.v1.Origin;

/** Compares the runs of daemons that calls and processes came from. */
public final class Origins {
  private Origins() {}

  /** Whether something belongs to a run of a node's daemon before the one that has started. */
  public static boolean isBefore(Origin something, Origin started) {
    return something.getNode().equals(started.getNode())
        && !something.getBoot().equals(started.getBoot());
  }
}
