package dev.polyproc.integration;

import dev.polyproc.client.Polyproc;
import java.util.concurrent.BlockingQueue;

/** A program of the Java client that finds its daemon as any program does, and makes a call. */
final class CallMain {
  private CallMain() {}

  /** Puts an item into a queue and takes it out. */
  public static void main(String[] arguments) throws InterruptedException {
    try (Polyproc polyproc =
        arguments.length == 0 ? Polyproc.connect() : Polyproc.connect(arguments[0])) {
      BlockingQueue<String> queue = polyproc.queue("called", String.class);
      queue.put("hello");
      if (queue.take().equals("hello")) {
        System.out.println(Program.DONE);
      }
    }
  }
}
