package dev.polyproc.server.engine.collections;

import dev.polyproc.internal.v1.DictEntryState;
import dev.polyproc.internal.v1.DictState;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.object.OrderedTable;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.server.engine.value.ValueKey;
import dev.polyproc.server.engine.value.Values;
import dev.polyproc.v1.Value;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Keys and values in the order of insertion: what a dict is, and a namespace.
 *
 * <p><b>Invariant</b>: what it took out of the budget is the sum of what its entries cost.
 */
abstract class Entries extends PassiveObject {
  private final OrderedTable<ValueKey, Entry> entries = new OrderedTable<>();
  private long cost;

  Entries(Header header) {
    super(header);
  }

  Entries(Header header, DictState state) {
    super(header);
    for (DictEntryState saved : state.getEntriesList()) {
      Entry entry = Entry.restored(saved);
      entries.add(entry);
      cost += entry.cost();
    }
    world().budget().chargeAlways(cost);
  }

  /** A key as it is given, and as it is found. */
  record Key(Value given, ValueKey found) {}

  int size() {
    return entries.size();
  }

  /** The value of a key; null when the key is absent. */
  @Nullable Value get(Key key) {
    Entry entry = entries.get(key.found());
    return entry == null ? null : entry.value();
  }

  /** The entries whose places are above {@code place}, in order. */
  Iterator<Entry> after(long place) {
    return entries.after(place);
  }

  /** Sets a key, which keeps its place if it has one; answers the value before, or null. */
  @Nullable Value set(Key key, Value value) {
    charge(added(key, value));
    return put(key, value);
  }

  /** Sets several keys, all or none; answers how many were absent. */
  int setAll(List<Map.Entry<Key, Value>> items) {
    Map<ValueKey, Map.Entry<Key, Value>> last = new LinkedHashMap<>();
    for (Map.Entry<Key, Value> item : items) {
      // As in Python: of equal keys the first one stays, with the last one's value.
      last.merge(
          item.getKey().found(),
          item,
          (first, later) -> Map.entry(first.getKey(), later.getValue()));
    }
    long added = 0;
    world().turn().stepped(8L * last.size());
    for (Map.Entry<Key, Value> item : last.values()) {
      added += added(item.getKey(), item.getValue());
    }
    charge(added);
    int before = entries.size();
    last.values().forEach(item -> put(item.getKey(), item.getValue()));
    return entries.size() - before;
  }

  /** What setting a key adds to the cost. */
  private long added(Key key, Value value) {
    Entry entry = entries.get(key.found());
    return entry == null
        ? Entry.cost(key.given(), value)
        : Values.cost(value) - Values.cost(entry.value());
  }

  private void charge(long added) {
    if (added > 0) {
      world().budget().charge(added);
    } else {
      world().budget().release(-added);
    }
    cost += added;
  }

  /** Puts what was charged already. */
  private @Nullable Value put(Key key, Value value) {
    Entry entry = entries.get(key.found());
    world().references().add(value);
    if (entry == null) {
      world().references().add(key.given());
      entries.add(new Entry(world().clock().nextNumber(), key.found(), key.given(), value));
      return null;
    }
    Value before = entry.value();
    entry.set(value);
    world().references().remove(before);
    return before;
  }

  /** Removes a key; answers its value, or null when it was absent. */
  @Nullable Value remove(Key key) {
    Entry entry = entries.remove(key.found());
    if (entry == null) {
      return null;
    }
    removed(entry);
    return entry.value();
  }

  private void removed(Entry entry) {
    charge(-entry.cost());
    world().references().remove(entry.original());
    world().references().remove(entry.value());
  }

  /** The first entry or the last; null when there is none. */
  @Nullable Entry end(boolean first) {
    return first ? entries.first() : entries.last();
  }

  /** Removes the first entry or the last, and answers it; null when there is none. */
  @Nullable Entry removeEnd(boolean first) {
    Entry entry = end(first);
    if (entry != null) {
      entries.remove(entry.key());
      removed(entry);
    }
    return entry;
  }

  /** Removes all keys; answers how many there were. */
  int clear() {
    int removed = entries.size();
    world().turn().stepped(2L * removed);
    forEachValue(world().references()::remove);
    entries.clear();
    charge(-cost);
    return removed;
  }

  /** What a change in one step did. */
  record Swap(boolean swapped, @Nullable Value current) {}

  /**
   * Sets or removes a key if its value is what is expected; null stands for absence. Refuses where
   * {@code call} does not take the value that is there then.
   */
  Swap compareAndSet(Key key, @Nullable Value expected, @Nullable Value value, Invocation call) {
    Value there = get(key);
    boolean swapped = areEqual(there, expected);
    call.requireFits(swapped ? value : there);
    if (!swapped) {
      return new Swap(false, there);
    }
    if (value != null) {
      set(key, value);
    } else {
      remove(key);
    }
    return new Swap(true, value);
  }

  private static boolean areEqual(@Nullable Value a, @Nullable Value b) {
    return a == null || b == null ? a == b : ValueKey.areEqual(a, b);
  }

  /**
   * Adds to the value of a key, or to an initial value where the key is absent.
   *
   * @param bits see {@link Numbers#add}
   */
  Value add(Key key, Value amount, @Nullable Value initial, int bits, Invocation call) {
    Value there = get(key);
    Value before = there == null ? initial : there;
    if (before == null) {
      throw Refusal.argument(
          "initial", "Expected the key to be there, or an initial value for it, but neither is");
    }
    Value sum = Numbers.add(this, before, amount, bits);
    call.requireFits(sum);
    set(key, sum);
    return sum;
  }

  // The object.

  @Override
  protected void forEachValue(Consumer<Value> action) {
    for (Entry entry : entries) {
      action.accept(entry.original());
      action.accept(entry.value());
    }
  }

  @Override
  protected boolean giveBackSome() {
    return removeEnd(true) != null;
  }

  /** The entries as a snapshot has them. */
  DictState save() {
    List<DictEntryState> saved = new ArrayList<>(entries.size());
    entries.forEach(entry -> saved.add(entry.save()));
    return DictState.newBuilder().addAllEntries(saved).build();
  }

  @Override
  protected void check() {
    long counted = 0;
    long place = 0;
    for (Entry entry : entries) {
      World.require(entry.number() > place, "entries are in the order of their places");
      place = entry.number();
      counted += entry.cost();
    }
    World.require(counted == cost, "the cost is that of the entries");
  }
}
