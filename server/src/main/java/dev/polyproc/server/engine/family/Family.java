package dev.polyproc.server.engine.family;

import dev.polyproc.internal.v1.NodeEvent;
import dev.polyproc.internal.v1.ObjectState;
import dev.polyproc.internal.v1.Origin;
import dev.polyproc.server.engine.object.ManagedObject;
import dev.polyproc.server.engine.object.Restored;
import org.jspecify.annotations.Nullable;

/** One service of the contract: its handlers, and how its objects come back from a snapshot. */
public interface Family {
  /**
   * Names the service, with a handler for every method, and what its waiting calls come back as.
   */
  void register(Operations operations);

  /** The object of a saved state, or null where it is not of this family. */
  default @Nullable ManagedObject restore(
      ManagedObject.Header header, ObjectState state, Restored restored) {
    return null;
  }

  /** What the node saw: the families of processes listen. */
  default void observe(NodeEvent event) {}

  /** A daemon has started on what there was: what the runs before it on its node had is gone. */
  default void restarted(Origin by) {}
}
