package dev.polyproc.integration.multiprocessing;

import dev.polyproc.client.Codec;
import dev.polyproc.client.JoinablePolyQueue;
import dev.polyproc.client.Polyproc;
import dev.polyproc.client.QueueOptions;
import java.io.IOException;

/** A producer, a consumer that says what it has done, and a program that waits for both. */
public final class ProducerAndConsumer {
  private static final String STOP = "STOP";

  private ProducerAndConsumer() {}

  /** The program, or a part of it. */
  public static void main(String[] part) throws IOException, InterruptedException {
    try (Polyproc polyproc = Polyproc.connect()) {
      JoinablePolyQueue<Object> queue =
          polyproc
              .queue("producer-and-consumer", Codec.ANY, QueueOptions.DEFAULTS.joinable())
              .asJoinable();
      switch (part.length == 0 ? "program" : part[0]) {
        case "producer" -> produce(queue);
        case "consumer" -> consume(queue);
        default -> run(queue);
      }
    }
  }

  private static void run(JoinablePolyQueue<Object> queue)
      throws IOException, InterruptedException {
    Part producer = Part.start(ProducerAndConsumer.class, "producer");
    Part consumer = Part.start(ProducerAndConsumer.class, "consumer");
    producer.join();
    queue.join(); // all that was put is done
    System.out.println("joined");
    consumer.join();
  }

  private static void produce(JoinablePolyQueue<Object> queue) throws InterruptedException {
    for (int item = 1; item <= 2; item++) {
      System.out.println("Producer " + item);
      queue.put(item);
    }
    System.out.println("Producer " + STOP);
    queue.put(STOP);
  }

  private static void consume(JoinablePolyQueue<Object> queue) throws InterruptedException {
    Object item;
    do {
      item = queue.take();
      System.out.println("Consumer " + item);
      queue.taskDone();
    } while (!item.equals(STOP));
  }
}
