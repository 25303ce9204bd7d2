package dev.polyproc.server.engine.queue;

import dev.polyproc.server.engine.Call;
import dev.polyproc.server.engine.Parked;
import dev.polyproc.server.engine.Waiters;
import dev.polyproc.server.engine.World;
import dev.polyproc.v1.QueueConsumeRequest;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * A stream that gets items as they come. It stands in line with the waiting Gets for each item
 * while it may have another in flight, and aside otherwise.
 */
final class Consumer extends Parked {
  private final Queue queue;
  private final int maxInFlight;
  private final Set<Reservation> inFlight = new LinkedHashSet<>();
  private boolean gone;

  Consumer(
      Queue queue,
      World world,
      Call call,
      Waiters line,
      long order,
      long place,
      long since,
      long until) {
    super(world, call, line, order, place, since, until);
    this.queue = queue;
    this.maxInFlight = ((QueueConsumeRequest) call.requestMessage()).getMaxInFlight();
  }

  /** What its reservations take, as many as there may be: none is refused when its item comes. */
  static long furtherBytes(int maxInFlight) {
    return maxInFlight * Reservation.BYTES;
  }

  @Override
  protected long furtherBytes() {
    return furtherBytes(maxInFlight);
  }

  void delivered(Reservation reservation) {
    inFlight.add(reservation);
  }

  void done(Reservation reservation) {
    inFlight.remove(reservation);
    if (!gone) {
      queue.mayHaveMore(this);
    }
  }

  boolean mayHaveMore() {
    return inFlight.size() < maxInFlight;
  }

  @Override
  protected void left() {
    gone = true;
    queue.stock().giveBack(new ArrayList<>(inFlight));
  }
}
