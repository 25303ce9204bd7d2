package dev.polyproc.server.engine.collections;

import dev.polyproc.internal.v1.DictEntryState;
import dev.polyproc.internal.v1.DictState;
import dev.polyproc.internal.v1.ObjectState;
import dev.polyproc.server.engine.ManagedObject;
import dev.polyproc.server.engine.OrderedTable;
import dev.polyproc.server.engine.Waiters;
import dev.polyproc.server.engine.World;
import dev.polyproc.server.engine.value.ValueKey;
import dev.polyproc.server.engine.value.Values;
import dev.polyproc.v1.ObjectKind;
import dev.polyproc.v1.Value;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A dict: keys and values in the order of insertion.
 *
 * <p><b>Invariant</b>: what it took out of the budget is the sum of what its entries cost.
 */
final class Dict extends ManagedObject {
  static final Kind<Dict> KIND = new Kind<>(ObjectKind.OBJECT_KIND_DICT, Dict.class);

  private final OrderedTable<ValueKey, Entry> entries = new OrderedTable<>();
  private long cost;

  Dict(Header header) {
    super(header);
  }

  static Dict restored(Header header, DictState state) {
    Dict dict = new Dict(header);
    for (DictEntryState saved : state.getEntriesList()) {
      Entry entry = Entry.restored(saved);
      dict.entries.add(entry);
      dict.cost += entry.cost();
    }
    dict.world().chargeAlways(dict.cost);
    return dict;
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
      world().charge(added);
    } else {
      world().release(-added);
    }
    cost += added;
  }

  /** Puts what was charged already. */
  private @Nullable Value put(Key key, Value value) {
    Entry entry = entries.get(key.found());
    if (entry == null) {
      entries.add(new Entry(world().nextOrder(), key.found(), key.given(), value));
      return null;
    }
    Value before = entry.value();
    entry.set(value);
    return before;
  }

  /** Removes a key; answers its value, or null when it was absent. */
  @Nullable Value remove(Key key) {
    Entry entry = entries.remove(key.found());
    if (entry == null) {
      return null;
    }
    charge(-entry.cost());
    return entry.value();
  }

  /** Removes all keys; answers how many there were. */
  int clear() {
    int removed = entries.size();
    entries.clear();
    charge(-cost);
    return removed;
  }

  // The object.

  @Override
  public void advance() {
    // Nobody waits for a dict.
  }

  @Override
  protected void deleted() {
    clear();
  }

  @Override
  protected List<Waiters> lines() {
    return List.of();
  }

  @Override
  protected String summary() {
    return entries.size() + " keys";
  }

  @Override
  protected void save(ObjectState.Builder state) {
    List<DictEntryState> saved = new ArrayList<>(entries.size());
    entries.forEach(entry -> saved.add(entry.save()));
    state.setDict(DictState.newBuilder().addAllEntries(saved));
  }

  @Override
  protected void repark(RestoredCall restored) {
    throw new IllegalStateException("Expected nobody to wait for '" + name() + "'");
  }

  @Override
  protected void check() {
    long counted = 0;
    long place = 0;
    for (Entry entry : entries) {
      World.require(entry.order() > place, "entries are in the order of their places");
      place = entry.order();
      counted += entry.cost();
    }
    World.require(counted == cost, "a dict's cost is that of its entries");
  }
}
