package dev.polyproc.integration;

import dev.polyproc.client.PolyQueue;
import dev.polyproc.client.Polyproc;

/** A program of the Java client. */
final class PortableMain {
  private PortableMain() {}

  /** Puts an item into a queue of the daemon at {@code arguments[0]}. */
  public static void main(String[] arguments) throws InterruptedException {
    try (Polyproc polyproc = Polyproc.connect(arguments[0])) {
      PolyQueue<String> queue = polyproc.queue("portable", String.class);
      queue.put("hello");
    }
  }
}
