package dev.polyproc.server.engine.object;

import dev.polyproc.server.engine.call.Caller;
import org.jspecify.annotations.Nullable;

/** Whom an object's state names by numbers, while it is restored. */
public interface Restored {
  /** The live session of a number, or null. */
  @Nullable Caller session(long number);
}
