package dev.polyproc.benchmarks;

import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** A library's way to do tasks of queues. */
abstract class QueuePeer implements Peer<QueueTask> {
  /** Which the items of the queue of priorities have in turn. */
  static final int PRIORITIES = 10;

  /** How many items lie in the queue of priorities while others are put and taken. */
  static final int STANDING = 1_000;

  /** How many items are put at a time to be reserved. */
  private static final int STOCK = 2_000;

  /** How many delayed items there are at most, whoever puts them. */
  private static final int DELAYED = 10_000;

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
  static int priorityOf(byte[] item) {
    return item[0];
  }

  /** Looks at items; a step that got fewer than are there is no step. */
  static void require(int count, Collection<byte[]> items) {
    long whole = items.stream().filter(item -> item.length == VALUE_BYTES).count();
    if (whole != count) {
      throw new IllegalStateException("Expected " + count + " items, but got " + whole);
    }
  }

  /** The same of one item. */
  static void require(byte @Nullable [] item) {
    if (item == null || item.length != VALUE_BYTES) {
      throw new IllegalStateException("Expected an item, but there is none");
    }
  }

  /** What a library is not asked for. */
  static IllegalArgumentException unknown(QueueTask task) {
    return new IllegalArgumentException("Expected a task of this library, but it is " + task);
  }

  /** Puts so many items, to be reserved. */
  abstract void stock(int items);

  /**
   * One step of a task, which no thread waits for. Of {@link QueueTask#RESERVE_AND_ACKNOWLEDGE} it
   * is an item of those that were put for it.
   */
  abstract CompletionStage<?> begin(QueueTask task);

  /** A task; what is more than there are threads is in flight, and no thread waits for it. */
  @Override
  public final Load load(QueueTask task, int atOnce) {
    String name = task.toString();
    if (atOnce <= WORKERS) {
      return Peer.super.load(task, atOnce);
    }
    return switch (task) {
      case RESERVE_AND_ACKNOWLEDGE ->
          new Pieces(name, STOCK, () -> stock(STOCK), atOnce, () -> begin(task));
      case DELAYED_PUT -> new Pieces(name, DELAYED, this::tidy, atOnce, () -> begin(task));
      default -> new Chained(name, atOnce, () -> begin(task));
    };
  }
}
