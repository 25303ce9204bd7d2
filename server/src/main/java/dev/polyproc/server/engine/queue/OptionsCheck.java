package dev.polyproc.server.engine.queue;

import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.v1.QueueItemOptions;

/** Whether what is said of an item makes sense for a queue. */
final class OptionsCheck {
  private static final int MOST_WEIGHT = 1_000;

  private OptionsCheck() {}

  /** Refuses options that the queue has no use for, or that are over a limit. */
  static void of(QueueItemOptions options, Queue queue) {
    World world = queue.world();
    if (options.getPriority() != 0 && !queue.createdAs().isRanked()) {
      throw Refusal.argument(
          "options.priority",
          "Expected a priority only where the queue's order is PRIORITY, but '"
              + queue.name()
              + "' was created otherwise");
    }
    if (options.getWeight() != 0 && !queue.createdAs().isFair()) {
      throw Refusal.argument(
          "options.weight",
          "Expected a weight only where the queue is fair, but '"
              + queue.name()
              + "' was created otherwise");
    }
    Refusal.requireAtMost("options.weight", options.getWeight(), MOST_WEIGHT);
    requireShort("options.unique_key", options.getUniqueKey(), world);
    requireShort("options.key", options.getKey(), world);
    world.durations().of("options.delay", options.hasDelay(), options.getDelay());
    world
        .durations()
        .positive("options.time_to_live", options.hasTimeToLive(), options.getTimeToLive());
  }

  private static void requireShort(String field, String text, World world) {
    int most = world.limits().getNameLength();
    int length = text.codePointCount(0, text.length());
    if (length > most) {
      throw Refusal.argument(
          field,
          "Expected " + field + " to have at most " + most + " characters, but it has " + length);
    }
  }
}
