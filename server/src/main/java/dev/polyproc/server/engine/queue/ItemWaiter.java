package dev.polyproc.server.engine.queue;

import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Parked;

/** A call that waits for items of a queue. */
abstract class ItemWaiter extends Parked {
  ItemWaiter(Invocation call) {
    super(call);
  }

  /** What it wants. */
  abstract GetTerms terms();

  /** Gets the next item; refuses where it does not take that, so that it stays. */
  abstract void serve(Queue queue, Item item);
}
