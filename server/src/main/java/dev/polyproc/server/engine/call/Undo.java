package dev.polyproc.server.engine.call;

import dev.polyproc.internal.v1.UndoState;
import dev.polyproc.v1.Value;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What takes a grant back when its session ends before the reply was confirmed, or when its caller
 * cancels the call and asks for that: a Get's item goes back to its place, a lock is released.
 */
public interface Undo {
  /** Takes the grant back. The object may have been deleted since; then nothing is left to do. */
  void undo();

  /**
   * Takes the whole grant back, as its caller asks for: nobody has seen what the reply handed out.
   */
  default void cancel() {
    undo();
  }

  /**
   * The session of the call has ended: does what must show at once, before the rest is taken back
   * in its turn.
   */
  default void showEnd() {}

  /** How many things it takes back. */
  default int size() {
    return 1;
  }

  /**
   * Takes a part of the grant back.
   *
   * @param most how many things at most
   * @return the rest; null when nothing is left
   */
  default @Nullable Undo undoSome(int most) {
    undo();
    return null;
  }

  /** Whether something is left to take back. */
  boolean isDue();

  /** Whether the session holds what was granted, and gives it up in its turn when it ends. */
  default boolean isHeld() {
    return false;
  }

  /** The values that the reply handed out and that would go back, as a view where it has many. */
  default List<Value> handedOut() {
    return List.of();
  }

  /** The grant as state; null when nothing is left to undo. */
  @Nullable UndoState save();
}
