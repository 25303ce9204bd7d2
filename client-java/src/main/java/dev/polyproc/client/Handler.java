package dev.polyproc.client;

/** Handles the items of a queue that is consumed. */
@FunctionalInterface
public interface Handler<E> {
  /**
   * Handles one item, which is acknowledged when this returns, and goes back when it throws, unless
   * the handler acknowledged, rejected or gave it up. To throw ends the consumption: where a
   * failure is the item's alone, catch it, and reject the item or give it up.
   */
  void handle(Delivery<E> delivery) throws Exception;
}
