package dev.polyproc.server.engine.simulation;

import dev.polyproc.server.engine.simulation.Outcome.Numbered;
import dev.polyproc.v1.Value;

/**
 * An item of a queue, or a message of a pipe.
 *
 * @param number its place among all others
 * @param place what the engine calls its place
 */
record ModelItem(long number, Numbered place, int attempts, Value value) {
  static ModelItem of(long number, Value value) {
    return new ModelItem(number, new Numbered(Numbered.PLACE), 0, value);
  }

  /** The item as it is when it is handed out once more. */
  ModelItem handedOut() {
    return new ModelItem(number, place, attempts + 1, value);
  }
}
