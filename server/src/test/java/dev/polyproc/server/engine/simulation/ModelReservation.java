package dev.polyproc.server.engine.simulation;

import dev.polyproc.server.engine.simulation.Outcome.Numbered;
import org.jspecify.annotations.Nullable;

/**
 * An item in somebody's hands.
 *
 * @param inHand whether a session took it and has not finished it, rather than reserved it
 */
record ModelReservation(
    Numbered id,
    long number,
    ModelQueueItem item,
    @Nullable ModelSession session,
    String owner,
    @Nullable ModelCall consumer,
    long until,
    boolean inHand) {
  @Override
  public boolean equals(@Nullable Object other) {
    return this == other;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(number);
  }
}
