package dev.polyproc.integration;

/**
 * What several threads and clients do with one kind of object while everything around them breaks,
 * and what must hold in the end whatever broke.
 */
interface StormLane {
  /** Work that threads do at the same time, each some of it. */
  Iterable<Task> tasks();

  /** Fails where something was lost, doubled or put out of order. */
  void check() throws Exception;

  /** What one thread does until it is done. */
  interface Task {
    void run() throws Exception;
  }
}
