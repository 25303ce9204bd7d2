package dev.polyproc.benchmarks;

import java.util.Locale;

/** What each library is asked to do, one step after the other. */
enum Task {
  /** Sets the value of a thread's own key, and does not ask for the one before. */
  MAP_SET,
  /** Puts the value of a thread's own key for the one before, where the library answers it. */
  MAP_PUT,
  /** Gets the value of a thread's own key, which is there. */
  MAP_GET,
  /** Puts into a queue shared by the threads, and takes from it, ready to wait. */
  QUEUE_PUT_AND_GET,
  /** Acquires a thread's own lock and releases it. */
  LOCK_ACQUIRE_AND_RELEASE,
  /** Adds to the end of a list shared by the threads. */
  LIST_APPEND,
  /** Sends at one end of a thread's own pipe, and receives at the other. */
  PIPE_SEND_AND_RECEIVE,
  /** Acquires a permit of a thread's own semaphore and releases it. */
  SEMAPHORE_ACQUIRE_AND_RELEASE,
  /** Acquires a thread's own lock that serves in the order of arrival, and releases it. */
  FAIR_LOCK_ACQUIRE_AND_RELEASE,
  /** Acquires a thread's own read-write lock for reading, and releases it. */
  READ_LOCK_ACQUIRE_AND_RELEASE,
  /** The same for writing. */
  WRITE_LOCK_ACQUIRE_AND_RELEASE,
  /** Counts a thread's own latch down by one, which is far from open. */
  LATCH_COUNT_DOWN,
  /** Reads a thread's own number. */
  VALUE_GET,
  /** Sets it, and does not ask for the one before. */
  VALUE_SET,
  /** Adds one to it for the sum. */
  VALUE_ADD;

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', ' ').replace(" and ", " + ");
  }
}
