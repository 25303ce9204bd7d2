package dev.polyproc.server.engine.queue;

import com.google.protobuf.Message;
import dev.polyproc.server.engine.Call;
import dev.polyproc.server.engine.Refusal;
import dev.polyproc.server.engine.Timers;
import dev.polyproc.server.engine.World;
import dev.polyproc.v1.QueueConsumeRequest;
import dev.polyproc.v1.QueueGetManyRequest;
import dev.polyproc.v1.QueueGetRequest;

/**
 * How a call wants its items.
 *
 * @param max how many at most
 * @param reserve whether until they are acknowledged, rather than for good
 * @param reservation how long at most, in nanoseconds, or {@link Timers#NEVER}
 */
record Take(int max, boolean reserve, long reservation) {
  /** What Get, GetMany or Consume asks for. */
  static Take of(Call call, World world) {
    Message request = call.requestMessage();
    if (request instanceof QueueGetRequest get) {
      return checked(
          call,
          1,
          get.getReserve(),
          world
              .clock()
              .positiveDuration(
                  "reservation_timeout", get.hasReservationTimeout(), get.getReservationTimeout()));
    }
    if (request instanceof QueueGetManyRequest many) {
      int page = world.limits().getPageSize();
      if (many.getMax() < 0 || many.getMax() > page) {
        throw Refusal.argument(
            "max",
            "Expected max to be at most "
                + page
                + ", but it is "
                + Integer.toUnsignedString(many.getMax()));
      }
      return checked(
          call,
          many.getMax() == 0 ? page : many.getMax(),
          many.getReserve(),
          world
              .clock()
              .positiveDuration(
                  "reservation_timeout",
                  many.hasReservationTimeout(),
                  many.getReservationTimeout()));
    }
    QueueConsumeRequest consume = (QueueConsumeRequest) request;
    return new Take(
        1,
        true,
        world
            .clock()
            .positiveDuration(
                "reservation_timeout",
                consume.hasReservationTimeout(),
                consume.getReservationTimeout()));
  }

  /** The same, of fewer items. */
  Take atMost(long items) {
    return items >= max ? this : new Take((int) items, reserve, reservation);
  }

  private static Take checked(Call call, int max, boolean reserve, long reservation) {
    if (reserve && reservation == Timers.NEVER) {
      call.session("a reservation without a reservation_timeout");
    }
    if (!reserve && reservation != Timers.NEVER) {
      throw Refusal.argument(
          "reservation_timeout",
          "Expected reservation_timeout only with reserve, but reserve is not set");
    }
    return new Take(max, reserve, reservation);
  }
}
