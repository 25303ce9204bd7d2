package dev.polyproc.server.engine.simulation;

import dev.polyproc.v1.Lifetime;
import org.jspecify.annotations.Nullable;

/** An object that nobody waits for, as the model sees it. */
abstract class ModelCollection extends ModelObject {
  ModelCollection(Model model, String name, Lifetime lifetime, @Nullable ModelSession session) {
    super(model, name, lifetime, session);
  }

  @Override
  void settle() {
    // Nobody waits for it.
  }

  @Override
  void left(ModelCall call) {
    throw new AssertionError("Expected nobody to wait for " + name);
  }

  @Override
  Outcome expired(ModelCall call) {
    throw new AssertionError("Expected nobody to wait for " + name);
  }
}
