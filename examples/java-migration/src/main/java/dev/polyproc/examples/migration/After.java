package dev.polyproc.examples.migration;

import dev.polyproc.client.Codec;
import dev.polyproc.client.Polyproc;
import dev.polyproc.v1.QueueCreateRequest;

/** The shop in as many JVMs as play a part in it. */
final class After {
  private After() {}

  /** Plays the parts that the arguments name. */
  public static void main(String[] parts) throws InterruptedException {
    try (Polyproc polyproc = Polyproc.connect()) {
      Shop shop =
          new Shop(
              polyproc.queue(
                  QueueCreateRequest.newBuilder().setQueue("shop/orders").setMaxsize(50).build(),
                  Codec.of(Order.class)),
              polyproc.queue("shop/receipts", String.class),
              polyproc.dict("shop/sold", String.class, Long.class),
              polyproc.lock("shop/till"));
      shop.play(parts);
    }
  }
}
