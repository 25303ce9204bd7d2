package dev.polyproc.client;

/** Handles the items of a queue that is consumed. */
@FunctionalInterface
public interface Handler<E> {
  /**
   * Handles one item, which is acknowledged when this returns, and goes back when it throws, unless
   * the handler acknowledged or rejected it.
   */
  void handle(Delivery<E> delivery) throws Exception;
}
