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
  /**
   * The nearest to {@link #PRIORITY_PUT_AND_GET} in a set that is ordered by a number: it has no
   * order among equal ones, and an item only once.
   */
  SCORED_PUT_AND_GET,
  /**
   * The nearest to {@link #DELAYED_PUT} in such a set, whose due items somebody else has to move.
   */
  SCORED_PUT;

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', ' ').replace(" and ", " + ");
  }
}
