package dev.polyproc.benchmarks;

import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;

/** A library's way to do tasks of queues. */
abstract class QueuePeer implements Peer<QueueTask> {
  /** Which the items of the queue of priorities have in turn. */
  static final int PRIORITIES = 10;

  /** How many items lie in the queue of priorities while others are put and taken. */
  static final int STANDING = 1_000;

  /** How long a delayed item is delayed. */
  static final int DELAY_HOURS = 1;

  /** An item. */
  static final byte[] VALUE = new byte[VALUE_BYTES];

  /** As many items as are put and got in a call. */
  static final List<byte[]> BULK = IntStream.range(0, 50).mapToObj(i -> VALUE).toList();

  private static final List<byte[]> BY_PRIORITY =
      IntStream.range(0, PRIORITIES).mapToObj(QueuePeer::ofPriority).toList();

  private static byte[] ofPriority(int priority) {
    byte[] value = VALUE.clone();
    value[0] = (byte) priority;
    return value;
  }

  /** The item of a turn, which says its priority. */
  static byte[] item(int turn) {
    return BY_PRIORITY.get(turn % PRIORITIES);
  }

  /** An item's priority. */
  static int priority(byte[] item) {
    return item[0];
  }

  /** A step that got fewer items than are there is no step. */
  static void requireAll(int expected, int got) {
    if (got != expected) {
      throw new IllegalStateException("Expected " + expected + " items, but got " + got);
    }
  }

  /** What a library is not asked for. */
  static IllegalArgumentException unknown(QueueTask task) {
    return new IllegalArgumentException("Expected a task of this library, but it is " + task);
  }

  /** Puts so many items, to be reserved. */
  abstract void stock(int items);

  /** Reserves an item of those, and acknowledges it. */
  abstract CompletionStage<?> reserveAndAcknowledge();

  @Override
  public final Load load(QueueTask task, int atOnce) {
    return task == QueueTask.RESERVE_AND_ACKNOWLEDGE
        ? new Stocked(task.toString(), atOnce, this::stock, this::reserveAndAcknowledge)
        : Peer.super.load(task, atOnce);
  }
}
