package dev.polyproc.benchmarks;

import java.util.Locale;

/** What each library is asked to do with queues of jobs. */
enum QueueTask {
  /** Reserves items that are there and acknowledges each; a step is one item. */
  RESERVE_AND_ACKNOWLEDGE,
  /** Puts an item by its priority, and takes the first, where many others stay. */
  PRIORITY_PUT_AND_GET,
  /** Puts an item that can be got in an hour. */
  DELAYED_PUT,
  /** Puts fifty items in a call, and takes fifty in another; a step is both. */
  BULK_PUT_AND_GET,
  /** {@link #PRIORITY_PUT_AND_GET} of Redisson's own priority queue, which locks for each call. */
  LOCKED_PRIORITY_PUT_AND_GET;

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', ' ').replace(" and ", " + ");
  }
}
