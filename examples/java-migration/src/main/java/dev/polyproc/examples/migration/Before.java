package dev.polyproc.examples.migration;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.ReentrantLock;

/** The shop in one JVM. */
final class Before {
  private Before() {}

  /** Plays the parts that the arguments name. */
  public static void main(String[] parts) throws InterruptedException {
    Shop shop =
        new Shop(
            new LinkedBlockingQueue<>(50),
            new LinkedBlockingQueue<>(),
            new ConcurrentHashMap<>(),
            new ReentrantLock());
    shop.play(parts);
  }
}
