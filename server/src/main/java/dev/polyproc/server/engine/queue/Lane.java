package dev.polyproc.server.engine.queue;

/** What a queue has of one key: its items in their order, and how many of them are out. */
final class Lane {
  private final String key;
  private final SortedRuns<Item> items = new SortedRuns<>(Item.ORDER);
  private int out;

  Lane(String key) {
    this.key = key;
  }

  String key() {
    return key;
  }

  SortedRuns<Item> items() {
    return items;
  }

  /** How many of its items are reserved, in hand, or aside. */
  int out() {
    return out;
  }

  /** One more is out, or one less. */
  void out(int change) {
    out += change;
  }

  /** Whether nothing is left of the key. */
  boolean isEmpty() {
    return items.isEmpty() && out == 0;
  }

  /** Whether it has an item that may go out, where {@code most} of a key may; 0: any number. */
  boolean isReady(int most) {
    return !items.isEmpty() && (most == 0 || key.isEmpty() || out < most);
  }
}
