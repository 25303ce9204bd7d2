package dev.polyproc.server.engine.collections;

import dev.polyproc.server.engine.ManagedObject;
import dev.polyproc.server.engine.Waiters;
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
  protected final List<Waiters<?>> lines() {
    return List.of();
  }
}
