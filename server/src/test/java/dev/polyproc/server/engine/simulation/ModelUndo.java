package dev.polyproc.server.engine.simulation;

import dev.polyproc.v1.Value;
import java.util.List;

/** What takes a grant back. */
interface ModelUndo {
  void undo();

  /** The caller has cancelled the call: nobody has seen what was granted. */
  default void cancel() {
    undo();
  }

  /** The session has ended: what shows before the rest is taken back. */
  default void showEnd() {}

  /** Whether something is left to take back. */
  boolean isDue();

  /** Whether the session holds what was granted, and gives it up in its turn when it ends. */
  default boolean isHeld() {
    return false;
  }

  /** The values that would go back. */
  List<Value> handedOut();
}
