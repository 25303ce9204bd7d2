package dev.polyproc.integration;

import dev.polyproc.client.Delivery;
import dev.polyproc.client.ItemOptions;
import dev.polyproc.client.PolyDict;
import dev.polyproc.client.PolyQueue;
import dev.polyproc.client.Polyproc;
import dev.polyproc.client.PolyprocException;
import dev.polyproc.v1.ErrorReason;

/** Squares the numbers of a queue, with the Java client. */
final class SharingMain {
  private SharingMain() {}

  /** Runs at the daemon that the environment names, until the queue was shut down. */
  public static void main(String[] arguments) throws InterruptedException {
    try (Polyproc polyproc = Polyproc.connect()) {
      PolyQueue<Long> work = polyproc.existingQueue("work", Long.class);
      PolyQueue<Long> squares = polyproc.existingQueue("squares", Long.class);
      PolyDict<String, Long> attempts = polyproc.dict("attempts", String.class, Long.class);
      while (true) {
        Delivery<Long> number = work.reserve();
        long n = number.item();
        attempts.add("java/" + n + "/" + number.attempt(), 1L, 0L);
        squares.put(n * n, ItemOptions.NONE.uniqueKey(Long.toString(n)));
        number.acknowledge();
      }
    } catch (PolyprocException e) {
      if (e.reason() != ErrorReason.ERROR_REASON_CLOSED) {
        throw e;
      }
    }
  }
}
