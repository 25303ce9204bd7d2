package dev.polyproc.client.internal.collection;

import dev.polyproc.client.Codec;
import dev.polyproc.client.internal.value.Codecs;
import dev.polyproc.v1.Value;
import dev.polyproc.v1.ValueEntry;
import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Collection;
import java.util.Iterator;
import java.util.Map;
import java.util.Objects;
import java.util.Spliterator;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The entries of a {@code PolyDict} in the order of insertion, live. */
public final class DictEntrySet<K, V> extends AbstractSet<Map.Entry<K, V>> {
  private final Map<K, V> dict;
  private final DictChanges<K, V> changes;
  private final DictEntries entries;
  private final Codec<K> keys;
  private final Codec<V> values;

  public DictEntrySet(
      Map<K, V> dict,
      DictChanges<K, V> changes,
      DictEntries entries,
      Codec<K> keys,
      Codec<V> values) {
    this.dict = dict;
    this.changes = changes;
    this.entries = entries;
    this.keys = keys;
    this.values = values;
  }

  @Override
  public Iterator<Map.Entry<K, V>> iterator() {
    return entries.iterator(entries.items(), this::entry);
  }

  @Override
  public Spliterator<Map.Entry<K, V>> spliterator() {
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
  public boolean contains(@Nullable Object object) {
    if (!(object instanceof Map.Entry<?, ?> entry)
        || entry.getKey() == null
        || entry.getValue() == null) {
      return false;
    }
    Value key = Codecs.lookup(keys, entry.getKey());
    Value there = key == null ? null : changes.find(key);
    return there != null
        && Codecs.matches(values, there, entry.getValue(), Codecs.lookup(values, entry.getValue()));
  }

  @Override
  public boolean remove(@Nullable Object object) {
    return object instanceof Map.Entry<?, ?> entry
        && entry.getKey() != null
        && dict.remove(entry.getKey(), entry.getValue());
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
  public boolean removeIf(Predicate<? super Map.Entry<K, V>> filter) {
    Objects.requireNonNull(filter);
    return entries.removeIf(entry -> filter.test(entry(entry)));
  }

  private Map.Entry<K, V> entry(ValueEntry entry) {
    return new LiveEntry(keys.decode(entry.getKey()), values.decode(entry.getValue()));
  }

  /** An entry as it was when the iteration met it; a new value goes to the dict too. */
  private final class LiveEntry extends AbstractMap.SimpleEntry<K, V> {
    private static final long serialVersionUID = 1;

    LiveEntry(K key, V value) {
      super(key, value);
    }

    @Override
    public V setValue(V value) {
      changes.set(getKey(), value);
      return super.setValue(value);
    }
  }

  @Override
  public String toString() {
    return dict + ".entrySet()";
  }
}
