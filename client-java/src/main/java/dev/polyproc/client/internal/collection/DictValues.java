package dev.polyproc.client.internal.collection;

import dev.polyproc.client.Codec;
import dev.polyproc.client.internal.value.Codecs;
import dev.polyproc.v1.Value;
import dev.polyproc.v1.ValueEntry;
import java.util.AbstractCollection;
import java.util.Collection;
import java.util.Iterator;
import java.util.Map;
import java.util.Objects;
import java.util.Spliterator;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The values of a {@code PolyDict} in the order of their keys, live. */
public final class DictValues<V> extends AbstractCollection<V> {
  private final Map<?, V> dict;
  private final DictChanges<?, V> changes;
  private final DictEntries entries;
  private final Codec<V> values;

  public DictValues(
      Map<?, V> dict, DictChanges<?, V> changes, DictEntries entries, Codec<V> values) {
    this.dict = dict;
    this.changes = changes;
    this.entries = entries;
    this.values = values;
  }

  /** With the keys, so that it can remove. */
  @Override
  public Iterator<V> iterator() {
    return entries.iterator(entries.items(), entry -> values.decode(entry.getValue()));
  }

  @Override
  public void forEach(Consumer<? super V> action) {
    entries.values().forEach(value -> action.accept(values.decode(value)));
  }

  @Override
  public Spliterator<V> spliterator() {
    return entries.spliterator(iterator());
  }

  @Override
  public int size() {
    return dict.size();
  }

  @Override
  public void clear() {
    dict.clear();
  }

  @Override
  public boolean contains(@Nullable Object value) {
    return dict.containsValue(value);
  }

  @Override
  public boolean remove(@Nullable Object value) {
    Value encoded = Codecs.lookup(values, value);
    if (encoded == null || value == null) {
      return false;
    }
    for (ValueEntry entry : entries.items()) {
      if (Codecs.matches(values, entry.getValue(), value, encoded)
          && changes.swap(entry.getKey(), entry.getValue(), null)) {
        return true;
      }
    }
    return false;
  }

  @Override
  public boolean removeAll(Collection<?> others) {
    return Removals.all(this, others);
  }

  @Override
  public boolean retainAll(Collection<?> others) {
    return Removals.allBut(this, others);
  }

  @Override
  public boolean removeIf(Predicate<? super V> filter) {
    Objects.requireNonNull(filter);
    return entries.removeIf(entry -> filter.test(values.decode(entry.getValue())));
  }

  @Override
  public String toString() {
    return dict + ".values()";
  }
}
