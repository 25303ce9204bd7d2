package dev.polyproc.server.engine.queue;

import dev.polyproc.internal.v1.QueueState;
import dev.polyproc.internal.v1.UniqueWindowState;
import dev.polyproc.server.engine.object.World;
import java.util.BitSet;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The unique keys of a queue that are taken: those whose items are there or out, and those whose
 * windows are not over.
 */
final class UniqueKeys {
  /** What a key takes for its window, beside its item. */
  private static final long BYTES = 320;

  private final World world;
  private final long window;

  /** Made for the first unique key, as are the windows: most queues have none. */
  private Map<String, Integer> items = Collections.emptyMap();

  private Map<String, Window> windows = Collections.emptyMap();
  private final Deadlines<Window> ends;

  /** How long a key is taken in any case. */
  private record Window(String key, long number, long until) {
    long bytes() {
      return BYTES + 2L * key.length();
    }
  }

  /** For windows of so many nanoseconds; 0: none. */
  UniqueKeys(World world, long window) {
    this.world = world;
    this.window = window;
    this.ends = new Deadlines<>(world, Window::until, Window::number, this::end, () -> {});
  }

  /** Whether an item of it is there, or out. */
  boolean isThere(String key) {
    return !key.isEmpty() && items.containsKey(key);
  }

  boolean isTaken(String key) {
    return !key.isEmpty() && (items.containsKey(key) || windows.containsKey(key));
  }

  /** The positions of those of a batch whose keys are taken, also by others of it. */
  Duplicates duplicates(Batch batch) {
    if (batch.options().isEmpty()) {
      return Duplicates.NONE;
    }
    BitSet duplicates = new BitSet();
    Set<String> own = new TreeSet<>();
    for (int i = 0; i < batch.size(); i++) {
      String key = batch.options(i).getUniqueKey();
      if (!key.isEmpty() && (isTaken(key) || !own.add(key))) {
        duplicates.set(i);
      }
    }
    return Duplicates.at(duplicates);
  }

  /** What the windows of the items of a batch take that are put. */
  long cost(Batch batch, Duplicates duplicates) {
    long cost = 0;
    if (window == 0 || batch.options().isEmpty()) {
      return 0;
    }
    for (int i = 0; i < batch.size(); i++) {
      cost += duplicates.has(i) ? 0 : cost(batch.options(i).getUniqueKey());
    }
    return cost;
  }

  /** What a window for an item takes out of the budget; it is taken by {@link #put}. */
  long cost(String key) {
    return key.isEmpty() || window == 0 ? 0 : BYTES + 2L * key.length();
  }

  /** An item is put; what its window takes is charged already. */
  void put(Item item) {
    String key = item.terms().options().getUniqueKey();
    if (key.isEmpty()) {
      return;
    }
    add(item);
    if (window > 0) {
      Window begun = new Window(key, world.clock().nextNumber(), world.clock().in(window));
      if (!(windows instanceof TreeMap)) {
        windows = new TreeMap<>();
      }
      Window before = windows.put(key, begun);
      if (before != null) {
        ends.remove(before);
        world.budget().release(before.bytes());
      }
      ends.add(begun);
    }
  }

  /**
   * An item is there, or out: one that came back, or a dead letter, also beside others of its key.
   */
  void add(Item item) {
    String key = item.terms().options().getUniqueKey();
    if (!key.isEmpty()) {
      if (!(items instanceof TreeMap)) {
        items = new TreeMap<>();
      }
      items.merge(key, 1, Integer::sum);
    }
  }

  /** An item is neither there nor out any more. */
  void remove(Item item) {
    String key = item.terms().options().getUniqueKey();
    if (!key.isEmpty()) {
      items.computeIfPresent(key, (same, count) -> count == 1 ? null : count - 1);
    }
  }

  private void end(Window over) {
    windows.remove(over.key());
    world.budget().release(over.bytes());
  }

  /** Gives one window back: the queue is deleted. False when none is left. */
  boolean giveBackOne() {
    @Nullable Window any = ends.removeAny();
    if (any != null) {
      end(any);
    }
    return any != null;
  }

  /** Leaves the keys of all items to others, which have none yet; windows stay. */
  void leaveTo(UniqueKeys others) {
    others.items = items;
    items = Collections.emptyMap();
  }

  /** No window ends any more by itself: the queue is deleted. */
  void stop() {
    ends.stop();
  }

  void save(QueueState.Builder state) {
    for (Window open : ends) {
      state.addWindows(
          UniqueWindowState.newBuilder()
              .setKey(open.key())
              .setOrder(open.number())
              .setUntil(open.until()));
    }
  }

  void restore(QueueState state) {
    if (state.getWindowsCount() > 0) {
      windows = new TreeMap<>();
    }
    for (UniqueWindowState saved : state.getWindowsList()) {
      Window open = new Window(saved.getKey(), saved.getOrder(), saved.getUntil());
      windows.put(open.key(), open);
      ends.add(open);
      world.budget().chargeAlways(open.bytes());
    }
  }
}
