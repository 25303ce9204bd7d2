package dev.polyproc.server.engine.queue;

import dev.polyproc.internal.v1.QueueState;
import dev.polyproc.server.engine.object.Shape;
import dev.polyproc.server.engine.time.Times;
import dev.polyproc.v1.QueueOrder;
import dev.polyproc.v1.QueueUnfinished;

/** What a queue was created as. It is asked for every item, so that all its answers are fields. */
final class QueueShape {
  private final int maxsize;
  private final int maxAttempts;
  private final String deadLetterQueue;
  private final QueueOrder order;
  private final QueueUnfinished unfinished;
  private final long uniqueWindow;
  private final int maxOutPerKey;
  private final boolean isFair;
  private final boolean deadLetterExpired;
  private final boolean isStack;
  private final boolean isRanked;
  private final boolean hasLanes;
  private final boolean hasDeadLetters;

  /** As the fields of a Create say it; the unique window in nanoseconds, 0 for none. */
  QueueShape(
      int maxsize,
      int maxAttempts,
      String deadLetterQueue,
      QueueOrder order,
      QueueUnfinished unfinished,
      long uniqueWindow,
      int maxOutPerKey,
      boolean isFair,
      boolean deadLetterExpired) {
    this.maxsize = maxsize;
    this.maxAttempts = maxAttempts;
    this.deadLetterQueue = deadLetterQueue;
    this.order = order;
    this.unfinished = unfinished;
    this.uniqueWindow = uniqueWindow;
    this.maxOutPerKey = maxOutPerKey;
    this.isFair = isFair;
    this.deadLetterExpired = deadLetterExpired;
    this.isStack = order == QueueOrder.QUEUE_ORDER_LIFO;
    this.isRanked = order == QueueOrder.QUEUE_ORDER_PRIORITY;
    this.hasLanes = isFair || maxOutPerKey > 0;
    this.hasDeadLetters = !deadLetterQueue.isEmpty();
  }

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

  /** That of what a queue of this shape leaves behind: it is kept until it is given back. */
  QueueShape ofRemains() {
    return new QueueShape(
        0,
        0,
        deadLetterQueue,
        QueueOrder.QUEUE_ORDER_FIFO,
        QueueUnfinished.QUEUE_UNFINISHED_UNSPECIFIED,
        0,
        0,
        false,
        false);
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

  /** How many items it has at most; 0: as many as any queue may. */
  int maxsize() {
    return maxsize;
  }

  /** How many attempts an item has; 0: any number. */
  int maxAttempts() {
    return maxAttempts;
  }

  /** The queue that gets its dead letters, by name; empty: none does. */
  String deadLetterQueue() {
    return deadLetterQueue;
  }

  /** Whether its items may become dead letters. */
  boolean hasDeadLetters() {
    return hasDeadLetters;
  }

  /** Whether items whose time to live is over become dead letters. */
  boolean deadLetterExpired() {
    return deadLetterExpired;
  }

  /** Whether unfinished items are counted, and what the end of a session does to them. */
  QueueUnfinished unfinished() {
    return unfinished;
  }

  /** How long a unique key is taken, in nanoseconds; 0: while its item is there or out. */
  long uniqueWindow() {
    return uniqueWindow;
  }

  /** How many items of a key may be out; 0: any number. */
  int maxOutPerKey() {
    return maxOutPerKey;
  }

  /** Whether its keys rotate, so that each gives some in its round. */
  boolean isFair() {
    return isFair;
  }

  /** Whether keys decide what the next item is. */
  boolean hasLanes() {
    return hasLanes;
  }

  /** Whether what comes last is the first to be got. */
  boolean isStack() {
    return isStack;
  }

  /** Whether priorities decide what the next item is. */
  boolean isRanked() {
    return isRanked;
  }
}
