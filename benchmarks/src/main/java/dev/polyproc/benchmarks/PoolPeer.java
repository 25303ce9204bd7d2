package dev.polyproc.benchmarks;

import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.stream.LongStream;

/** A library's pool of {@link #THREADS} threads, whose tasks do next to nothing. */
abstract class PoolPeer implements Peer<PoolTask> {
  /** Threads that run tasks. */
  static final int THREADS = 4;

  /** How many tasks are handed in at a time. */
  static final int TASKS = 1_000;

  /** How many numbers a function is mapped over. */
  static final int INPUTS = 100_000;

  /** What is squared, and what comes of it. */
  static final long INPUT = 7;

  /** What is mapped over. */
  static final List<Long> NUMBERS = LongStream.range(0, INPUTS).boxed().toList();

  private static final List<Long> SQUARES =
      NUMBERS.stream().map(number -> number * number).toList();

  /** A task that does next to nothing. */
  static long square(long number) {
    return number * number;
  }

  /** Looks at a result: one that is wrong is none. */
  static void require(long square) {
    if (square != square(INPUT)) {
      throw new IllegalStateException(
          "Expected " + square(INPUT) + ", but " + INPUT + " squared is said to be " + square);
    }
  }

  /** Looks at what came of {@link #NUMBERS}. */
  static void require(List<Long> squares) {
    if (!squares.equals(SQUARES)) {
      throw new IllegalStateException(
          "Expected the squares of " + INPUTS + " numbers, but some are others");
    }
  }

  /** A step of {@link PoolTask#DISPATCH}, by an executor's own task. */
  static OneAtATime.Step dispatch(ExecutorService executor, Callable<Long> task) {
    return () -> require(executor.submit(task).get());
  }

  /** A step of {@link PoolTask#INVOKE_ALL}, likewise. */
  static OneAtATime.Step invokeAll(ExecutorService executor, Callable<Long> task) {
    var tasks = Collections.nCopies(TASKS, task);
    return () -> {
      for (Future<Long> result : executor.invokeAll(tasks)) {
        require(result.get());
      }
    };
  }

  @Override
  public final Load load(PoolTask task, int atOnce) {
    int amount =
        switch (task) {
          case DISPATCH -> 1;
          case INVOKE_ALL -> TASKS;
          case MAP -> INPUTS;
        };
    return new Times(amount, Peer.super.load(task, atOnce));
  }

  /** Nothing is left. */
  @Override
  public final void tidy() {}
}
