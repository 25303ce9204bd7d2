package dev.polyproc.server.engine.queue;

import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.server.engine.time.Timers;
import dev.polyproc.v1.QueueCreateRequest;
import dev.polyproc.v1.QueueOrder;
import dev.polyproc.v1.QueueUnfinished;

/** Whether what a Create asks for makes sense. */
final class CreateCheck {
  private CreateCheck() {}

  /** The shape that a Create asks for; refuses what makes no sense. */
  static QueueShape shape(QueueCreateRequest request, World world) {
    Refusal.requireAtMost("maxsize", request.getMaxsize(), world.limits().getQueueItems());
    Refusal.requireAtMost(
        "max_out_per_key", request.getMaxOutPerKey(), world.limits().getQueueItems());
    Refusal.requireAtMost("max_attempts", request.getMaxAttempts(), Integer.MAX_VALUE);
    if (request.getDeadLetterQueue().isEmpty()
        && (request.getMaxAttempts() > 0 || request.getDeadLetterExpired())) {
      throw Refusal.argument(
          "dead_letter_queue",
          "Expected "
              + (request.getDeadLetterExpired() ? "dead_letter_expired" : "max_attempts")
              + " only with a dead_letter_queue, but none is given");
    }
    long window =
        world
            .durations()
            .positive("unique_window", request.hasUniqueWindow(), request.getUniqueWindow());
    return new QueueShape(
        request.getMaxsize(),
        request.getMaxAttempts(),
        request.getDeadLetterQueue(),
        order(request.getOrder()),
        known(request.getUnfinished()),
        window == Timers.NEVER ? 0 : window,
        request.getMaxOutPerKey(),
        request.getFair(),
        request.getDeadLetterExpired());
  }

  private static QueueOrder order(QueueOrder order) {
    return switch (order) {
      case UNRECOGNIZED ->
          throw Refusal.argument(
              "order", "Expected order to be FIFO, LIFO or PRIORITY, but it is none of them");
      case QUEUE_ORDER_UNSPECIFIED -> QueueOrder.QUEUE_ORDER_FIFO;
      default -> order;
    };
  }

  private static QueueUnfinished known(QueueUnfinished unfinished) {
    if (unfinished == QueueUnfinished.UNRECOGNIZED) {
      throw Refusal.argument(
          "unfinished", "Expected unfinished to be RETURN or DONE, but it is neither");
    }
    return unfinished;
  }
}
