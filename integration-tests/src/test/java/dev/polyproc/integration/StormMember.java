package dev.polyproc.integration;

import dev.polyproc.client.Delivery;
import dev.polyproc.client.PolyDict;
import dev.polyproc.client.PolyQueue;
import dev.polyproc.client.Polyproc;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * A program with two threads that takes part in a {@link Storm} until it is killed, or told to end.
 */
final class StormMember {
  private StormMember() {}

  /** Runs with the daemon's address and the prefix of all names; ends when its stdin does. */
  public static void main(String[] arguments) throws Exception {
    String seed = arguments[1];
    try (Polyproc client =
        Polyproc.builder().address(arguments[0]).timeToLive(Duration.ofSeconds(10)).connect()) {
      Thread locking = new Thread(() -> lock(client, seed), "locking");
      locking.setDaemon(true);
      locking.start();
      Thread consuming = new Thread(() -> consume(client, seed), "consuming");
      consuming.setDaemon(true);
      consuming.start();
      System.out.println("ready");
      while (System.in.read() >= 0) {}
    }
    System.exit(0);
  }

  private static void lock(Polyproc client, String seed) {
    try {
      while (true) {
        StormLockLane.section(client, seed, StormLockLane.ALL, StormLockLane.MEMBERS);
      }
    } catch (InterruptedException | RuntimeException e) {
      // The client is closed.
    }
  }

  private static void consume(Polyproc client, String seed) {
    try {
      PolyQueue<Long> queue = client.queue(seed + StormQueueLane.QUEUE, Long.class);
      PolyDict<Long, Long> done = client.dict(seed + StormQueueLane.DONE, Long.class, Long.class);
      while (true) {
        Delivery<Long> delivery = queue.reserve(1, TimeUnit.SECONDS);
        if (delivery != null) {
          done.add(delivery.item(), 1L, 0L);
          delivery.acknowledge();
        }
      }
    } catch (InterruptedException | RuntimeException e) {
      // The client is closed.
    }
  }
}
