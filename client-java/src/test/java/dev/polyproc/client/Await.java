package dev.polyproc.client;

import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for what can only be looked at. */
public final class Await {
  private static final long LONGEST_NANOS = 10_000_000_000L;

  private Await() {}

  public static void until(BooleanSupplier condition) {
    long deadline = System.nanoTime() + LONGEST_NANOS;
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("Expected the condition to hold within 10 s, but it does not");
      }
      LockSupport.parkNanos(1_000_000);
    }
  }
}
