package dev.polyproc.integration.multiprocessing;

import dev.polyproc.client.Codec;
import dev.polyproc.client.PolyQueue;
import dev.polyproc.client.Polyproc;
import java.io.IOException;
import java.util.Optional;

/** A consumer that ends at a {@code None}, which in Java is an empty {@code Optional}. */
public final class Sentinel {
  private static final int NUMBERS = 10;

  private Sentinel() {}

  /** The program, or a part of it. */
  public static void main(String[] part) throws IOException, InterruptedException {
    try (Polyproc polyproc = Polyproc.connect()) {
      PolyQueue<Optional<Integer>> queue =
          polyproc.queue("sentinel", Codec.nullable(Codec.of(Integer.class)));
      switch (part.length == 0 ? "program" : part[0]) {
        case "producer" -> produce(queue);
        case "consumer" -> consume(queue);
        default -> run();
      }
    }
  }

  private static void run() throws IOException, InterruptedException {
    Part producer = Part.start(Sentinel.class, "producer");
    Part consumer = Part.start(Sentinel.class, "consumer");
    producer.join();
    consumer.join();
  }

  private static void produce(PolyQueue<Optional<Integer>> queue) throws InterruptedException {
    for (int number = 0; number < NUMBERS; number++) {
      queue.put(Optional.of(number));
      System.out.println("Produced: " + number);
    }
    queue.put(Optional.empty());
  }

  private static void consume(PolyQueue<Optional<Integer>> queue) throws InterruptedException {
    for (Optional<Integer> number = queue.take(); number.isPresent(); number = queue.take()) {
      System.out.println("Consumed: " + number.get());
    }
  }
}
