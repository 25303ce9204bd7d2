package dev.polyproc.server.engine.simulation;

import dev.polyproc.server.engine.EngineFixture;
import dev.polyproc.server.engine.call.Effect;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Compares what the node was asked to do with processes, and teaches the model their numbers. */
final class ProcessEffects {
  private final EngineFixture world;
  private final Model model;
  private final Map<Long, String> names = new HashMap<>();
  private int seen;

  ProcessEffects(EngineFixture world, Model model) {
    this.world = world;
    this.model = model;
  }

  /** Fails unless the last entry asked for exactly what the model says; in whatever order. */
  void compare() {
    List<String> actual = new ArrayList<>();
    List<Effect> all = world.effects();
    for (; seen < all.size(); seen++) {
      Effect effect = all.get(seen);
      if (effect instanceof Effect.StartProcess start) {
        names.put(start.process(), start.name());
        learn(start);
        actual.add("start " + start.name());
      } else if (effect instanceof Effect.SignalProcess signal) {
        actual.add("signal " + signal.signal() + " " + names.get(signal.process()));
      } else if (effect instanceof Effect.ForgetProcess forget) {
        actual.add("forget " + names.get(forget.process()));
      }
    }
    List<String> expected = model.takeAsked();
    actual.sort(null);
    expected.sort(null);
    if (!actual.equals(expected)) {
      throw new AssertionError("Expected the node to be asked for " + expected + ", not " + actual);
    }
  }

  private void learn(Effect.StartProcess start) {
    if (model.objects.get(start.name()) instanceof ModelProcess process) {
      process.incarnation.learn(start.process());
    }
  }
}
