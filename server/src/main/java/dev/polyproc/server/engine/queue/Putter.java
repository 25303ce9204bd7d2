package dev.polyproc.server.engine.queue;

import dev.polyproc.server.engine.Call;
import dev.polyproc.server.engine.Parked;
import dev.polyproc.server.engine.Waiters;
import dev.polyproc.server.engine.World;
import dev.polyproc.v1.Value;
import java.util.List;

/** A Put that waits for room. Its items are in the budget as its request is, while it waits. */
final class Putter extends Parked {
  private final World world;
  private final List<Value> items;
  private boolean accepted;

  Putter(
      List<Value> items,
      World world,
      Call call,
      Waiters line,
      long order,
      long place,
      long since,
      long until) {
    super(world, call, line, order, place, since, until);
    this.world = world;
    this.items = items;
  }

  /** The items go over to the queue, which takes what they cost out of the budget. */
  List<Value> handOver() {
    accepted = true;
    return items;
  }

  void forEachValue(java.util.function.Consumer<Value> action) {
    items.forEach(action);
  }

  int count() {
    return items.size();
  }

  @Override
  protected void left() {
    if (!accepted) {
      world.references().removeAll(items);
    }
  }
}
