package dev.polyproc.server.engine.collections;

import dev.polyproc.internal.v1.DictEntryState;
import dev.polyproc.server.engine.object.OrderedTable;
import dev.polyproc.server.engine.value.ValueKey;
import dev.polyproc.server.engine.value.Values;
import dev.polyproc.v1.Value;
import dev.polyproc.v1.ValueEntry;

/** A key of a dict, at its place, and the value that it has now. */
final class Entry implements OrderedTable.Row<ValueKey> {
  private final long place;
  private final ValueKey key;
  private final Value original;
  private Value value;

  /** An entry; {@code original} is the key as it was set first. */
  Entry(long place, ValueKey key, Value original, Value value) {
    this.place = place;
    this.key = key;
    this.original = original;
    this.value = value;
  }

  static Entry restored(DictEntryState state) {
    return new Entry(
        state.getPlace(), ValueKey.of(state.getKey()), state.getKey(), state.getValue());
  }

  @Override
  public ValueKey key() {
    return key;
  }

  @Override
  public long number() {
    return place;
  }

  /** The key as it was set first. */
  Value original() {
    return original;
  }

  Value value() {
    return value;
  }

  void set(Value newValue) {
    value = newValue;
  }

  /** What an entry takes out of the budget. */
  static long cost(Value key, Value value) {
    return Values.costOfKey(key) + Values.cost(value);
  }

  long cost() {
    return cost(original, value);
  }

  ValueEntry toProto() {
    return ValueEntry.newBuilder().setKey(original).setValue(value).build();
  }

  DictEntryState save() {
    return DictEntryState.newBuilder().setPlace(place).setKey(original).setValue(value).build();
  }
}
