package dev.polyproc.server.engine.collections;

import dev.polyproc.server.engine.object.Names;
import dev.polyproc.server.engine.object.World;

/** The name of the lock that guards a value or an array. */
final class GuardName {
  private static final String ENDING = "/lock";

  private GuardName() {}

  /** The name that a Create asks for. */
  static String asked(String lock, World world) {
    if (!lock.isEmpty()) {
      Names.check(lock, world.limits());
    }
    return lock;
  }

  /** The name that it has; of itself where none was asked for. */
  static String of(String object, String asked) {
    return asked.isEmpty() ? object + ENDING : asked;
  }
}
