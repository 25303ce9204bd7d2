package dev.polyproc.integration;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waiting for what comes later, but not for ever. */
final class Later {
  private static final long SECONDS = 30;

  private Later() {}

  /** The result; what it failed with is thrown as it is. */
  static <T> T get(Future<T> future) {
    return get(future, SECONDS);
  }

  /** The result, for which a test waits some seconds. */
  static <T> T get(Future<T> future, long seconds) {
    try {
      return future.get(seconds, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      if (e.getCause() instanceof Error cause) {
        throw cause;
      }
      throw new IllegalStateException(e.getCause());
    } catch (TimeoutException e) {
      throw new AssertionError("Expected an answer within " + seconds + " s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
