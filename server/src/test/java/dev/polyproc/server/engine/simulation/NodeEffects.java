package dev.polyproc.server.engine.simulation;

import dev.polyproc.server.engine.EngineFixture;
import dev.polyproc.server.engine.call.Effect;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Compares what the node was asked to do with processes and segments of shared memory, and teaches
 * the model their numbers.
 */
final class NodeEffects {
  private final EngineFixture world;
  private final Model model;
  private final Map<Long, String> names = new HashMap<>();
  private final Map<Long, String> files = new HashMap<>();
  private int seen;

  NodeEffects(EngineFixture world, Model model) {
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
      } else if (effect instanceof Effect.MakeSegment make) {
        files.put(make.memory(), make.file());
        learn(make);
        actual.add(
            "make "
                + make.file()
                + " "
                + make.type()
                + " "
                + make.length()
                + " "
                + make.bytes()
                + " bytes");
      } else if (effect instanceof Effect.MarkSegment mark) {
        actual.add("mark " + mark.writersDied() + " " + files.get(mark.memory()));
      } else if (effect instanceof Effect.RemoveSegment remove) {
        actual.add("remove " + files.get(remove.memory()));
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

  private void learn(Effect.MakeSegment make) {
    model.memory().segments().stream()
        .filter(memory -> memory.file.equals(make.file()))
        .forEach(memory -> memory.incarnation.learn(make.memory()));
  }
}
