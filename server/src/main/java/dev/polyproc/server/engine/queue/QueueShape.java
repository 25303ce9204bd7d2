package dev.polyproc.server.engine.queue;

import dev.polyproc.internal.v1.QueueState;
import dev.polyproc.server.engine.object.Shape;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.server.engine.time.Timers;
import dev.polyproc.server.engine.time.Times;
import dev.polyproc.v1.QueueCreateRequest;
import dev.polyproc.v1.QueueOrder;
import dev.polyproc.v1.QueueUnfinished;

/** What a queue is created as: a state of it that holds nothing. */
final class QueueShape {
  private QueueShape() {}

  /** What a Create asks for; refuses what makes no sense. */
  static QueueState asked(QueueCreateRequest request, World world) {
    Refusal.requireAtMost("maxsize", request.getMaxsize(), world.limits().getQueueItems());
    Refusal.requireAtMost(
        "max_out_per_key", request.getMaxOutPerKey(), world.limits().getQueueItems());
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
    return QueueState.newBuilder()
        .setMaxsize(request.getMaxsize())
        .setMaxAttempts(request.getMaxAttempts())
        .setDeadLetterQueue(request.getDeadLetterQueue())
        .setOrder(order(request.getOrder()))
        .setUnfinishedItems(known(request.getUnfinished()))
        .setUniqueWindow(window == Timers.NEVER ? 0 : window)
        .setMaxOutPerKey(request.getMaxOutPerKey())
        .setFair(request.getFair())
        .setDeadLetterExpired(request.getDeadLetterExpired())
        .build();
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

  /** That of a queue as it was saved. */
  static QueueState of(QueueState saved) {
    return QueueState.newBuilder()
        .setMaxsize(saved.getMaxsize())
        .setMaxAttempts(saved.getMaxAttempts())
        .setDeadLetterQueue(saved.getDeadLetterQueue())
        .setOrder(saved.getOrder())
        .setUnfinishedItems(saved.getUnfinishedItems())
        .setUniqueWindow(saved.getUniqueWindow())
        .setMaxOutPerKey(saved.getMaxOutPerKey())
        .setFair(saved.getFair())
        .setDeadLetterExpired(saved.getDeadLetterExpired())
        .build();
  }

  /** As it is compared, and shown. */
  static Shape shown(QueueState shape) {
    return Shape.PLAIN
        .with("maxsize", shape.getMaxsize())
        .with("max_attempts", shape.getMaxAttempts())
        .with("dead_letter_queue", shape.getDeadLetterQueue())
        .with("order", shape.getOrder(), "QUEUE_ORDER_")
        .with("unfinished", shape.getUnfinishedItems(), "QUEUE_UNFINISHED_")
        .with("unique_window", Times.text(shape.getUniqueWindow()))
        .with("max_out_per_key", shape.getMaxOutPerKey())
        .with("fair", shape.getFair())
        .with("dead_letter_expired", shape.getDeadLetterExpired());
  }
}
