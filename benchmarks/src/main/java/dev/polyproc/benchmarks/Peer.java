package dev.polyproc.benchmarks;

import java.util.stream.IntStream;

/**
 * A library's way to do tasks, as its users write it.
 *
 * @param <T> the tasks
 */
interface Peer<T extends Enum<T>> extends AutoCloseable {
  /** Threads that work at once, at most. */
  int WORKERS = 16;

  /** How many bytes each value has. */
  int VALUE_BYTES = 100;

  /** One step of a task, done by one of the threads over and over. */
  OneAtATime.Step step(T task, int worker);

  /** A task, done by so many threads at once, unless it is one of another kind. */
  default Load load(T task, int atOnce) {
    return new Threads(
        task.toString(), IntStream.range(0, atOnce).mapToObj(i -> step(task, i)).toList());
  }

  /** Removes what the steps have left. */
  void tidy();
}
