package dev.polyproc.server.engine.collections;

import dev.polyproc.server.engine.call.Waiters;
import dev.polyproc.server.engine.object.ManagedObject;
import java.util.List;

/** An object for which nobody waits. */
abstract class PassiveObject extends ManagedObject {
  PassiveObject(Header header) {
    super(header);
  }

  @Override
  public final void advance() {
    // Nobody waits for it.
  }

  @Override
  public final List<Waiters<?>> lines() {
    return List.of();
  }
}
