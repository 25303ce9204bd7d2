package dev.polyproc.server.engine.object;

import dev.polyproc.server.engine.refusal.Refusal;

/** The name of the lock that guards a value, an array or shared memory. */
public final class LockName {
  private static final String ENDING = "/lock";

  private LockName() {}

  /**
   * The name that a Create asks for, which is one that a lock may have, as must be the one that it
   * has otherwise.
   */
  public static String asked(String object, String lock, World world) {
    if (!object.isEmpty()) {
      Names.check(object, world.limits());
      if (lock.equals(object)) {
        throw Refusal.argument(
            "lock",
            "Expected the name of a lock, but it is that of what it is to guard; leave it out for '"
                + of(object, "")
                + "'");
      }
    }
    if (!object.isEmpty() || !lock.isEmpty()) {
      Names.check(of(object, lock), world.limits());
    }
    return lock;
  }

  /** The name that it has; of itself where none was asked for. */
  public static String of(String object, String asked) {
    return asked.isEmpty() ? object + ENDING : asked;
  }
}
