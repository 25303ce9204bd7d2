package dev.polyproc.server.engine.queue;

import dev.polyproc.internal.v1.QueueState;
import dev.polyproc.server.engine.object.Shape;
import dev.polyproc.server.engine.time.Times;
import dev.polyproc.v1.QueueOrder;
import dev.polyproc.v1.QueueUnfinished;

/**
 * What a queue was created as.
 *
 * @param maxsize how many items it has at most; 0: as many as any queue may
 * @param maxAttempts how many attempts an item has; 0: any number
 * @param deadLetterQueue the queue that gets its dead letters, by name; empty: none does
 * @param order in which order it hands out
 * @param unfinished whether unfinished items are counted, and what the end of a session does to
 *     them
 * @param uniqueWindow how long a unique key is taken, in nanoseconds; 0: while its item is there or
 *     out
 * @param maxOutPerKey how many items of a key may be out; 0: any number
 * @param isFair whether its keys rotate, so that each gives some in its round
 * @param deadLetterExpired whether items whose time to live is over become dead letters
 */
record QueueShape(
    int maxsize,
    int maxAttempts,
    String deadLetterQueue,
    QueueOrder order,
    QueueUnfinished unfinished,
    long uniqueWindow,
    int maxOutPerKey,
    boolean isFair,
    boolean deadLetterExpired) {
  static QueueShape restored(QueueState state) {
    return new QueueShape(
        state.getMaxsize(),
        state.getMaxAttempts(),
        state.getDeadLetterQueue(),
        state.getOrder(),
        state.getUnfinishedItems(),
        state.getUniqueWindow(),
        state.getMaxOutPerKey(),
        state.getFair(),
        state.getDeadLetterExpired());
  }

  void save(QueueState.Builder state) {
    state
        .setMaxsize(maxsize)
        .setMaxAttempts(maxAttempts)
        .setDeadLetterQueue(deadLetterQueue)
        .setOrder(order)
        .setUnfinishedItems(unfinished)
        .setUniqueWindow(uniqueWindow)
        .setMaxOutPerKey(maxOutPerKey)
        .setFair(isFair)
        .setDeadLetterExpired(deadLetterExpired);
  }

  /** As it is compared, and shown. */
  Shape shown() {
    return Shape.PLAIN
        .with("maxsize", maxsize)
        .with("max_attempts", maxAttempts)
        .with("dead_letter_queue", deadLetterQueue)
        .with("order", order, "QUEUE_ORDER_")
        .with("unfinished", unfinished, "QUEUE_UNFINISHED_")
        .with("unique_window", Times.text(uniqueWindow))
        .with("max_out_per_key", maxOutPerKey)
        .with("fair", isFair)
        .with("dead_letter_expired", deadLetterExpired);
  }

  /** Whether what comes last is the first to be got. */
  boolean isStack() {
    return order == QueueOrder.QUEUE_ORDER_LIFO;
  }

  /** Whether priorities decide what the next item is. */
  boolean isRanked() {
    return order == QueueOrder.QUEUE_ORDER_PRIORITY;
  }

  /** Whether keys decide what the next item is. */
  boolean hasLanes() {
    return isFair || maxOutPerKey > 0;
  }

  /** Whether its items may become dead letters. */
  boolean hasDeadLetters() {
    return !deadLetterQueue.isEmpty();
  }
}
