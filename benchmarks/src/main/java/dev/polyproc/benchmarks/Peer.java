package dev.polyproc.benchmarks;

/** A library's way to do a {@link Task}, as its users write it. */
interface Peer extends AutoCloseable {
  /** Threads that work at once, at most. */
  int WORKERS = 16;

  /** How many bytes each value has. */
  int VALUE_BYTES = 100;

  /** One step of a task, done by one of the threads over and over. */
  OneAtATime.Step step(Task task, int worker);

  /** Removes what the steps have left. */
  void tidy();
}
