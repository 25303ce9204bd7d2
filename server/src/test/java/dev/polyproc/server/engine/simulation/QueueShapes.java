package dev.polyproc.server.engine.simulation;

import dev.polyproc.v1.QueueCreateRequest;
import dev.polyproc.v1.QueueOrder;
import dev.polyproc.v1.QueueUnfinished;
import java.util.List;

/** Random shapes of queues: dead letters in the first, a short one, and one that has attempts. */
final class QueueShapes {
  private final Choices choices;

  QueueShapes(Choices choices) {
    this.choices = choices;
  }

  QueueCreateRequest.Builder shape(String name) {
    if (choices.model.objects.get(name) instanceof ModelQueue queue && choices.oneIn(2)) {
      return queue.shape.toBuilder();
    }
    QueueCreateRequest.Builder shape =
        QueueCreateRequest.newBuilder()
            .setLifetime(choices.lifetime())
            .setOrder(order())
            .setUnfinished(unfinished());
    if (choices.oneIn(3)) {
      shape.setUniqueWindow(choices.positive());
    }
    if (choices.oneIn(2)) {
      shape.setMaxOutPerKey(1 + choices.random.nextInt(2));
    }
    shape.setFair(choices.oneIn(3));
    if (name.equals("queue1")) {
      shape.setMaxsize(2 + choices.random.nextInt(4));
    }
    if (!name.equals("queue0") && choices.random.nextInt(4) > 0) {
      shape
          .setMaxAttempts(choices.random.nextInt(4))
          .setDeadLetterQueue("queue0")
          .setDeadLetterExpired(choices.oneIn(2));
    } else if (choices.oneIn(20)) {
      shape.setDeadLetterExpired(true); // Refused.
    }
    return shape;
  }

  private QueueOrder order() {
    return choices.any(
        List.of(
            QueueOrder.QUEUE_ORDER_UNSPECIFIED,
            QueueOrder.QUEUE_ORDER_FIFO,
            QueueOrder.QUEUE_ORDER_LIFO,
            QueueOrder.QUEUE_ORDER_PRIORITY));
  }

  private QueueUnfinished unfinished() {
    return choices.any(
        List.of(
            QueueUnfinished.QUEUE_UNFINISHED_UNSPECIFIED,
            QueueUnfinished.QUEUE_UNFINISHED_RETURN,
            QueueUnfinished.QUEUE_UNFINISHED_DONE));
  }
}
