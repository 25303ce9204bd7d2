package dev.polyproc.server.engine.sync;

import dev.polyproc.internal.v1.UndoState;
import dev.polyproc.server.engine.call.Undo;
import org.jspecify.annotations.Nullable;

/** An acquisition, as far as the client has not confirmed that it knows of it. */
record Granted(Acquired of, long token) implements Undo {
  /** What was acquired: a lock, or permits of a semaphore. */
  interface Acquired {
    /** The number of the object. */
    long number();

    /** Whether the hold of a token lasts, as far as entries know. */
    boolean hasHold(long token);

    /**
     * Takes an acquisition back that its client never confirmed, whatever the end of an owner does
     * otherwise. Whether the client knew of it is unknown, so the next to acquire is told to look.
     */
    void takeBack(long token);
  }

  @Override
  public void undo() {
    of.takeBack(token);
  }

  @Override
  public boolean isDue() {
    return of.hasHold(token);
  }

  @Override
  public @Nullable UndoState save() {
    return isDue()
        ? UndoState.newBuilder().setIncarnation(of.number()).setToken(token).build()
        : null;
  }
}
