package dev.polyproc.server.engine.queue;

import dev.polyproc.internal.v1.ItemState;
import dev.polyproc.server.engine.value.Values;
import dev.polyproc.v1.Party;
import dev.polyproc.v1.QueueDeadLetter;
import dev.polyproc.v1.QueueItemOptions;
import dev.polyproc.v1.Value;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/**
 * An item of a queue, or a message in a pipe.
 *
 * @param position where it stands among those of its priority, which it keeps when it comes back: a
 *     number that no other item has, above all before it, where it was put at the tail; that number
 *     below zero, where it was put at the head
 * @param since when it could first be got, or can, in engine time
 * @param attempts how often it was handed out and not released
 */
record Item(long position, long since, int attempts, Value value, ItemTerms terms) {
  /** What it takes beside its value, for its place in the order. */
  private static final long BYTES = 16;

  /** The head first. */
  static final Comparator<Item> ORDER = Item::compare;

  /** An item that is treated in no special way. */
  static Item plain(long position, long since, Value value) {
    return new Item(position, since, 0, value, ItemTerms.PLAIN);
  }

  /** What stands directly before all items of a priority that are behind a position. */
  static Item probe(int priority, long position) {
    QueueItemOptions options = QueueItemOptions.newBuilder().setPriority(priority).build();
    return new Item(position, 0, 0, Value.getDefaultInstance(), ItemTerms.ofOptions(options));
  }

  static Item restored(ItemState state) {
    return new Item(
        state.getPosition(),
        state.getSince(),
        state.getAttempts(),
        state.getValue(),
        ItemTerms.restored(state));
  }

  ItemState save() {
    ItemState.Builder state =
        ItemState.newBuilder()
            .setPosition(position)
            .setSince(since)
            .setAttempts(attempts)
            .setValue(value);
    terms.save(state);
    return state.build();
  }

  /** In one piece: whoever looks for an item's place goes through it for many others. */
  private static int compare(Item one, Item other) {
    int byPriority = Integer.compare(one.terms.priority(), other.terms.priority());
    return byPriority != 0 ? byPriority : Long.compare(one.position, other.position);
  }

  /** Its place, as clients know it: a number that is never another item's. */
  long place() {
    return Math.abs(position);
  }

  int priority() {
    return terms.priority();
  }

  /** What it belongs to; empty for nothing. */
  String key() {
    return terms.options().getKey();
  }

  /** What it takes out of the budget. */
  long cost() {
    return cost(value, terms);
  }

  /** What an item takes that is treated so. */
  static long cost(Value value, ItemTerms terms) {
    return Values.cost(value) + BYTES + terms.cost();
  }

  /** The item as it is when it is handed out once more. */
  Item handedOut() {
    return new Item(position, since, attempts + 1, value, terms);
  }

  /** The item as it was before it was handed out last. */
  Item notHandedOut() {
    return new Item(position, since, attempts - 1, value, terms);
  }

  /** The same at another position: its delay is over. */
  Item at(long seen) {
    return new Item(seen, since, attempts, value, terms);
  }

  /** The same, as if it could be got from another time on. */
  Item seenFrom(long time) {
    return new Item(position, time, attempts, value, terms);
  }

  /** The same, and who had it last. */
  Item from(Party consumer) {
    return new Item(position, since, attempts, value, terms.from(consumer));
  }

  /**
   * The same as a dead letter, which begins anew in another queue, and has no position there yet.
   */
  Item asLetter(long now, QueueDeadLetter letter, boolean ranked) {
    return new Item(position, now, 0, value, terms.asLetter(letter, ranked));
  }

  /** How it became a dead letter; null where it is none. */
  @Nullable QueueDeadLetter letter() {
    return terms.letter();
  }
}
