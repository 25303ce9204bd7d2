package dev.polyproc.server.engine.simulation;

import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.Value;
import dev.polyproc.v1.ValueEntry;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Keys and values as the model sees them: a LinkedHashMap whose keys are equal as Python's are. */
abstract class ModelEntries extends ModelCollection {
  private static final Value ONE = Value.newBuilder().setInt(1).build();

  final Map<Object, ValueEntry> entries = new LinkedHashMap<>();

  ModelEntries(Model model, String name, Lifetime lifetime, @Nullable ModelSession session) {
    super(model, name, lifetime, session);
  }

  private static Object key(Value key) {
    ModelValues.requireKey(key);
    return ModelValues.same(key);
  }

  @Nullable Value get(Value key) {
    ValueEntry entry = entries.get(key(key));
    return entry == null ? null : entry.getValue();
  }

  @Nullable Value set(Value key, Value value) {
    Object found = key(key);
    ModelValues.requireStorable(value);
    ValueEntry before = entries.get(found);
    ValueEntry.Builder entry =
        before == null ? ValueEntry.newBuilder().setKey(key) : before.toBuilder();
    entries.put(found, entry.setValue(value).build());
    return before == null ? null : before.getValue();
  }

  @Nullable Value remove(Value key) {
    ValueEntry removed = entries.remove(key(key));
    return removed == null ? null : removed.getValue();
  }

  int clear() {
    int removed = entries.size();
    entries.clear();
    return removed;
  }

  /** The entries in their order. */
  List<ValueEntry> list() {
    return new ArrayList<>(entries.values());
  }

  /** Whether what was expected was there, and gave way to what should be; null for absence. */
  boolean compareAndSet(Value key, @Nullable Value expected, @Nullable Value value) {
    Value there = get(key);
    requireStorable(expected);
    requireStorable(value);
    boolean asExpected =
        there == null || expected == null
            ? there == expected
            : ModelValues.areEqual(there, expected);
    if (asExpected && value != null) {
      set(key, value);
    } else if (asExpected) {
      remove(key);
    }
    return asExpected;
  }

  private static void requireStorable(@Nullable Value value) {
    if (value != null) {
      ModelValues.requireStorable(value);
    }
  }

  Value add(Value key, @Nullable Value amount, @Nullable Value initial) {
    Value there = get(key);
    Value added = amount == null ? ONE : amount;
    ModelValues.requireNumber(added);
    if (initial != null) {
      ModelValues.requireNumber(initial);
    }
    if (there == null && initial == null) {
      throw new Refused(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    }
    Value sum = ModelValues.sum(there == null ? Objects.requireNonNull(initial) : there, added);
    set(key, sum);
    return sum;
  }

  @Override
  List<Value> values() {
    List<Value> values = new ArrayList<>();
    for (ValueEntry entry : entries.values()) {
      values.add(entry.getKey());
      values.add(entry.getValue());
    }
    return values;
  }
}
