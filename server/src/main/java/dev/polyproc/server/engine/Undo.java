package dev.polyproc.server.engine;

import dev.polyproc.internal.v1.UndoState;
import org.jspecify.annotations.Nullable;

/**
 * What takes a grant back when its session ends before the reply was confirmed: a Get's item goes
 * back to the head, a lock is released.
 */
public interface Undo {
  /** Takes the grant back. The object may have been deleted since; then nothing is left to do. */
  void undo();

  /** The grant as state; null when the object is gone, so that nothing is left to undo. */
  @Nullable UndoState save();
}
