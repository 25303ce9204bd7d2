package dev.polyproc.integration;

import dev.polyproc.client.PolySharedArray;
import dev.polyproc.client.Polyproc;
import java.util.concurrent.CountDownLatch;

/** A program of the Java client that is in the midst of something until it is killed. */
final class DeedMain {
  private DeedMain() {}

  /** What it does. */
  enum Deed {
    /** Holds a lock. */
    HOLD,
    /** Has reserved an item of a queue. */
    RESERVE,
    /** Updates a shared array, whose first element it has set to -1. */
    UPDATE,
    /** Waits at a barrier. */
    WAIT
  }

  /** Runs with a {@link Deed} and an object's name, at the daemon that the environment names. */
  public static void main(String[] arguments) throws Exception {
    Polyproc polyproc = Polyproc.connect();
    String name = arguments[1];
    switch (Deed.valueOf(arguments[0])) {
      case HOLD -> polyproc.lock(name).lock();
      case RESERVE -> {
        var unused = polyproc.queue(name).reserve();
      }
      case UPDATE -> {
        PolySharedArray array = polyproc.sharedArray(name);
        array.update(
            () -> {
              array.setDouble(0, -1);
              stay();
            });
      }
      case WAIT -> {
        var unused = polyproc.barrier(name).awaitAsync();
      }
    }
    stay();
  }

  private static void stay() {
    System.out.println("here");
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
