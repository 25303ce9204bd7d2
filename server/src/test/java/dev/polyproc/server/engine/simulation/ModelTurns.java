package dev.polyproc.server.engine.simulation;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Whose turn it is: the keys of a fair queue, in a ring. */
final class ModelTurns {
  private final ModelStock stock;
  private final List<String> ring = new ArrayList<>();

  /** How many items the first key still gives; 0 where its turn has not begun. */
  private int left;

  ModelTurns(ModelStock stock) {
    this.stock = stock;
  }

  /** The keys that have an item which may go out are in the ring, and no others. */
  void refresh() {
    while (!ring.isEmpty() && !isReady(ring.get(0))) {
      ring.remove(0);
      left = 0;
    }
    ring.removeIf(key -> !isReady(key));
    for (ModelQueueItem item : stock.items) {
      if (stock.mayGo(item) && !ring.contains(item.key())) {
        ring.add(item.key());
      }
    }
  }

  private boolean isReady(String key) {
    return stock.items.stream().anyMatch(item -> item.key().equals(key) && stock.mayGo(item));
  }

  @Nullable ModelQueueItem next() {
    return ring.isEmpty()
        ? null
        : stock.items.stream()
            .filter(item -> item.key().equals(ring.get(0)))
            .findFirst()
            .orElseThrow();
  }

  /** The first key is about to give its first item. */
  void give(ModelQueueItem item) {
    if (left == 0) {
      left = Math.max(1, item.options.getWeight());
    }
  }

  /** It has, and the item is out. */
  void gave() {
    String key = ring.get(0);
    left--;
    refresh();
    if (left <= 0 && !ring.isEmpty() && ring.get(0).equals(key)) {
      ring.remove(0);
      ring.add(key);
      left = 0;
    }
  }
}
