package dev.polyproc.server.engine.queue;

import dev.polyproc.server.engine.object.ManagedObject;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.time.Times;
import dev.polyproc.v1.QueueDeadLetter;
import dev.polyproc.v1.QueueDeadLetterCause;
import org.jspecify.annotations.Nullable;

/** Where a queue's dead letters go, and what they say. */
final class DeadLetters {
  private final Queue origin;
  private final World world;
  private final String name;

  /** Those of a queue, for the one of a name; empty: for none. */
  DeadLetters(Queue origin, World world, String name) {
    this.origin = origin;
    this.world = world;
    this.name = name;
  }

  /**
   * What takes the dead letters: nothing that goes with a session which has ended, except for what
   * comes back from that very session, since all of that ends together.
   */
  @Nullable Queue queue() {
    if (name.isEmpty()) {
      return null;
    }
    ManagedObject there = world.objects().existing(name);
    if (there == null && world.isGivingBack()) {
      ManagedObject still = world.objects().existingStill(name);
      there =
          still == null || still.session() == null || world.isEnding(still.session())
              ? still
              : null;
    }
    return there instanceof Queue queue ? queue : null;
  }

  /** What becomes of an item in a queue, which has its position to say yet. */
  Item letter(Item item, QueueDeadLetterCause cause, Queue dead) {
    QueueDeadLetter.Builder letter =
        QueueDeadLetter.newBuilder()
            .setOrigin(origin.ref())
            .setAttempts(item.attempts())
            .setCause(cause)
            .setFirst(Times.timestamp(item.since()))
            .setLast(Times.timestamp(world.clock().now()));
    if (item.terms().last() != null) {
      letter.setLastConsumer(item.terms().last());
    }
    return item.asLetter(world.clock().now(), letter.build(), dead.createdAs().isRanked());
  }
}
