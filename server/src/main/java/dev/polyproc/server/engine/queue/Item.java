package dev.polyproc.server.engine.queue;

import dev.polyproc.internal.v1.ItemState;
import dev.polyproc.server.engine.value.Values;
import dev.polyproc.v1.Value;

/**
 * An item of a queue.
 *
 * @param place its place among all items of its queue, which it keeps when it comes back
 * @param attempts how often it was handed out
 */
record Item(long place, int attempts, Value value) {
  static Item restored(ItemState state) {
    return new Item(state.getPlace(), state.getAttempts(), state.getValue());
  }

  /** The item as it is when it is handed out once more. */
  Item handedOut() {
    return new Item(place, attempts + 1, value);
  }

  /** What it takes out of the budget. */
  long cost() {
    return Values.cost(value);
  }

  ItemState save() {
    return ItemState.newBuilder().setPlace(place).setAttempts(attempts).setValue(value).build();
  }
}
