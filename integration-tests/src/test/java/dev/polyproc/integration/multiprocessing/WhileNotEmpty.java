package dev.polyproc.integration.multiprocessing;

import dev.polyproc.client.PolyQueue;
import dev.polyproc.client.Polyproc;
import java.io.IOException;

/**
 * A consumer that ends when the queue is empty. With a producer that is not done that may be early,
 * as in Python: what comes after stays in the queue. The argument {@code joined} has the consumer
 * start when the producer has ended.
 */
public final class WhileNotEmpty {
  private static final int NUMBERS = 10;

  private WhileNotEmpty() {}

  /** The program, or a part of it. */
  public static void main(String[] part) throws IOException, InterruptedException {
    try (Polyproc polyproc = Polyproc.connect()) {
      PolyQueue<Integer> queue = polyproc.queue("while-not-empty", Integer.class);
      switch (part.length == 0 ? "program" : part[0]) {
        case "producer" -> produce(queue);
        case "consumer" -> consume(queue);
        case "joined" -> runOneAfterTheOther();
        default -> runAtOnce();
      }
    }
  }

  private static void runAtOnce() throws IOException, InterruptedException {
    Part producer = Part.start(WhileNotEmpty.class, "producer");
    Part consumer = Part.start(WhileNotEmpty.class, "consumer");
    producer.join();
    consumer.join();
  }

  private static void runOneAfterTheOther() throws IOException, InterruptedException {
    Part.start(WhileNotEmpty.class, "producer").join();
    Part.start(WhileNotEmpty.class, "consumer").join();
  }

  private static void produce(PolyQueue<Integer> queue) throws InterruptedException {
    for (int number = 0; number < NUMBERS; number++) {
      queue.put(number);
    }
  }

  private static void consume(PolyQueue<Integer> queue) throws InterruptedException {
    while (!queue.isEmpty()) {
      System.out.println(queue.take());
    }
  }
}
