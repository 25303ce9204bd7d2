package dev.polyproc.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A thread that does one thing, and what came of it. */
final class OtherThread {
  private final CompletableFuture<Object> end = new CompletableFuture<>();
  private final Thread thread;

  /** What answers nothing. */
  interface Action {
    void run() throws Exception;
  }

  private OtherThread(Callable<?> what) {
    thread =
        new Thread(
            () -> {
              try {
                end.complete(what.call());
              } catch (Throwable e) {
                end.complete(e);
              }
            });
    thread.setDaemon(true);
    thread.start();
  }

  static OtherThread answering(Callable<?> what) {
    return new OtherThread(what);
  }

  /** One that comes to "done". */
  static OtherThread running(Action what) {
    return new OtherThread(
        () -> {
          what.run();
          return "done";
        });
  }

  /** Does what ends when a time is up, again and again, and looks that it was not earlier. */
  static void lastsAtLeast(long nanos, Action what) throws Exception {
    for (int i = 0; i < 50; i++) {
      long start = System.nanoTime();
      what.run();
      assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(nanos);
    }
  }

  void interrupt() {
    thread.interrupt();
  }

  boolean isDone() {
    return end.isDone();
  }

  /** What it answered, or what it threw. */
  Object outcome() throws InterruptedException {
    try {
      return end.get(20, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new AssertionError("Expected a thread to come to its end, but it does not", e);
    }
  }
}
