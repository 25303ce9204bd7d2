package dev.polyproc.server.engine.object;

import dev.polyproc.server.engine.call.Caller;
import org.jspecify.annotations.Nullable;

/** What a restoring object can ask for. */
public interface Restored {
  /** The live session of a number, or null. */
  @Nullable Caller session(long number);
}
