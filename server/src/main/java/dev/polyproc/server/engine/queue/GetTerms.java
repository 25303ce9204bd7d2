package dev.polyproc.server.engine.queue;

import com.google.protobuf.Duration;
import dev.polyproc.internal.v1.TakeState;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.server.engine.time.Timers;
import dev.polyproc.v1.QueueConsumeRequest;
import dev.polyproc.v1.QueueEnd;
import dev.polyproc.v1.QueueGetManyRequest;
import dev.polyproc.v1.QueueGetRequest;

/**
 * How a call wants its items.
 *
 * @param many whether it is answered as GetMany is, rather than as Get
 * @param max how many at most
 * @param reserve whether until they are acknowledged, rather than for good
 * @param reservation how long at most, in nanoseconds, or {@link Timers#NEVER}
 * @param fromTail whether from the tail, rather than from the head
 */
record GetTerms(boolean many, int max, boolean reserve, long reservation, boolean fromTail) {
  /** What Get asks for. */
  static GetTerms of(QueueGetRequest get, Queue queue, Invocation call, World world) {
    long time = reservation(get.hasReservationTimeout(), get.getReservationTimeout(), world);
    boolean fromTail = fromTail(get.getEnd(), queue);
    return new GetTerms(false, 1, get.getReserve(), time, fromTail).checked(call);
  }

  /** What GetMany asks for. */
  static GetTerms of(QueueGetManyRequest many, Queue queue, Invocation call, World world) {
    int page = world.limits().getPageSize();
    Refusal.requireAtMost("max", many.getMax(), page);
    int max = many.getMax() == 0 ? page : many.getMax();
    long time = reservation(many.hasReservationTimeout(), many.getReservationTimeout(), world);
    boolean fromTail = fromTail(many.getEnd(), queue);
    return new GetTerms(true, max, many.getReserve(), time, fromTail).checked(call);
  }

  /** What Consume asks for, for each item. */
  static GetTerms of(QueueConsumeRequest consume, World world) {
    long time =
        reservation(consume.hasReservationTimeout(), consume.getReservationTimeout(), world);
    return new GetTerms(false, 1, true, time, false);
  }

  /** Whether that is the tail; refuses where nobody may get from there. */
  static boolean fromTail(QueueEnd end, Queue queue) {
    if (end == QueueEnd.UNRECOGNIZED) {
      throw Batch.unknownEnd();
    }
    if (end == QueueEnd.QUEUE_END_TAIL && queue.createdAs().hasLanes()) {
      throw Refusal.argument(
          "end",
          "Expected to get from the head of '"
              + queue.name()
              + "', as it limits its keys or is fair, but end is TAIL");
    }
    return end == QueueEnd.QUEUE_END_TAIL;
  }

  private static long reservation(boolean present, Duration timeout, World world) {
    return world.durations().positive("reservation_timeout", present, timeout);
  }

  static GetTerms restored(TakeState state) {
    return new GetTerms(
        state.getMany(),
        state.getMax(),
        state.getReserve(),
        state.getReservation() == 0 ? Timers.NEVER : state.getReservation(),
        state.getFromTail());
  }

  TakeState save() {
    return TakeState.newBuilder()
        .setMany(many)
        .setMax(max)
        .setReserve(reserve)
        .setReservation(reservation == Timers.NEVER ? 0 : reservation)
        .setFromTail(fromTail)
        .build();
  }

  /** The same, of fewer items. */
  GetTerms atMost(long items) {
    return items >= max ? this : new GetTerms(many, (int) items, reserve, reservation, fromTail);
  }

  private GetTerms checked(Invocation call) {
    if (reserve && reservation == Timers.NEVER) {
      call.session("a reservation without a reservation_timeout");
    }
    if (!reserve && reservation != Timers.NEVER) {
      throw Refusal.argument(
          "reservation_timeout",
          "Expected reservation_timeout only with reserve, but reserve is not set");
    }
    return this;
  }
}
